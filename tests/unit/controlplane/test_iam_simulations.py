"""The policy simulator: what it answers is what a call would be answered, and why."""

import pytest
from small_worlds import (
    ACCOUNT,
    OPERATOR_ROLE_ARN,
    a_bare_world,
    allow,
    deny,
    document,
    granted,
    refused,
)

CUSTOM = "iam:SimulateCustomPolicy"
PRINCIPAL = "iam:SimulatePrincipalPolicy"
LOOK = ["ec2:DescribeInstances"]
SOMEBODY = f"arn:aws:iam::{ACCOUNT}:user/somebody"


def result(world, operation, **members):
    """The only result of a simulation."""
    (found,) = granted(world.call(operation, members))["EvaluationResults"]
    return found


def test_a_custom_policy_is_judged_alone():
    """Allowed with the statement that allows, denied with the one that denies, else implicitly."""
    world = a_bare_world()
    policies = [document(allow("ec2:*")), document(deny("ec2:RunInstances"))]

    def decided(action):
        found = result(world, CUSTOM, PolicyInputList=policies, ActionNames=[action])
        return found["EvalDecision"], found["MatchedStatements"]

    first = {"SourcePolicyId": "PolicyInputList.1", "SourcePolicyType": "none"}
    second = {"SourcePolicyId": "PolicyInputList.2", "SourcePolicyType": "none"}
    assert decided("ec2:DescribeInstances") == ("allowed", [first])
    assert decided("ec2:RunInstances") == ("explicitDeny", [second])
    assert decided("s3:GetObject") == ("implicitDeny", [])


def test_missing_keys_are_named_and_given_ones_count():
    """A condition on a key that is not given is named; given, it decides."""
    world = a_bare_world()
    condition = {"NumericLessThan": {"ec2:VolumeSize": "100"}}
    asked = {
        "PolicyInputList": [document(allow("ec2:*", "*", condition))],
        "ActionNames": LOOK,
    }
    found = result(world, CUSTOM, **asked)
    assert (found["EvalDecision"], found["MissingContextValues"]) == (
        "implicitDeny",
        ["ec2:VolumeSize"],
    )
    key = {"ContextKeyName": "ec2:VolumeSize", "ContextKeyType": "numeric"}
    found = result(world, CUSTOM, **asked, ContextEntries=[{**key, "ContextKeyValues": ["8"]}])
    assert (found["EvalDecision"], found["MissingContextValues"]) == ("allowed", [])
    answer = world.call(
        CUSTOM, {**asked, "ContextEntries": [{**key, "ContextKeyValues": ["large"]}]}
    )
    refused(answer, "InvalidInput", "ec2:VolumeSize")


def test_a_boundary_is_told_apart():
    """What the boundary does not allow is denied, and the answer says by what."""
    found = result(
        a_bare_world(),
        CUSTOM,
        PolicyInputList=[document(allow("ec2:*"))],
        PermissionsBoundaryPolicyInputList=[document(allow("s3:*"))],
        ActionNames=LOOK,
    )
    assert found["EvalDecision"] == "implicitDeny"
    assert found["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}


def test_a_principal_is_simulated_with_all_that_surrounds_it():
    """Inline and managed policies, boundary and guardrails of the account count."""
    world = a_bare_world(
        somebody=document(allow("ec2:*")), guardrails=(document(deny("ec2:RunInstances")),)
    )
    asked = {"PolicySourceArn": SOMEBODY, "ActionNames": LOOK}
    found = result(world, PRINCIPAL, **asked)
    assert found["EvalDecision"] == "allowed"
    assert found["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": True}
    assert found["MatchedStatements"] == [
        {"SourcePolicyId": "user_somebody_May", "SourcePolicyType": "user"}
    ]
    found = result(world, PRINCIPAL, **{**asked, "ActionNames": ["ec2:RunInstances"]})
    assert found["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": False}
    bound = {
        "UserName": "somebody",
        "PermissionsBoundary": "arn:aws:iam::aws:policy/AWSLambda_FullAccess",
    }
    granted(world.call("iam:PutUserPermissionsBoundary", bound))
    found = result(world, PRINCIPAL, **asked)
    assert found["EvalDecision"] == "implicitDeny"
    assert found["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}


def test_the_managed_operator_policy_allows_what_it_should():
    """A simulation of the operator role on several resources answers one result each."""
    instance = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/*"
    operator = {
        "ContextKeyName": "ec2:ManagedResourceOperator",
        "ContextKeyValues": ["scaler.lambda.amazonaws.com"],
    }
    found = result(
        a_bare_world(),
        PRINCIPAL,
        PolicySourceArn=OPERATOR_ROLE_ARN,
        ActionNames=["ec2:RunInstances"],
        ResourceArns=[instance, f"arn:aws:ec2:us-east-1:{ACCOUNT}:key-pair/mine"],
        ContextEntries=[operator],
    )
    decisions = [r["EvalResourceDecision"] for r in found["ResourceSpecificResults"]]
    assert decisions == ["allowed", "implicitDeny"]
    assert found["EvalDecision"] == "implicitDeny"
    (matched,) = found["ResourceSpecificResults"][0]["MatchedStatements"]
    assert matched["SourcePolicyType"] == "aws-managed"


def test_results_come_page_by_page():
    """Every action has its result, on some page, in the order asked."""
    world = a_bare_world()
    actions = [f"ec2:Describe{n}" for n in range(5)]
    asked = {"PolicyInputList": [document(allow("*"))], "ActionNames": actions, "MaxItems": 2}
    seen, marker = [], None
    while True:
        page = granted(world.call(CUSTOM, asked if marker is None else {**asked, "Marker": marker}))
        seen += [found["EvalActionName"] for found in page["EvaluationResults"]]
        marker = page.get("Marker")
        if marker is None:
            break
    assert seen == actions


@pytest.mark.parametrize(
    ("operation", "members", "code", "text"),
    [
        (CUSTOM, {"PolicyInputList": ["{"]}, "InvalidInput", "policy document"),
        (CUSTOM, {"PolicyInputList": [], "ActionNames": ["ec2:*"]}, "InvalidInput", "wildcard"),
        (
            CUSTOM,
            {
                "PolicyInputList": [],
                "PermissionsBoundaryPolicyInputList": [document(allow("*"))] * 2,
            },
            "InvalidInput",
            "Only one permissions boundary",
        ),
        (CUSTOM, {"PolicyInputList": [], "ResourcePolicy": "{"}, "InvalidInput", "policy document"),
        (PRINCIPAL, {"PolicySourceArn": f"{SOMEBODY}else"}, "NoSuchEntity", "cannot be found"),
        (PRINCIPAL, {"PolicySourceArn": "somebody-without-arn"}, "InvalidInput", "Invalid Entity"),
    ],
)
def test_what_cannot_be_simulated(operation, members, code, text):
    """Unreadable policies, actions and principals are refused by the simulator's codes."""
    answer = a_bare_world().call(operation, {"ActionNames": LOOK, **members})
    refused(answer, code, text)
