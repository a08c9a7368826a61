"""A wave launches where fewest instances are, and fills each of them."""

import pytest

from sim.facts import instance_types
from sim.placement.launch_wave import CrowdedZone, LaunchWave

LARGE, XLARGE = (instance_types()[f"m7g.{size}"] for size in ("large", "xlarge"))
"""Two and four vCPUs; one fewer environment has room on each."""


def a_wave(*counts, vcpu_left=1000, types=None):
    """A wave over zones `a`, `b`, ... with so many instances; `types` by zone, else the large."""
    zones = [
        CrowdedZone(count, 0, position, "abc"[position]) for position, count in enumerate(counts)
    ]

    def choose_type(left, vcpu_left, zone):
        del left
        chosen = (types or {}).get(zone, LARGE)
        return chosen if chosen.vcpu <= vcpu_left else None

    return LaunchWave(
        zones, vcpu_left=vcpu_left, slots_on=lambda t: t.vcpu - 1, choose_type=choose_type
    )


def launched_one_by_one(wave, left):
    """What is left once all is launched that may be."""
    while left and wave.next_zone:
        left = wave.launch(left)
    return left


def test_the_emptiest_zone_is_next():
    """Of zones with as many instances the one with fewest environments, until all have room."""
    wave = a_wave(2, 0, 1)
    assert launched_one_by_one(wave, 5) == 0
    assert wave.launches == [(LARGE, "b", 2), (LARGE, "c", 2), (LARGE, "a", 1)]


@pytest.mark.parametrize("left", [0, 1, 2, 5, 8, 40])
@pytest.mark.parametrize("vcpu_left", [0, 1, 7, 30, 1000])
@pytest.mark.parametrize("counts", [(0, 0, 0), (5, 0, 2), (1, 9)])
def test_zones_that_rise_launch_what_they_launch_one_by_one(counts, vcpu_left, left):
    """Launches, their order, and what is left at the end are the same."""
    risen, plain = a_wave(*counts, vcpu_left=vcpu_left), a_wave(*counts, vcpu_left=vcpu_left)
    rest = launched_one_by_one(risen, risen.rise(left, LARGE))
    assert rest == launched_one_by_one(plain, left)
    assert risen.launches == plain.launches


def test_a_zone_whose_types_have_too_many_vcpus_drops_out():
    """Others go on as long as theirs fit."""
    wave = a_wave(0, 0, vcpu_left=7, types={"a": XLARGE})
    assert launched_one_by_one(wave, 10) == 6
    assert wave.launches == [(XLARGE, "a", 1), (LARGE, "b", 1)]
