"""Which types are candidates, which one is the cheapest, and where it is offered."""

import pytest

from sim.facts import instance_types
from sim.model.execution_environment import EnvironmentShape
from sim.placement.choices.price_per_slot import PricePerSlot
from sim.placement.instance_choice import (
    InstanceRequirements,
    allocatable,
    cheapest,
    is_offered,
    slot_count,
)

OVERHEAD = EnvironmentShape(vcpu=1, memory_mib=1024)
TYPES = instance_types()
CHOICE = PricePerSlot()


def requirements(**overrides):
    """Graviton, nothing named, Lambda's own preferences."""
    settings = {
        "architecture": "arm64",
        "allowed": (),
        "excluded": (),
        "overhead": OVERHEAD,
        "newest_generations": 2,
        "sizes": ("xlarge", "2xlarge", "4xlarge"),
    }
    return InstanceRequirements(**(settings | overrides))


def names(shape, **overrides):
    """Names of the candidates."""
    return [t.name for t in CHOICE.candidates(TYPES.values(), requirements(**overrides), shape)]


def a_shape(vcpu, gib_per_vcpu):
    """An environment with that ratio of memory to vCPUs."""
    return EnvironmentShape(vcpu, vcpu * gib_per_vcpu * 1024)


@pytest.mark.parametrize(("ratio", "letter"), [(2, "c"), (4, "m"), (8, "r")])
@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_the_ratio_of_memory_chooses_the_family(ratio, letter, architecture):
    """2 GiB per vCPU runs on C, 4 on M, 8 on R, on both architectures."""
    found = CHOICE.candidates(
        TYPES.values(), requirements(architecture=architecture), a_shape(1, ratio)
    )
    assert {t.family_letter for t in found} == {letter}
    assert {t.architecture for t in found} == {architecture}


def test_lambda_prefers_plain_families_of_the_newest_generations_in_its_sizes():
    """No local disks or extra network, the two newest generations, xlarge to 4xlarge."""
    found = CHOICE.candidates(TYPES.values(), requirements(), a_shape(1, 4))
    assert {t.suffix for t in found} == {""}
    assert {t.size for t in found} == {"xlarge", "2xlarge", "4xlarge"}
    newest = sorted({t.generation for t in TYPES.values() if t.processor == "g"})[-2:]
    assert sorted({t.generation for t in found}) == newest


def test_named_types_are_taken_as_named():
    """Wildcards and exact names; preferences for size and generation do not apply."""
    assert names(a_shape(1, 4), allowed=("m7g.large", "c7g.8xlarge")) == [
        "c7g.8xlarge",
        "m7g.large",
    ]
    assert {n.split(".")[0] for n in names(a_shape(1, 4), allowed=("m7g*.*",))} > {"m7g"}


def test_excluded_types_are_never_candidates():
    """Exclusion by wildcard falls back on what remains of the preferences."""
    assert not [n for n in names(a_shape(1, 4), excluded=("m9*",)) if n.startswith("m9")]
    assert names(a_shape(1, 4), excluded=("*",)) == []


def test_types_of_another_architecture_flex_and_metal_are_never_candidates():
    """Naming them does not help."""
    assert names(a_shape(1, 4), allowed=("m7i.xlarge", "m7g.metal", "m7i-flex.xlarge")) == []


def test_an_environment_too_large_for_the_preferred_sizes_takes_a_larger_one():
    """16 vCPUs do not fit into a 4xlarge, whose overhead takes one of its 16."""
    found = CHOICE.candidates(TYPES.values(), requirements(), a_shape(16, 2))
    assert found
    assert all(t.vcpu > 16 for t in found)


def test_an_environment_larger_than_every_allowed_type_has_no_candidates():
    """An xlarge never holds four vCPUs."""
    assert names(a_shape(4, 4), allowed=("*.xlarge",)) == []


def test_slots_are_bound_by_vcpus_and_by_memory_after_the_overhead():
    """An m7g.xlarge has 3 vCPUs and 15 GiB for environments."""
    xlarge = TYPES["m7g.xlarge"]
    assert allocatable(xlarge, OVERHEAD) == EnvironmentShape(3, 15 * 1024)
    assert slot_count(xlarge, EnvironmentShape(1, 2048), OVERHEAD) == 3
    assert slot_count(xlarge, EnvironmentShape(1, 8192), OVERHEAD) == 1
    assert slot_count(xlarge, EnvironmentShape(1, 16384), OVERHEAD) == 0
    assert slot_count(xlarge, EnvironmentShape(4, 4096), OVERHEAD) == 0


def chosen(count, *, vcpu_left=400, vcpu=1, sizes=("xlarge", "2xlarge", "4xlarge")):
    """Size of the m7g that is the cheapest."""
    choice = cheapest(
        [TYPES[f"m7g.{size}"] for size in sizes],
        shape=EnvironmentShape(vcpu, 2048),
        overhead=OVERHEAD,
        count=count,
        vcpu_left=vcpu_left,
    )
    return choice and choice.size


def test_the_price_of_the_whole_need_decides():
    """Three fit on one xlarge; seven on one 2xlarge; two of two vCPUs rather on a 2xlarge."""
    assert chosen(3) == "xlarge"
    assert chosen(7) == "2xlarge"
    assert chosen(1, vcpu=2) == "xlarge"
    assert chosen(3, vcpu=2) == "2xlarge"


def test_among_equal_prices_the_larger_type_wins():
    """Six need two xlarges or one 2xlarge for the same money: one launch instead of two."""
    assert chosen(6) == "2xlarge"


def test_only_types_under_what_is_left_of_the_cap_are_chosen():
    """With seven vCPUs left a 2xlarge is out; with three everything is."""
    assert chosen(7, vcpu_left=7) == "xlarge"
    assert chosen(7, vcpu_left=3) is None


def test_offers_by_zone_are_known_for_us_east_1_only():
    """m8a is in a, b and c; types without letters and other Regions are taken as offered."""
    m8a, m9g = TYPES["m8a.xlarge"], TYPES["m9g.xlarge"]
    offered = [
        letter
        for letter in "abcdef"
        if is_offered(m8a, region="us-east-1", availability_zone=f"us-east-1{letter}")
    ]
    assert offered == list("abc")
    assert is_offered(m9g, region="us-east-1", availability_zone="us-east-1e")
    assert is_offered(m8a, region="eu-west-1", availability_zone="eu-west-1d")
