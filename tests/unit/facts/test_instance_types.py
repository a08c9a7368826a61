"""The instance types are those of the data file, taken apart correctly."""

import csv
from pathlib import Path

import pytest

import sim.facts
from sim.facts import LmiSupport, SizeClass, catalogue, instance_types

CSV_FILE = Path(sim.facts.__file__).parent / "data" / "instance_types.csv"


def test_every_row_of_the_file_is_an_instance_type():
    """996 rows give 996 types with the vCPUs, memory and price of the row."""
    rows = list(csv.DictReader(CSV_FILE.read_text().splitlines()))
    types = instance_types()
    assert len(types) == len(rows) == 996
    for row in rows:
        found = types[row["instance_type"]]
        assert found.vcpu == int(row["vcpu"])
        assert found.memory_mib == float(row["memory_gib"]) * 1024
        assert found.nano_usd_per_hour / 1e9 == pytest.approx(float(row["usd_per_hour_us_east_1"]))
        assert found.architecture == row["arch"]
        assert "|".join(found.availability_zone_letters) == row["us_east_1_azs"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("c5.large", ("c", 5, "", "", "large")),
        ("m5zn.xlarge", ("m", 5, "", "zn", "xlarge")),
        ("c7gd.2xlarge", ("c", 7, "g", "d", "2xlarge")),
        ("m8g.xlarge", ("m", 8, "g", "", "xlarge")),
        ("c8in.4xlarge", ("c", 8, "i", "n", "4xlarge")),
        ("r5b.large", ("r", 5, "", "b", "large")),
        ("m7i-flex.large", ("m", 7, "i", "flex", "large")),
        ("m7i.metal-24xl", ("m", 7, "i", "", "metal-24xl")),
    ],
)
def test_names_are_taken_apart(name, parts):
    """Letter, generation, processor, suffix and size are read from the name."""
    found = instance_types()[name]
    seen = (found.family_letter, found.generation, found.processor, found.suffix, found.size)
    assert seen == parts


@pytest.mark.parametrize(
    ("name", "vcpu", "memory_mib", "nano_usd_per_hour"),
    [
        ("m8g.xlarge", 4, 16_384, 179_520_000),
        ("c7g.xlarge", 4, 8_192, 145_000_000),
        ("r7g.xlarge", 4, 32_768, 214_200_000),
        ("c6i.2xlarge", 8, 16_384, 340_000_000),
    ],
)
def test_well_known_types_have_their_size_and_price(name, vcpu, memory_mib, nano_usd_per_hour):
    """Sizes and On-Demand prices of us-east-1 as AWS lists them."""
    found = instance_types()[name]
    assert (found.vcpu, found.memory_mib) == (vcpu, memory_mib)
    assert found.nano_usd_per_hour == nano_usd_per_hour


@pytest.mark.parametrize(
    ("name", "usd_per_month"),
    [("m7i.large", 253.86), ("c7g.xlarge", 365.18), ("m7g.xlarge", 411.02)],
)
def test_standing_floor_of_three_instances_is_as_published(name, usd_per_month):
    """Three instances for 730 h with the management fee cost what the reference table says."""
    fee = 1.0 + catalogue().number("pricing.management_fee_fraction")
    price_usd_per_hour = instance_types()[name].nano_usd_per_hour / 1e9
    assert 3 * 730 * price_usd_per_hour * fee == pytest.approx(usd_per_month, abs=0.01)


def test_candidates_are_standard_and_not_known_to_be_refused():
    """Metal, flex and sizes below large are no candidates; every type seen under LMI is one."""
    types = instance_types()
    assert types["m8g.xlarge"].is_lmi_candidate
    assert not types["m7i.metal-24xl"].is_lmi_candidate
    assert not types["m7i-flex.large"].is_lmi_candidate
    assert not types["m8g.medium"].is_lmi_candidate
    for found in types.values():
        if found.lmi_supported is LmiSupport.YES:
            assert found.is_lmi_candidate
            assert found.size_class is SizeClass.STANDARD
