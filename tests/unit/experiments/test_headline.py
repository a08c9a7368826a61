"""Checks of the few lines that a terminal shows after a run."""

from sim.experiments.headline import headline
from sim.metrics import build_tables, summary
from sim.model.invocation_record import Outcome
from sim.model.run_record import RunRecord
from tests.unit.metrics.records import a_launch, a_move, a_record, invocations
from tests.unit.reporting.runs_in_trouble import a_move_of_version, unserved


def lines_of(record: RunRecord) -> list[str]:
    """The headline line by line."""
    tables = build_tables(record)
    return headline(record, tables, summary(record, tables)).split("\n")


def test_cause_of_an_outage_comes_first() -> None:
    """A failed version is told before the throttles that follow from it."""
    failed = a_move_of_version("Pending", "Failed", at_s=60, code="InsufficientRolePermissions")
    lines = lines_of(unserved(failed))
    assert lines[0] == (
        "Version 1 of function site is Failed (InsufficientRolePermissions), "
        "so nothing could be served"
    )
    assert lines[1] == "360 invocations arrived, 360 throttled (100.00%), nothing completed"
    assert lines[3].endswith("on default Lambda for the completed invocations only")


def test_run_without_trouble_has_three_lines() -> None:
    """Zero failures are not listed."""
    lines = lines_of(a_record())
    assert len(lines) == 3
    assert lines[0].startswith("360 invocations arrived, none throttled, p99 ")
    assert lines[1] == "0 instances launched, 0 permission checks denied"
    assert lines[2].endswith(" USD on default Lambda")


def test_failures_are_listed() -> None:
    """Time-outs, errors and lost invocations are told when there are any."""
    counts = invocations(
        arrived=[[0, 0, 100, 0, 0]],
        completed=[[0, 0, 90, 0, 0]],
        others={
            Outcome.TIMED_OUT: [[0, 0, 5, 0, 0]],
            Outcome.ERROR: [[0, 0, 4, 0, 0]],
            Outcome.INFRASTRUCTURE_FAILED: [[0, 0, 1, 0, 0]],
        },
    )
    first = lines_of(a_record(invocations=counts))[0]
    assert "5 timed out, 4 ended in an error, 1 lost with an instance" in first


def test_one_instance_is_singular() -> None:
    """One is counted as one."""
    assert "1 instance launched, at most 1 at once" in lines_of(a_record(journal=(a_launch(0),)))[1]


def test_instances_gone_before_the_traffic_are_no_contradiction() -> None:
    """Launched, but none at once, is told in words."""
    launch = a_launch(0)
    states = ("pending", "shutting-down", "terminated")
    moves = (
        a_move(launch, 1_000_000, states[0], states[1]),
        a_move(launch, 2_000_000, states[1], states[2]),
    )
    fleet = lines_of(a_record(journal=(launch, *moves)))[1]
    assert fleet.startswith("1 instance launched, none while there was traffic")
