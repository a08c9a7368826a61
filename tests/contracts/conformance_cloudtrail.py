"""CloudTrail against its service model: what differs on purpose, and a tour."""

from deviation import Deviations, lacking
from small_worlds import SmallWorld

DEVIATIONS: Deviations = {
    **lacking("cloudtrail:LookupEvents", "insights are no part of the model", "EventCategory"),
}


def tour(world: SmallWorld) -> None:
    """Every operation once with success, in a world whose function runs."""
    world.call("cloudtrail:LookupEvents", {"MaxResults": 5})
