"""How far zones rise together, and what they launch on the way."""

import pytest

from sim.placement.levelling import RisingZone, highest_level, launches_by_zone

PLENTY = 10_000


def a_zone(name, count=0, slots=0, **others):
    """A balanced zone that may not launch unless told otherwise."""
    return RisingZone(name, count, slots, **{"is_balanced": True, **others})


def launching(name, count=0, slots=0):
    """A balanced zone whose instances have four vCPUs and room for three."""
    return a_zone(name, count, slots, launch_slots=3, launch_vcpu=4)


def reached(*zones, left=PLENTY, vcpu_left=PLENTY):
    """The level, and what is launched for it."""
    level = highest_level(zones, left=left, vcpu_left=vcpu_left)
    return level, launches_by_zone(zones, level, {})


def test_zones_rise_as_far_as_the_environments_suffice():
    """Eleven for two zones: five levels, and one environment is left over."""
    assert reached(launching("a"), launching("b"), left=11) == (5, {"a": 2, "b": 2})


def test_room_that_is_there_is_used_before_a_launch():
    """Zone a has room for four of its six; b launches first."""
    assert reached(launching("a", slots=4), launching("b"), left=12) == (6, {"b": 2, "a": 1})


def test_a_zone_above_the_level_waits():
    """Seven environments lift b to the seven of a."""
    assert reached(launching("a", count=7), launching("b"), left=7) == (7, {"b": 3})


def test_the_cap_on_vcpus_stops_the_rise():
    """Two instances of four vCPUs carry two zones to three; a third one has no room."""
    assert reached(launching("a"), launching("b"), vcpu_left=11) == (3, {"a": 1, "b": 1})


def test_a_balanced_zone_without_room_or_launches_holds_all_up():
    """Zone b has room for two and may not launch."""
    assert reached(launching("a"), a_zone("b", slots=2)) == (2, {"a": 1})


def test_a_zone_that_is_not_balanced_takes_its_room_and_stays_behind():
    """Zone c has room for two: 20 lift a and b by nine, and c by two."""
    beside = a_zone("c", slots=2, is_balanced=False)
    assert reached(launching("a"), launching("b"), beside, left=20) == (9, {"a": 3, "b": 3})


def test_nothing_in_reach_is_the_lowest_level():
    """No environment or no room: where the lowest zone is."""
    assert reached(launching("a", count=4), launching("b", count=6), left=0) == (4, {})
    assert reached(a_zone("a", count=4)) == (4, {})


@pytest.mark.parametrize("vcpu_left", [0, -6])
def test_a_fleet_at_or_beyond_its_cap_rises_only_on_room_that_there_is(vcpu_left):
    """A cap that was lowered leaves less than nothing: the levels are those of no vCPU at all."""
    zones = (launching("a", slots=2), launching("b", slots=1))
    assert reached(*zones, left=6, vcpu_left=vcpu_left) == (1, {})
