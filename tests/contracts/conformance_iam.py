"""IAM against its service model: what differs on purpose, and a tour through every operation."""

from deviation import Deviations
from small_worlds import (
    LINKED_ROLE,
    OPERATOR_POLICY_ARN,
    OPERATOR_ROLE,
    SmallWorld,
    allow,
    document,
    granted,
    trust,
)

DEVIATIONS: Deviations = {}


def tour(world: SmallWorld) -> None:
    """Every operation once with success, in a world whose function runs."""
    named = {"RoleName": OPERATOR_ROLE, "PolicyName": "New"}
    world.call("iam:PutRolePolicy", {**named, "PolicyDocument": document(allow("ec2:*"))})
    world.call("iam:DeleteRolePolicy", named)
    attachment = {"RoleName": OPERATOR_ROLE, "PolicyArn": OPERATOR_POLICY_ARN}
    world.call("iam:DetachRolePolicy", attachment)
    world.call("iam:AttachRolePolicy", attachment)
    changed = {"RoleName": OPERATOR_ROLE, "PolicyDocument": trust()}
    world.call("iam:UpdateAssumeRolePolicy", changed)
    task = granted(world.call("iam:DeleteServiceLinkedRole", {"RoleName": LINKED_ROLE}))
    world.at("6m").call("iam:GetServiceLinkedRoleDeletionStatus", task)
