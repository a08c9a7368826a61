"""The Availability Zones of the account's Region, and their identifiers."""

from functools import cache
from typing import Final

from sim.controlplane.account import Account
from sim.controlplane.ec2_service.filters import Row

_DIRECTIONS = {
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "central": "c",
    "northeast": "ne",
    "northwest": "nw",
    "southeast": "se",
    "southwest": "sw",
}


def zone_names(account: Account) -> list[str]:
    """Names of all zones: those every Region has, and those of the account's subnets."""
    letters = account.facts.texts("ec2.availability_zone_letters")
    own = account.world.ec2.laws.zones()
    return sorted({*(f"{account.region}{letter}" for letter in letters), *own})


@cache
def zone_id(zone: str) -> str:
    """Identifier of a zone, such as `use1-az1`; that letters are numbered in order is assumed.

    In AWS every account has its own order.
    """
    *words, number = zone[:-1].split("-")
    short = words[0] + "".join(_DIRECTIONS.get(word, word[0]) for word in words[1:])
    return f"{short}{number}-az{ord(zone[-1]) - ord('a') + 1}"


def zone_row(account: Account, zone: str) -> Row:
    """A zone as DescribeAvailabilityZones shows it."""
    return {
        "ZoneName": zone,
        "ZoneId": zone_id(zone),
        "ZoneType": "availability-zone",
        "State": "available",
        "OptInStatus": "opt-in-not-required",
        "RegionName": account.region,
        "GroupName": f"{account.region}-zg-1",
        "NetworkBorderGroup": account.region,
        "Messages": [],
    }


ZONE_FILTERS: Final = {
    "group-name": "GroupName",
    "opt-in-status": "OptInStatus",
    "region-name": "RegionName",
    "state": "State",
    "zone-id": "ZoneId",
    "zone-name": "ZoneName",
    "zone-type": "ZoneType",
}
