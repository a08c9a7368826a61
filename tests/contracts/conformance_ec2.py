"""EC2 against its service model: what differs on purpose, and a tour through every operation."""

from deviation import Deviations, lacking
from small_worlds import SmallWorld

DEVIATIONS: Deviations = {
    **lacking(
        "ec2:TerminateInstances",
        "managed instances are refused in any way",
        "DryRun",
        "Force",
        "SkipOsShutdown",
    ),
    **lacking(
        "ec2:DescribeInstances",
        "one page has all managed instances",
        "DryRun",
        "Filters",
        "IncludeManagedResources",
        "MaxResults",
        "NextToken",
    ),
    ("ec2:*", "InstanceIds", "max"): "EC2's own bound, which its model leaves out",
    ("ec2:TerminateInstances", "InstanceIds", "min"): "EC2's own bound, left out of its model",
    ("ec2:DescribeInstances", "Instances", "member"): "instances without their reservations",
}
NEVER_SUCCEEDS = {"ec2:TerminateInstances": "customers have no instances of their own"}


def tour(world: SmallWorld) -> None:
    """Every operation once with success, in a world whose function runs."""
    world.call("ec2:DescribeInstances")
