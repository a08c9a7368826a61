"""CloudWatch Logs against its service model: what differs on purpose, and a tour."""

from deviation import Deviations, lacking
from small_worlds import OPERATOR_ROLE, SmallWorld, allow, document

_NOTHING_MASKED = "no data is protected"

DEVIATIONS: Deviations = {
    **lacking(
        "logs:DescribeLogGroups",
        "a world has one account with groups of one class",
        "accountIdentifiers",
        "includeLinkedAccounts",
        "logGroupClass",
        "logGroupIdentifiers",
    ),
    **lacking("logs:GetLogEvents", _NOTHING_MASKED, "unmask"),
    **lacking("logs:FilterLogEvents", _NOTHING_MASKED, "unmask"),
    **lacking(
        "logs:FilterLogEvents", "oldest first, in one stream", "interleaved", "startFromHead"
    ),
}

GROUP = {"logGroupName": "/aws/lambda/capacity-provider/web"}


def tour(world: SmallWorld) -> None:
    """Every operation once with success, in a world whose operator role may write logs."""
    policy = {"PolicyName": "Logs", "PolicyDocument": document(allow("logs:*"))}
    world.call("iam:PutRolePolicy", {"RoleName": OPERATOR_ROLE, **policy})
    world.at("5m").call("lambda:DeleteFunction", {"FunctionName": "site"})
    world.at("20m").call("logs:DescribeLogGroups")
    world.call("logs:DescribeLogStreams", GROUP)
    world.call("logs:GetLogEvents", {**GROUP, "logStreamName": "web/managed-instances"})
    world.call("logs:FilterLogEvents", GROUP)
