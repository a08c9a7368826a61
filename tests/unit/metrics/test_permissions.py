"""Checks of the tables of calls and IAM decisions."""

from dataclasses import replace

import pytest

from sim.metrics.permissions import api_calls_table, decisions_table, is_person, permissions_table
from sim.model.journal_entries import ApiCalled, AuthorizationDecided
from sim.units import HOUR_US, MINUTE_US
from tests.unit.metrics.records import a_record

CALL = ApiCalled(
    time_us=2 * MINUTE_US,
    call=1,
    operation="ec2:RunInstances",
    caller_arn="arn:aws:sts::123456789012:assumed-role/LambdaOperatorRole/lambda",
    caller_role="operator role",
    resource="*",
    error_code="UnauthorizedOperation",
    error_message="You are not authorized",
)
DENIED = AuthorizationDecided(
    time_us=2 * MINUTE_US,
    call=1,
    principal_arn=CALL.caller_arn,
    caller_role="operator role",
    action="ec2:RunInstances",
    resource="*",
    result="ExplicitlyDenied",
    layer="identity",
    policy="Freeze",
    statement="NoNewInstances",
    reason="with an explicit deny",
)


def test_decisions_are_summed_up_by_what_decided() -> None:
    """The same denial twice is one row with count, first and last time; an allow is another."""
    later = replace(DENIED, time_us=2 * MINUTE_US + HOUR_US, call=2)
    allowed = replace(DENIED, call=3, result="Allowed", policy="Run", statement="statement 1")
    table = permissions_table(a_record(journal=(CALL, DENIED, allowed, later)))
    assert table["count"].tolist() == [2, 1]
    assert table["result"].tolist() == ["ExplicitlyDenied", "Allowed"]
    assert table["first_hours"].tolist() == pytest.approx([0.0, 0.0])
    assert table["last_hours"].tolist() == pytest.approx([1.0, 0.0])


def test_denial_carries_the_message_of_its_call() -> None:
    """What AWS answered to the call stands beside the denial."""
    table = permissions_table(a_record(journal=(CALL, DENIED)))
    assert table["message"].tolist() == ["You are not authorized"]


def test_tables_without_entries_have_their_columns() -> None:
    """A run without calls gives empty tables, not errors."""
    record = a_record()
    assert decisions_table(record).empty
    assert api_calls_table(record).empty
    assert permissions_table(record).empty


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        ("arn:aws:iam::123456789012:user/administrator", True),
        ("arn:aws:iam::123456789012:root", True),
        ("arn:aws:sts::123456789012:assumed-role/LambdaOperatorRole/lambda", False),
        ("lambda.amazonaws.com", False),
    ],
)
def test_people_are_users_and_root(arn: str, expected: bool) -> None:
    """Users and root are people; roles and services are not."""
    assert is_person(arn) is expected
