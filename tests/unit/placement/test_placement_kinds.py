"""What each kind of choice, packing and zone balance does that the others do not."""

import pytest

from sim.facts import instance_types
from sim.model.execution_environment import EnvironmentShape
from sim.model.journal_entries import PurposeOfLaunch
from sim.placement.bin_packing import BinPacking
from sim.placement.choices.fixed_order import FixedOrder
from sim.placement.choices.newest_generation import NewestGeneration
from sim.placement.choices.price_per_slot import PricePerSlot
from sim.placement.instance_choice import InstanceRequirements, allocatable
from sim.placement.packings.best_fit import BestFit
from sim.placement.packings.first_fit import FirstFit
from sim.placement.packings.worst_fit import WorstFit
from sim.placement.plans import InstanceView, Shortage
from sim.placement.version_need import VersionNeed
from sim.placement.zone_balances.even import Even
from sim.placement.zone_balances.even_only import EvenOnly

OVERHEAD = EnvironmentShape(vcpu=1, memory_mib=1024)
ONE = EnvironmentShape(vcpu=1, memory_mib=4096)
XLARGE = instance_types()["m7g.xlarge"]
OUT = PurposeOfLaunch.SCALE_OUT


def tiers(choice, *, allowed=(), excluded=(), shape=ONE):
    """Names of the types by tier."""
    requirements = InstanceRequirements(
        "arm64", allowed, excluded, OVERHEAD, 2, ("xlarge", "2xlarge", "4xlarge")
    )
    found = choice.tiers(instance_types().values(), requirements, shape)
    return [[t.name for t in tier] for tier in found]


def chosen(choice, *, allowed, count=1, vcpu_left=400):
    """Name of the type that is launched."""
    requirements = InstanceRequirements("arm64", allowed, (), OVERHEAD, 2, ())
    found = choice.choose(
        choice.tiers(instance_types().values(), requirements, ONE),
        shape=ONE,
        overhead=OVERHEAD,
        count=count,
        vcpu_left=vcpu_left,
    )
    return found and found.name


def test_price_lets_generations_compete():
    """An m7g slot costs less than an m8g slot, and both stand in the first tier."""
    assert chosen(PricePerSlot(), allowed=("m8g.xlarge", "m7g.xlarge"), count=3) == "m7g.xlarge"


def test_the_newest_is_taken_though_it_costs_more():
    """Every generation is a tier, newest first."""
    assert chosen(NewestGeneration(), allowed=("m8g.xlarge", "m7g.xlarge")) == "m8g.xlarge"
    assert tiers(NewestGeneration(), allowed=("m8g.xlarge", "m7g.xlarge")) == [
        ["m8g.xlarge"],
        ["m7g.xlarge"],
    ]


def test_the_newest_of_the_right_family_comes_before_any_of_a_roomier_one():
    """4 GiB per vCPU: all generations of M, then all of R, never C."""
    families = [tier[0][0] for tier in tiers(NewestGeneration())]
    assert families == sorted(families)
    assert set(families) == {"m", "r"}
    generations = [int(tier[0][1]) for tier in tiers(NewestGeneration()) if tier[0][0] == "m"]
    assert generations == sorted(generations, reverse=True)


def test_a_tight_family_is_used_last_when_it_is_allowed():
    """A C type holds fewer such environments than its vCPUs: after M and R."""
    allowed = ("c8g.2xlarge", "r7g.2xlarge", "m7g.2xlarge")
    assert tiers(NewestGeneration(), allowed=allowed) == [
        ["m7g.2xlarge"],
        ["r7g.2xlarge"],
        ["c8g.2xlarge"],
    ]


def test_a_fixed_order_is_kept_and_what_is_not_allowed_left_out():
    """The list is a preference, what the provider allows and excludes is a rule."""
    order = FixedOrder(instance_types=("m8g.xlarge", "m7g.*", "m8g.*", "m7i.xlarge"))
    found = tiers(order, excluded=("m7g.4xlarge", "m7g.metal"))
    assert found[0] == ["m8g.xlarge"]
    assert "m7g.2xlarge" in found[1]
    assert "m7g.4xlarge" not in found[1]
    assert "m8g.xlarge" not in found[2]
    assert len(found) == 3
    assert tiers(order, allowed=("m6g.*",)) == []


def test_a_fixed_order_goes_on_when_the_cap_leaves_no_room():
    """16 vCPUs do not fit under 8, 4 do; under 2 nothing does."""
    order = FixedOrder(instance_types=("m8g.4xlarge", "m8g.xlarge"))
    assert chosen(order, allowed=(), vcpu_left=16) == "m8g.4xlarge"
    assert chosen(order, allowed=(), vcpu_left=8) == "m8g.xlarge"
    assert chosen(order, allowed=(), vcpu_left=2) is None


def planned(instances, needs, *, open_zones="ab", packing=None, zone_balance=None):
    """The plan of one round in zones a and b."""
    counts = {zone: sum(i.availability_zone == zone for i in instances) for zone in "ab"}
    return BinPacking(
        zones=tuple("ab"),
        open_zones=tuple(open_zones),
        zone_instance_counts=counts,
        vcpu_left=400,
        allocatable=lambda t: allocatable(t, OVERHEAD),
        choose_type=lambda *_: XLARGE,
        packing=packing or BestFit(),
        zone_balance=zone_balance or Even(),
    ).plan(instances, needs)


@pytest.mark.parametrize(
    ("packing", "places"),
    [
        (BestFit(), ["i-1", "i-0", "i-0", "i-2"]),
        (FirstFit(), ["i-0", "i-0", "i-1", "i-2"]),
        (WorstFit(), ["i-2", "i-0", "i-2", "i-0"]),
    ],
)
def test_packings_differ_in_the_instance_they_take(packing, places):
    """Two, one and three vCPUs are free: fullest, first, emptiest; of equals the first."""
    instances = [
        InstanceView(f"i-{n}", "a", is_ready=True, free=EnvironmentShape(vcpu, 65536))
        for n, vcpu in enumerate((2, 1, 3))
    ]
    plan = planned(instances, [VersionNeed("site", ONE, 4, {}, OUT)], packing=packing)
    assert [p.instance_id for p in plan.placements] == places


def launched(plan):
    """Zones of the launches."""
    return "".join(launch.availability_zone * launch.count for launch in plan.launches)


@pytest.mark.parametrize("purpose", PurposeOfLaunch)
def test_even_makes_up_for_a_closed_zone_and_even_only_waits(purpose):
    """Nine environments need three instances: all in b, or one there and then no more."""
    need = VersionNeed("site", ONE, 9, {}, purpose)
    assert launched(planned([], [need], open_zones="b")) == "bbb"
    plan = planned([], [need], open_zones="b", zone_balance=EvenOnly())
    assert launched(plan) == ""
    assert [u.shortage for u in plan.unmet] == [Shortage.ZONES_CLOSED]


def test_even_only_launches_until_it_is_the_closed_zones_turn():
    """Zone a has one instance and is closed: b may have one too, no more."""
    full = InstanceView("i-0", "a", is_ready=True, free=EnvironmentShape(0, 0))
    need = VersionNeed("site", ONE, 9, {"a": 3}, OUT)
    plan = planned([full], [need], open_zones="b", zone_balance=EvenOnly())
    assert launched(plan) == "b"
    assert [(u.count, u.shortage) for u in plan.unmet] == [(6, Shortage.ZONES_CLOSED)]
