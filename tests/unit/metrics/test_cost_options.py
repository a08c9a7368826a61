"""Checks of the comparison: the same work in every other way, discounts only where they hold."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.facts import catalogue
from sim.metrics.cost import cost_table
from sim.metrics.cost_options import cost_options_table
from sim.metrics.on_demand import on_demand_table
from sim.metrics.prices import DurationTiers, prices
from sim.model.run_record import RunRecord
from sim.units import NANO_USD_PER_USD
from tests.unit.metrics.records import a_function, three_instances_for_a_day

HOUR_OF_TRAFFIC = 3_600_000


def a_day(**prices: Any) -> RunRecord:
    """Three instances for a day, 3.6 M requests in one minute of it, 1 GiB on default Lambda."""
    functions = (a_function(on_demand_memory_mib=1024),)
    return three_instances_for_a_day(requests=HOUR_OF_TRAFFIC, prices=prices, functions=functions)


def options(record: RunRecord) -> dict[tuple[str, str], dict[str, Any]]:
    """Rows by option and architecture."""
    rows = cost_options_table(record).to_dict("records")
    return {(str(r["option"]), str(r["architecture"])): {str(k): r[k] for k in r} for r in rows}


def test_first_row_is_the_bill() -> None:
    """The run stands first, at its bill to the nano-dollar, and is compared with itself."""
    record = a_day()
    first = cost_options_table(record).iloc[0]
    assert first["total_nano_usd"] == cost_table(record)["nano_usd"].iloc[-1]
    assert first["against_this_run"] == 1.0


@pytest.mark.parametrize(("plan", "share"), [("plan_1_year", 0.68), ("plan_3_year", 0.35)])
def test_plan_takes_off_the_ec2_part_only(plan: str, share: float) -> None:
    """EC2 falls by the plan's share; the fee of 15 % stays on the undiscounted price."""
    row = options(a_day())[plan, ""]
    assert row["compute_nano_usd"] == round(14_400_000_000 * share)
    assert row["standing_nano_usd"] == 2_160_000_000
    assert row["rests_on"] == f"pricing.{plan}_discount_fraction"


def test_plans_count_from_the_list_price_whatever_the_run_has() -> None:
    """A run billed at half the price does not make plans or plain EC2 cheaper."""
    listed, halved = options(a_day()), options(a_day(ec2_discount_fraction=0.5))
    for option in ("plan_3_year", "ec2", "ec2_plan_3_year"):
        assert halved[option, ""] == {
            **listed[option, ""],
            "against_this_run": halved[option, ""]["against_this_run"],
        }
    assert halved["this_run", ""]["compute_nano_usd"] == 7_200_000_000
    assert halved["this_run", ""]["rests_on"] == "pricing.ec2_discount_fraction"


def test_plain_ec2_has_neither_fee_nor_requests() -> None:
    """The same instances without Lambda cost their list price and nothing else."""
    row = options(a_day())["ec2", ""]
    assert row["total_nano_usd"] == 14_400_000_000
    assert row["standing_nano_usd"] == row["requests_nano_usd"] == 0


def test_default_lambda_agrees_with_its_own_table() -> None:
    """The row of the functions' architecture is the sum of the table by function."""
    record = a_day()
    row = options(record)["on_demand", "arm64"]
    assert row["total_nano_usd"] == on_demand_table(record)["total_nano_usd"].sum()


def test_savings_plan_takes_off_duration_only() -> None:
    """12 % of the duration, nothing of the requests."""
    rows = options(a_day())
    own, plan = rows["on_demand", "arm64"], rows["on_demand_plan", ""]
    assert plan["compute_nano_usd"] == pytest.approx(0.88 * own["compute_nano_usd"], abs=1)
    assert plan["requests_nano_usd"] == own["requests_nano_usd"]


def test_provisioned_concurrency_worked_example() -> None:
    """3.6 M x 50 ms in a minute are 3000 at once of 1 GiB: for a day, or for the 5 minutes."""
    rows = options(a_day())
    peak, following = rows["provisioned_peak", ""], rows["provisioned_following", ""]
    assert peak["standing_nano_usd"] == round(3000 * 86_400 * 0.0000033334 * NANO_USD_PER_USD)
    assert following["standing_nano_usd"] == round(3000 * 300 * 0.0000033334 * NANO_USD_PER_USD)
    duration = round(HOUR_OF_TRAFFIC * 0.050 * 0.0000077778 * NANO_USD_PER_USD)
    assert peak["compute_nano_usd"] == following["compute_nano_usd"] == duration


def test_month_stretches_the_traffic_part() -> None:
    """A day of traffic without preparation times 30."""
    table = cost_options_table(a_day())
    assert table["usd_per_30_days"].tolist() == pytest.approx((30 * table["total_usd"]).tolist())


def test_other_regions_have_their_factor_in_instances_and_fee() -> None:
    """In eu-west-1 instances and so the fee cost its factor as much; requests do not."""
    home, away = a_day(), replace(a_day(), scenario={"region": "eu-west-1"})
    bills = [
        dict(zip(t["item"], t["nano_usd"], strict=True)) for t in map(cost_table, (home, away))
    ]
    factor = catalogue().number("region_price_factor.eu-west-1")
    assert factor > 1.0
    assert bills[1]["ec2"] == pytest.approx(factor * bills[0]["ec2"], rel=1e-9)
    assert bills[1]["fee"] == pytest.approx(factor * bills[0]["fee"], rel=1e-9)
    assert bills[1]["requests"] == bills[0]["requests"]


def test_instances_of_other_regions_rest_on_the_factor() -> None:
    """What is multiplied with a factor is no list price; default Lambda's prices are."""
    rows = options(replace(a_day(), scenario={"region": "eu-west-1"}))
    assert rows["this_run", ""]["rests_on"] == "region_price_factor.eu-west-1"
    assert rows["ec2", ""]["rests_on"] == "region_price_factor.eu-west-1"
    assert rows["on_demand", "arm64"]["rests_on"] == ""


def test_region_without_a_factor_has_the_prices_of_us_east_1() -> None:
    """Nothing is guessed for a Region that the facts do not have."""
    assert prices(replace(a_day(), scenario={"region": "mx-central-1"})).region_factor == 1


@pytest.mark.parametrize(
    ("volume", "bill"),
    [(6, 6 * 1.0), (10, 6 * 1.0 + 4 * 0.9), (20, 6 * 1.0 + 9 * 0.9 + 5 * 0.8)],
)
def test_tiers_price_each_slice_of_a_month(volume: int, bill: float) -> None:
    """6 at the first price, the next 9 at the second, the rest at the third."""
    tiers = DurationTiers(
        nano_usd=(Fraction(1), Fraction(9, 10), Fraction(8, 10)),
        upper_gib_seconds=(Fraction(6), Fraction(15)),
    )
    assert float(tiers.mean_nano_usd(Fraction(volume)) * volume) == pytest.approx(bill)


@given(st.lists(st.fractions(0, 30), min_size=2, max_size=2))
def test_more_volume_never_has_a_higher_mean_price(volumes: list[Fraction]) -> None:
    """The mean price falls with the volume and lies between the last and the first tier's."""
    tiers = prices(a_day()).on_demand_tiers["x86_64"]
    small, large = sorted(Fraction(10**9) * volume for volume in volumes)
    means = tiers.mean_nano_usd(small), tiers.mean_nano_usd(large)
    assert tiers.nano_usd[-1] <= means[1] <= means[0] <= tiers.nano_usd[0]
