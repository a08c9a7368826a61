"""Checks of the bill: exact to the nano-dollar, and its parts add up."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.metrics.cost import cost_table
from sim.metrics.instances import billed_seconds, instances_table
from sim.metrics.on_demand import on_demand_table
from sim.model.invocation_record import Outcome
from sim.model.journal_entries import ApiCalled, JournalEntry
from sim.model.run_record import RunRecord
from sim.units import MINUTE_US, NANO_USD_PER_USD, SECOND_US
from tests.unit.metrics.records import (
    a_function,
    a_launch,
    a_move,
    a_record,
    a_running,
    invocations,
    three_instances_for_a_day,
)


def nano(record: RunRecord, column: str = "nano_usd") -> dict[str, Any]:
    """Amounts of one column by item."""
    table = cost_table(record)
    return dict(zip(table["item"], table[column], strict=True))


def test_worked_example_is_exact() -> None:
    """3 x 24 h x 0.20 = 14.40, 15 % fee = 2.16, 10 M requests = 2.00: to the nano-dollar."""
    assert nano(three_instances_for_a_day()) == {
        "ec2": 14_400_000_000,
        "fee": 2_160_000_000,
        "storage": 0,
        "requests": 2_000_000_000,
        "total": 18_560_000_000,
    }


def test_per_million_and_month_scale_the_worked_example() -> None:
    """18.56 for ten million is 1.856 per million; a day times 30 is the labelled stretch."""
    record = three_instances_for_a_day()
    assert nano(record, "usd_per_million_completed")["total"] == pytest.approx(1.856)
    assert nano(record, "usd_per_30_days")["total"] == pytest.approx(556.8)


def test_throttled_invocations_are_not_billed() -> None:
    """Of 60 arrivals 20 throttled: 40 requests are billed, completed or not."""
    counts = invocations(
        arrived=[[0, 0, 60, 0, 0]],
        completed=[[0, 0, 30, 0, 0]],
        others={Outcome.THROTTLED_CPU: [[0, 0, 20, 0, 0]], Outcome.TIMED_OUT: [[0, 0, 10, 0, 0]]},
    )
    assert nano(a_record(invocations=counts))["requests"] == 40 * 200


@pytest.mark.parametrize(
    ("lasts_us", "seconds"),
    [(1, 60), (60 * SECOND_US, 60), (60 * SECOND_US + 1, 61), (90 * SECOND_US, 90)],
)
def test_started_seconds_are_billed_and_at_least_a_minute(lasts_us: int, seconds: int) -> None:
    """Every started second counts, and the minimum billed time is a floor."""
    assert billed_seconds(running_us=7, end_us=7 + lasts_us, minimum_s=60) == seconds


def test_an_instance_that_never_started_costs_nothing() -> None:
    """EC2 ended it while it was pending, for a reason of its own: no minimum is billed either."""
    launch = a_launch(0, 1)
    end = a_move(launch, 2 * MINUTE_US, "pending", "terminated")
    failed = replace(end, reason_code="Server.InternalError")
    table = instances_table(a_record(journal=(launch, failed)))
    assert table["billed_s"].tolist() == [0]
    assert table["cost_usd"].tolist() == [0.0]


def test_an_instance_that_is_still_pending_costs_nothing() -> None:
    """EC2 bills from `running` on: at the horizon it has not begun."""
    table = instances_table(a_record(journal=(a_launch(0, 1),)))
    assert table["billed_s"].tolist() == [0]
    assert table["cost_usd"].tolist() == [0.0]


def test_billing_runs_from_running_to_terminated_or_horizon() -> None:
    """Pending is free, the end of the bill is termination, or the horizon for one that is left."""
    first, second = a_launch(0, 1), a_launch(MINUTE_US, 2)
    journal = (
        first,
        a_move(first, 5 * SECOND_US, "pending", "running"),
        second,
        a_move(second, MINUTE_US + 8 * SECOND_US, "pending", "running"),
        a_move(first, 2 * MINUTE_US, "shutting-down", "terminated"),
    )
    table = instances_table(a_record(journal=journal))
    assert table["billed_s"].tolist() == [115, 232]
    assert table["terminated_us"].isna().tolist() == [False, True]
    assert table["lifetime_s"].tolist() == [120.0, 240.0]


def test_preparation_is_in_the_bill_and_shown_apart() -> None:
    """Two of five minutes of an instance lie before the traffic: two fifths of its price."""
    record = a_record(journal=a_running(0))
    whole, before = nano(record), nano(record, "preparation_nano_usd")
    assert before["ec2"] * 5 == pytest.approx(whole["ec2"] * 2, abs=5)
    assert before["requests"] == 0
    assert before["total"] == before["ec2"] + before["fee"]


def test_default_lambda_rounds_work_up_to_whole_milliseconds() -> None:
    """49.2 ms are billed as 50 ms at 1769 MiB on arm64, plus the request."""
    row = on_demand_table(a_record()).iloc[0]
    assert (row["completed"], row["billed_ms"]) == (360, 50.0)
    duration = 360 * 0.050 * 1769 / 1024 * 0.0000133334
    assert row["duration_nano_usd"] / NANO_USD_PER_USD == pytest.approx(duration, abs=1e-9)
    assert row["requests_nano_usd"] == 360 * 200


def test_default_lambda_bills_timeouts_up_to_the_timeout() -> None:
    """Work of 5 s under a timeout of 3 s is billed 3 s each, though nothing was completed."""
    timed_out = invocations(
        arrived=[[0, 40]], completed=[[0, 0]], others={Outcome.TIMED_OUT: [[0, 40]]}
    )
    functions = (a_function(service_time_mean_us=5_000_000.0),)
    row = on_demand_table(a_record(invocations=timed_out, functions=functions)).iloc[0]
    assert (row["completed"], row["accepted"], row["billed_ms"]) == (0, 40, 3000.0)
    assert row["requests_nano_usd"] == 40 * 200


def test_default_lambda_uses_the_price_of_the_architecture() -> None:
    """The same work on x86_64 costs 1.25 times as much for duration."""
    arm = on_demand_table(a_record())["duration_nano_usd"].iloc[0]
    functions = (a_function(architecture="x86_64"),)
    x86 = on_demand_table(a_record(functions=functions))["duration_nano_usd"].iloc[0]
    assert x86 / arm == pytest.approx(1.25, rel=1e-4)


def test_termination_names_who_did_it() -> None:
    """The caller of the termination and of the launch stand in the instance's row."""
    launch = a_launch(0)
    calls = (
        a_call(launch.call, "ec2:RunInstances", "operator role", "*"),
        a_call(900, "ec2:TerminateInstances", "service-linked role", "arn:x:instance/i-1"),
    )
    journal = (*calls, launch, a_move(launch, MINUTE_US, "pending", "terminated"))
    row = instances_table(a_record(journal=journal)).iloc[0]
    assert (row["launched_by"], row["terminated_by"]) == ("operator role", "service-linked role")


def a_call(number: int, operation: str, role: str, resource: str) -> ApiCalled:
    """A call that succeeded."""
    return ApiCalled(
        time_us=0,
        call=number,
        operation=operation,
        caller_arn="arn:aws:sts::123456789012:assumed-role/Role/lambda",
        caller_role=role,
        resource=resource,
    )


prices = st.integers(1, 10**11)
lives = st.lists(
    st.tuples(prices, st.integers(0, 4 * MINUTE_US), st.integers(1, 3 * MINUTE_US)), max_size=20
)


@given(lives)
def test_sum_over_instances_is_the_bill(rows: list[tuple[int, int, int]]) -> None:
    """Conservation: EC2 and fee of the bill are the sums over the instances, exactly."""
    journal: list[JournalEntry] = []
    for number, (price, start, lasts) in enumerate(rows):
        launch, running = a_running(start, number, nano_usd_per_hour=price)
        end = a_move(launch, start + lasts, "shutting-down", "terminated")
        journal += [launch, running, end]
    record = a_record(journal=tuple(journal))
    instances, bill = instances_table(record), nano(record)
    assert bill["ec2"] == sum(instances["ec2_nano_usd"].tolist())
    assert bill["fee"] == sum(instances["fee_nano_usd"].tolist())
    assert bill["total"] == bill["ec2"] + bill["fee"] + bill["requests"]
    for price, seconds, ec2 in zip(
        instances["nano_usd_per_hour"],
        instances["billed_s"],
        instances["ec2_nano_usd"],
        strict=True,
    ):
        assert abs(int(ec2) * 3600 - int(price) * int(seconds)) <= 1800
