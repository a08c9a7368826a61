"""Organizations against its service model: what differs on purpose, and a tour through it."""

from deviation import Deviations, lacking
from small_worlds import ACCOUNT, SmallWorld, allow, document, granted

_KINDS = "other kinds of policies bear on no permission"
SERVICE = "SERVICE_CONTROL_POLICY"
DEVIATIONS: Deviations = {
    **lacking("organizations:CreatePolicy", "nothing in the model depends on it", "Tags"),
    ("organizations:CreatePolicy", "Type", "enum"): _KINDS,
    ("organizations:ListPoliciesForTarget", "Filter", "enum"): _KINDS,
}


def tour(world: SmallWorld) -> None:
    """Every operation once with success, in a world whose function runs."""
    made = granted(
        world.call(
            "organizations:CreatePolicy",
            {
                "Name": "Open",
                "Description": "all",
                "Type": SERVICE,
                "Content": document(allow("*")),
            },
        )
    )
    policy = {"PolicyId": made["Policy"]["PolicySummary"]["Id"]}
    target = {"TargetId": ACCOUNT}
    world.call("organizations:AttachPolicy", {**policy, **target})
    world.call(
        "organizations:ListPoliciesForTarget", {**target, "Filter": SERVICE, "MaxResults": 1}
    )
    world.call("organizations:DetachPolicy", {**policy, **target})
    world.call("organizations:DeletePolicy", policy)
