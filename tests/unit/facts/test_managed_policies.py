"""Managed policies are given by name and version, as AWS publishes them."""

import pytest

from sim.facts import (
    UnknownManagedPolicyError,
    managed_policy,
    managed_policy_names,
    managed_policy_versions,
    trust_policy_for_lambda,
)

OPERATOR = "AWSLambdaManagedEC2ResourceOperator"


def actions_of(document: dict) -> set[str]:
    """Collect the actions of all statements."""
    return {
        action
        for statement in document["Statement"]
        for action in (
            statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        )
    }


def test_default_operator_policy_is_the_one_of_the_page():
    """Without a version the operator policy is v3, identical to v1 and v2."""
    default = managed_policy(OPERATOR)
    assert default.version == "v3"
    assert default.arn == f"arn:aws:iam::aws:policy/{OPERATOR}"
    for version in ("v1", "v2"):
        assert managed_policy(OPERATOR, version).document == default.document


def test_later_operator_policies_only_add():
    """v4 adds the description of encryption controls, v5 writing logs; nothing goes away."""
    v3, v4, v5 = (actions_of(managed_policy(f"{OPERATOR}@v{n}").document) for n in (3, 4, 5))
    assert v4 - v3 == {"ec2:DescribeVpcEncryptionControls"}
    assert v5 - v4 == {"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
    assert v3 < v4 < v5


def test_operator_policy_does_not_terminate_and_the_service_linked_role_does():
    """Launch and terminate are split between the two roles."""
    terminate = "ec2:TerminateInstances"
    assert terminate not in actions_of(managed_policy(f"{OPERATOR}@v5").document)
    for policy in managed_policy_versions("AWSLambdaServiceRolePolicy"):
        assert terminate in actions_of(policy.document)
        assert "ec2:RunInstances" not in actions_of(policy.document)


def test_administrator_may_do_everything():
    """AdministratorAccess allows every action on every resource."""
    (statement,) = managed_policy("AdministratorAccess").document["Statement"]
    assert statement == {"Effect": "Allow", "Action": "*", "Resource": "*"}


def test_versions_are_in_order_of_time():
    """Versions of every policy are listed oldest first, with dates that grow."""
    for name in managed_policy_names():
        created = [policy.created_at for policy in managed_policy_versions(name)]
        assert created == sorted(created)
        assert len(set(created)) == len(created)


def test_document_is_a_fresh_copy():
    """Who changes a document does not change it for others."""
    managed_policy(OPERATOR).document["Statement"].clear()
    assert managed_policy(OPERATOR).document["Statement"]
    trust_policy_for_lambda()["Statement"].clear()
    assert trust_policy_for_lambda()["Statement"]


def test_unknown_policy_or_version_is_refused_with_what_there_is():
    """The refusal names the nearest policy, or the versions that exist."""
    with pytest.raises(UnknownManagedPolicyError, match="expected one of `AdministratorAccess`"):
        managed_policy("AdminAccess")
    with pytest.raises(UnknownManagedPolicyError, match="expected one of v1, v2, v3, v4, v5"):
        managed_policy(f"{OPERATOR}@v9")
    with pytest.raises(UnknownManagedPolicyError, match="is not known"):
        managed_policy_versions("Nobody")
