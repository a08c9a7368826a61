"""Checks of the money and the metrics of the report: every row named, what is assumed said."""

from dataclasses import replace

from sim.facts import Unit, catalogue, metric_definitions
from sim.metrics import build_tables
from sim.metrics.cloudwatch.fleet import TRAFFIC
from sim.model.run_record import RunRecord
from sim.reporting import cost_grids, metric_grids
from sim.reporting.wording import NOTHING
from sim.units import MINUTE_US
from tests.unit.metrics.day_record import a_day
from tests.unit.metrics.records import a_fact, a_function, a_launch, a_move, a_record, invocations

DAY = a_day()


def a_billed_record() -> RunRecord:
    """One instance that runs for four minutes."""
    launch = a_launch(0)
    journal = (launch, a_move(launch, MINUTE_US, "pending", "running"))
    return a_record(journal=journal)


def test_every_way_to_buy_the_work_is_named_and_told_with_its_source() -> None:
    """Ten rows with names of their own; those with a plan say that it is assumed."""
    grid = cost_grids.options_grid(build_tables(DAY))
    names = [row[0] for row in grid.rows]
    assert len(set(names)) == len(names) == 10
    assumed = {row[0] for row in grid.rows if row[-1] == "assumed"}
    assert assumed == {name for name in names if "lan" in name.rpartition(",")[2]}


def test_run_without_a_bill_is_compared_with_nothing() -> None:
    """No instance and no request: a dash where the ratio would be."""
    silent = a_record(invocations=invocations(arrived=[[0, 0, 0, 0, 0]]))
    grid = cost_grids.options_grid(build_tables(silent))
    assert {row[2] for row in grid.rows} == {NOTHING}


def test_volumes_are_on_the_bill_only_if_they_are_billed() -> None:
    """The row of the volumes is left out while they cost nothing."""
    record = a_billed_record()
    volume = replace(catalogue().fact("pricing.instance_volume"), value=30 * 1024)
    priced = replace(record, pricing=(volume, *record.pricing))
    rows = [len(cost_grids.cost_grid(build_tables(r)).rows) for r in (record, priced)]
    assert rows == [4, 5]


def test_region_of_the_prices_is_told() -> None:
    """List prices at home, a factor with its status elsewhere, and plainly nothing without one."""
    factor = a_fact("region_price_factor.eu-west-1", 1.115, Unit.RATIO, status="measured")
    away = replace(DAY, scenario={"region": "eu-west-1"}, pricing=(*DAY.pricing, factor))
    assert "list prices of us-east-1" in cost_grids.region_words(DAY)
    assert "times 1.115, the measured factor of eu-west-1" in cost_grids.region_words(away)
    unknown = replace(DAY, scenario={"region": "mx-central-1"})
    assert "No prices of mx-central-1 are known" in cost_grids.region_words(unknown)


def test_metrics_of_functions_versions_and_types_are_in_the_table() -> None:
    """Every metric of AWS/Lambda has a row but traffic, of which the function says nothing."""
    rows = metric_grids.metric_grid(DAY).rows
    wanted = {m.name for m in metric_definitions() if m.namespace == "AWS/Lambda"}
    assert {row[0] for row in rows} == wanted - set(TRAFFIC)
    assert {row[-1] for row in rows} == {"1 min", "5 min"}


def test_long_tables_of_metrics_say_what_is_left_out() -> None:
    """Of twenty functions only so many metrics are shown, and the caption counts them."""
    names = [f"function-{number}" for number in range(20)]
    counts = invocations(arrived=[[0, 0, 1, 1, 1]] * 20, names=names)
    functions = tuple(a_function(name=name) for name in names)
    grid = metric_grids.metric_grid(a_record(invocations=counts, functions=functions))
    assert len(grid.rows) == metric_grids.ROWS_MAX
    assert grid.caption == f"The first {metric_grids.ROWS_MAX} of 180 metrics."
