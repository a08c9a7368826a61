"""One planning round: where environments go, what is launched, and what finds no room."""

import pytest

from sim.facts import instance_types
from sim.model.execution_environment import EnvironmentShape
from sim.model.journal_entries import PurposeOfLaunch
from sim.placement.bin_packing import BinPacking
from sim.placement.instance_choice import allocatable, cheapest
from sim.placement.plans import InstanceView, Shortage
from sim.placement.version_need import VersionNeed

OVERHEAD = EnvironmentShape(vcpu=1, memory_mib=1024)
ONE = EnvironmentShape(vcpu=1, memory_mib=4096)
XLARGE = instance_types()["m7g.xlarge"]
FIRST, OUT, REPLACEMENT = (
    PurposeOfLaunch.FIRST_PUBLISH,
    PurposeOfLaunch.SCALE_OUT,
    PurposeOfLaunch.REPLACEMENT,
)


def a_need(count, *, purpose=OUT, shape=ONE, zone_counts=(), arn="site"):
    """Environments that are missing."""
    return VersionNeed(arn, shape, count, dict(zone_counts), purpose)


def an_instance(name, zone, *, vcpu=3, memory_mib=15360, is_ready=True):
    """An instance with room."""
    return InstanceView(name, zone, is_ready, EnvironmentShape(vcpu, memory_mib))


def planned(instances, needs, *, zones="abc", open_zones=None, vcpu_left=400, types=(XLARGE,)):
    """The plan of one round; every zone offers `types`."""

    def choose(shape, count, vcpu_left, zone):
        del zone
        chosen = cheapest(types, shape=shape, overhead=OVERHEAD, count=count, vcpu_left=vcpu_left)
        return chosen or Shortage.VCPU_CAP

    counts = {}
    for instance in instances:
        counts[instance.availability_zone] = counts.get(instance.availability_zone, 0) + 1
    packing = BinPacking(
        zones=tuple(zones),
        open_zones=tuple(zones if open_zones is None else open_zones),
        zone_instance_counts=counts,
        vcpu_left=vcpu_left,
        allocatable=lambda t: allocatable(t, OVERHEAD),
        choose_type=choose,
    )
    return packing.plan(instances, needs)


def placed(plan):
    """Instances that get environments, in order."""
    return [placement.instance_id for placement in plan.placements]


def launch_zones(plan):
    """Zones of the launches, in order."""
    return "".join(launch.availability_zone * launch.count for launch in plan.launches)


def unmet(plan):
    """Counts and shortages."""
    return [(need.count, need.shortage) for need in plan.unmet]


def test_nothing_needed_is_nothing_planned():
    """An empty plan for an empty need."""
    plan = planned([an_instance("i-1", "a")], [])
    assert (plan.placements, plan.launches, plan.unmet) == ((), (), ())


def test_the_fullest_instance_of_the_emptiest_zone_comes_first():
    """Zone b has no environment of the version; of its instances the fuller one is taken."""
    instances = [
        an_instance("a1", "a", vcpu=1),
        an_instance("b1", "b", vcpu=3),
        an_instance("b2", "b", vcpu=2),
    ]
    plan = planned(instances, [a_need(1, zone_counts={"a": 1})])
    assert placed(plan) == ["b2"]


def test_ready_instances_are_filled_before_booting_ones():
    """What boots is counted on only when no ready instance has room; it gets no placement yet."""
    instances = [an_instance("a1", "a", is_ready=False), an_instance("b1", "b", vcpu=2)]
    plan = planned(instances, [a_need(4, zone_counts={"b": 5})])
    assert placed(plan) == ["b1", "b1"]
    assert plan.launches == ()


def test_what_does_not_fit_is_launched_in_the_zone_with_fewest_instances():
    """Zone c has no instance; the fourth environment does not fit on the three places of it."""
    instances = [an_instance("a1", "a", vcpu=0), an_instance("b1", "b", vcpu=0)]
    plan = planned(instances, [a_need(4)])
    assert launch_zones(plan) == "ca"
    assert all(launch.purpose is OUT for launch in plan.launches)


def test_memory_limits_as_vcpus_do():
    """An instance with vCPUs but without memory takes nothing."""
    plan = planned([an_instance("a1", "a", memory_mib=4095)], [a_need(1)])
    assert placed(plan) == []
    assert len(plan.launches) == 1


@pytest.mark.parametrize(
    ("zones", "expected"), [("a", "a"), ("ab", "ab"), ("abc", "abc"), ("abcd", "abc")]
)
def test_a_first_publish_is_spread_over_the_zones(zones, expected):
    """Three environments: one instance per zone, three at most."""
    plan = planned([], [a_need(3, purpose=FIRST)], zones=zones)
    assert launch_zones(plan) == expected


def test_a_first_publish_uses_existing_instances_in_each_zone():
    """Room in zones a and b is taken, only c is launched."""
    plan = planned([an_instance("a1", "a"), an_instance("b1", "b")], [a_need(3, purpose=FIRST)])
    assert placed(plan) == ["a1", "b1"]
    assert launch_zones(plan) == "c"


def test_a_first_publish_in_one_zone_gets_one_instance_that_holds_all():
    """Environments of two vCPUs: the 2xlarge holds three, three xlarges would hold one each."""
    types = (XLARGE, instance_types()["m7g.2xlarge"])
    need = a_need(3, purpose=FIRST, shape=EnvironmentShape(2, 4096))
    plan = planned([], [need], zones="a", types=types)
    assert [launch.instance_type.name for launch in plan.launches] == ["m7g.2xlarge"]


def test_a_closed_zone_is_neither_launched_in_nor_waited_for():
    """With zone a closed a first publish goes to b and c; the third finds room on b's instance."""
    plan = planned([], [a_need(3, purpose=FIRST)], open_zones="bc")
    assert launch_zones(plan) == "bc"
    assert plan.unmet == ()


def test_instances_in_a_closed_zone_still_take_environments():
    """Closed for launches does not mean closed for placements."""
    plan = planned([an_instance("a1", "a")], [a_need(2, purpose=FIRST)], open_zones="bc")
    assert placed(plan) == ["a1"]
    assert launch_zones(plan) == "b"


def test_a_replacement_is_launched_where_the_zone_lacks_it():
    """Zone a lost its instance: b and c have room, but the balance is kept by a launch in a."""
    instances = [an_instance("b1", "b", vcpu=2), an_instance("c1", "c", vcpu=2)]
    need = a_need(1, purpose=REPLACEMENT, zone_counts={"b": 1, "c": 1})
    plan = planned(instances, [need])
    assert placed(plan) == []
    assert [(launch.availability_zone, launch.purpose) for launch in plan.launches] == [
        ("a", REPLACEMENT)
    ]


def test_a_replacement_that_cannot_be_launched_crowds_another_zone():
    """At the cap the room on the others is better than nothing."""
    need = a_need(1, purpose=REPLACEMENT, zone_counts={"b": 1, "c": 1})
    plan = planned([an_instance("b1", "b", vcpu=2)], [need], vcpu_left=0)
    assert placed(plan) == ["b1"]
    assert plan.unmet == ()


def test_a_first_publish_that_cannot_be_spread_is_not_crowded():
    """The publish waits for its zone although another has room (as seen in AWS at the cap)."""
    need = a_need(1, purpose=FIRST, zone_counts={"b": 1, "c": 1})
    plan = planned([an_instance("b1", "b", vcpu=2)], [need], vcpu_left=0)
    assert placed(plan) == []
    assert unmet(plan) == [(1, Shortage.VCPU_CAP)]


def test_the_cap_leaves_the_rest_unmet():
    """Eight vCPUs are two xlarges with six places; four of ten environments are left over."""
    plan = planned([], [a_need(10)], vcpu_left=8)
    assert len(plan.launches) == 2
    assert unmet(plan) == [(4, Shortage.VCPU_CAP)]


def test_no_open_zone_and_no_type_are_told_apart():
    """A need can fail for three reasons; a cap counts more than a zone without the type."""
    assert unmet(planned([], [a_need(2)], open_zones="")) == [(2, Shortage.ZONES_CLOSED)]

    def packing(answers, open_zones="ab"):
        return BinPacking(
            zones=("a", "b"),
            open_zones=tuple(open_zones),
            zone_instance_counts={},
            vcpu_left=0,
            allocatable=lambda t: allocatable(t, OVERHEAD),
            choose_type=lambda shape, count, left, zone: answers[zone],
        )

    none, cap = Shortage.NO_INSTANCE_TYPE, Shortage.VCPU_CAP
    assert unmet(packing({"a": none, "b": none}).plan([], [a_need(1)])) == [(1, none)]
    assert unmet(packing({"a": cap, "b": none}).plan([], [a_need(1)])) == [(1, cap)]
    assert unmet(packing({"a": none, "b": cap}).plan([], [a_need(1)])) == [(1, cap)]
    assert launch_zones(packing({"a": none, "b": XLARGE}).plan([], [a_need(1)])) == "b"
    closed = packing({"a": none, "b": XLARGE}, open_zones="a")
    assert unmet(closed.plan([], [a_need(1)])) == [(1, Shortage.ZONES_CLOSED)]


def test_versions_share_instances_in_the_order_of_their_needs():
    """The second version takes what the first left, then launches."""
    needs = [a_need(2, arn="first"), a_need(2, arn="second")]
    plan = planned([an_instance("a1", "a")], needs)
    assert [p.version_arn for p in plan.placements] == ["first", "first", "second"]
    assert len(plan.launches) == 1


def test_equal_choices_go_to_the_earlier_instance_and_zone():
    """Nothing but the given order decides between equals."""
    plan = planned([an_instance("x", "b"), an_instance("y", "b")], [a_need(1)])
    assert placed(plan) == ["x"]
    assert launch_zones(planned([], [a_need(1)], zones="cab")) == "c"
