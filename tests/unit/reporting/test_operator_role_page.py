"""The page about the operator role tells each scenario with what decided it, and opens alone."""

from sim.model.journal_entries import (
    ApiCalled,
    AuthorizationDecided,
    ExpectationJudged,
    FunctionVersionChanged,
)
from sim.reporting.operator_role_page import StatementShown, operator_role_page, scenario_shown
from sim.reporting.outcome_lines import deciding_lines, outcome_lines
from sim.units import SECOND_US
from tests.unit.metrics.records import a_record


def judged(outcome: str = "met", *, decided_by: str = "", expected: str = "denied"):
    """An expectation about a permission."""
    return ExpectationJudged(
        time_us=9 * SECOND_US,
        subject="role/Operator: ec2:StopInstances on *",
        expected=expected,
        seen="allowed",
        outcome=outcome,
        decided_by=decided_by,
    )


def a_refusal(call: int):
    """A launch that IAM refused."""
    return ApiCalled(
        time_us=3 * SECOND_US,
        call=call,
        operation="ec2:RunInstances",
        caller_arn="arn:aws:sts::123456789012:assumed-role/Operator/x",
        caller_role="operator role",
        resource="subnet-a",
        error_code="UnauthorizedOperation",
    )


def a_grant():
    """What the operator role was allowed."""
    return AuthorizationDecided(
        time_us=3 * SECOND_US,
        call=1,
        principal_arn="arn:aws:sts::123456789012:assumed-role/Operator/x",
        caller_role="operator role",
        action="ec2:DescribeSubnets",
        resource="*",
        result="Allowed",
        layer="identity-based policy",
        policy="Operator",
        statement="Look",
        reason="",
    )


def a_failed_version():
    """The end of a publish."""
    return FunctionVersionChanged(
        time_us=5 * SECOND_US,
        function="site",
        version="1",
        capacity_provider="web",
        old_state="Pending",
        new_state="Failed",
        reason_code="InsufficientRolePermissions",
    )


def test_the_outcome_has_refusals_version_and_instances():
    """Like refusals are one line with the time of the first and their number."""
    record = a_record(journal=(a_refusal(1), a_refusal(2), a_failed_version()))
    refused, version, instances = outcome_lines(record)
    assert refused.endswith(
        "operator role: ec2:RunInstances fails with UnauthorizedOperation, 2 times"
    )
    assert version == "version 1 is Failed (InsufficientRolePermissions)"
    assert instances == "0 instances launched"


def test_statements_are_told_once_and_those_of_preparing_calls_are_not():
    """What only succeeds prepares something; two expectations may have one statement."""
    record = a_record(
        journal=(
            judged(decided_by="other", expected="succeeds"),
            judged(decided_by="a; b"),
            judged(decided_by="b"),
        )
    )
    assert deciding_lines(record) == ("a", "b")


def test_without_a_statement_the_grants_of_roles_are_told():
    """They let happen what happened."""
    record = a_record(journal=(a_grant(), a_grant(), judged()))
    assert deciding_lines(record) == ("identity-based policy: Look of Operator allows",)


def test_a_failed_expectation_is_shown_as_failed():
    """One cross for its scenario and one for its statement, and the count at the top."""
    scenario = scenario_shown(
        a_record(journal=(judged(), judged("failed"))), file="configs/x.yaml", is_ablation=True
    )
    page = operator_role_page([StatementShown("R01", "says <something>", (scenario,))])
    assert not scenario.is_met
    assert "1 expectations failed" in page
    assert "✗ 1 of 2" in page
    assert "says &lt;something&gt;" in page


def test_a_statement_without_scenario_says_why():
    """It is neither met nor failed."""
    page = operator_role_page([StatementShown("R04", "says", (), "no CreateRole")])
    assert "Limits: no CreateRole" in page
    assert '<span class="good">✓</span>' not in page
    assert '<span class="bad">✗</span>' not in page


def test_the_page_asks_for_nothing_from_elsewhere():
    """No address, no script: it opens without a network, on light and on dark."""
    page = operator_role_page([])
    assert "http:" not in page
    assert "https:" not in page
    assert "<script" not in page
    assert "prefers-color-scheme: dark" in page
