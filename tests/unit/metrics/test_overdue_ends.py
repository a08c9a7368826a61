"""Checks of what instances cost that EC2 did not end when Lambda asked for it."""

from sim.metrics import build_tables, summary
from sim.metrics.overdue_ends import OverdueEnd, overdue_ends
from sim.model.journal_entries import ApiCalled
from sim.reporting.story import story
from sim.units import MINUTE_US
from tests.unit.metrics.records import a_launch, a_move, a_record


def a_call(time_us: int, *numbers: int, error: str = "", caller: str = "service-linked role"):
    """TerminateInstances of some instances."""
    return ApiCalled(
        time_us=time_us,
        call=1,
        operation="ec2:TerminateInstances",
        caller_arn="arn",
        caller_role=caller,
        resource=" ".join(a_launch(0, number).instance_id for number in numbers),
        error_code=error,
    )


def a_record_of(*calls: ApiCalled, ended_us: int | None):
    """Two instances that run from the first minute on; the first ends at some time."""
    first, second = a_launch(0, 1), a_launch(0, 2)
    running = [a_move(i, MINUTE_US, "pending", "running") for i in (first, second)]
    end = [] if ended_us is None else [a_move(first, ended_us, "running", "shutting-down")]
    return a_record(journal=(first, second, *running, *calls, *end))


def test_the_time_from_the_first_refusal_to_the_end_is_overdue() -> None:
    """Asked at 2 min and again at 3, ended at 4: two minutes of the price, the fee in it."""
    calls = [a_call(n * MINUTE_US, 1, error="InvalidInstanceID.NotFound") for n in (2, 3)]
    record = a_record_of(*calls, a_call(4 * MINUTE_US, 1), ended_us=4 * MINUTE_US)
    (end,) = overdue_ends(record)
    hourly = a_launch(0, 1).nano_usd_per_hour
    cost = round(hourly * 2 / 60) + round(hourly * 2 / 60 * 0.15)
    name = a_launch(0, 1).instance_id
    assert end == OverdueEnd(name, 2 * MINUTE_US, 4 * MINUTE_US, cost)
    told = summary(record)
    assert told["instances"]["overdue"] == 1
    assert told["cost_usd"]["overdue"] == cost / 1e9
    words = [moment.words for moment in story(record, build_tables(record))]
    assert any("1 instance could not be ended when Lambda asked for it" in w for w in words)


def test_what_never_ends_is_overdue_until_the_run_does() -> None:
    """Both were named in one call, and the run ends at five minutes."""
    record = a_record_of(a_call(2 * MINUTE_US, 1, 2, error="InternalError"), ended_us=None)
    assert [end.ended_us for end in overdue_ends(record)] == [5 * MINUTE_US] * 2


def test_what_lambda_did_not_launch_is_not_overdue() -> None:
    """Its role is refused an instance of the customer: that costs Lambda's capacity nothing."""
    record = a_record_of(a_call(2 * MINUTE_US, 3, error="UnauthorizedOperation"), ended_us=None)
    assert overdue_ends(record) == []


def test_only_lambda_s_own_refusals_count() -> None:
    """A customer who is refused, as always, and a call that works leave nothing overdue."""
    record = a_record_of(
        a_call(2 * MINUTE_US, 1, error="UnauthorizedOperation", caller="administrator"),
        a_call(3 * MINUTE_US, 1),
        ended_us=3 * MINUTE_US,
    )
    assert overdue_ends(record) == []
    assert summary(record)["cost_usd"]["overdue"] == 0.0


def test_what_never_ran_costs_nothing() -> None:
    """Before EC2 says `running` there is no bill, however late the end."""
    launch = a_launch(0, 1)
    record = a_record(journal=(launch, a_call(MINUTE_US, 1, error="Unavailable")))
    assert [end.nano_usd for end in overdue_ends(record)] == [0]
