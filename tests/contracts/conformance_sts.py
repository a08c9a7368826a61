"""STS against its service model: what differs on purpose, and a tour through every operation."""

from deviation import Deviations
from small_worlds import SmallWorld

DEVIATIONS: Deviations = {}


def tour(world: SmallWorld) -> None:
    """Every operation once with success, in a world whose function runs."""
    denied = world.call("ec2:DescribeInstances", by="nobody")
    encoded = denied.encoded_authorization_message
    world.call("sts:DecodeAuthorizationMessage", {"EncodedMessage": encoded})
