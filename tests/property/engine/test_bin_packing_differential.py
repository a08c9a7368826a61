"""The packing that knows its room against the one that looks at every bin."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from naive_packing import NaivePacking

from sim.facts import instance_types
from sim.model.execution_environment import EnvironmentShape
from sim.model.journal_entries import PurposeOfLaunch
from sim.placement.bin_packing import BinPacking, LaunchMemory
from sim.placement.instance_choice import allocatable, cheapest
from sim.placement.packings.best_fit import BestFit
from sim.placement.plans import ExpectedInstances, InstanceView, Shortage
from sim.placement.room import Room, RoomClass
from sim.placement.version_need import VersionNeed
from sim.registry import kinds

OVERHEAD = EnvironmentShape(vcpu=1, memory_mib=1024)
TYPES = [instance_types()[f"m7g.{size}"] for size in ("xlarge", "2xlarge", "4xlarge")]
ZONES = ("a", "b", "c")
SHAPES = st.builds(EnvironmentShape, st.integers(1, 3), st.sampled_from([2048, 4096, 8192]))
FLEETS = st.lists(
    st.tuples(
        st.sampled_from(ZONES), st.booleans(), st.sampled_from([0, 1, 3, 7]), st.integers(0, 30)
    ),
    max_size=40,
).map(
    lambda rows: [
        InstanceView(f"i-{n}", zone, ready, EnvironmentShape(vcpu, memory_gib * 1024))
        for n, (zone, ready, vcpu, memory_gib) in enumerate(rows)
    ]
)
EXPECTED = st.lists(
    st.builds(
        ExpectedInstances,
        st.sampled_from(ZONES),
        st.builds(EnvironmentShape, st.sampled_from([1, 3]), st.just(7168)),
        st.integers(1, 5),
    ),
    max_size=5,
)
NEEDS = st.lists(
    st.tuples(
        SHAPES,
        st.integers(1, 150),
        st.dictionaries(st.sampled_from(ZONES), st.integers(0, 9)),
        st.sampled_from(PurposeOfLaunch),
    ),
    min_size=1,
    max_size=3,
).map(lambda rows: [VersionNeed(f"version-{n}", *row) for n, row in enumerate(rows)])
CHOICES = st.fixed_dictionaries(
    {
        zone: st.one_of(
            st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique_by=lambda t: t.name),
            st.sampled_from([Shortage.NO_INSTANCE_TYPE, Shortage.ZONES_CLOSED]),
        )
        for zone in ZONES
    }
)
OPEN = st.sets(st.sampled_from(ZONES)).map(lambda zones: tuple(z for z in ZONES if z in zones))


WORLDS = st.fixed_dictionaries(
    {
        "choices": CHOICES,
        "open_zones": OPEN,
        "vcpu_left": st.integers(0, 600),
        "packing": st.sampled_from([k() for k in kinds("sim.placement.packings").values()]),
        "zone_balance": st.sampled_from(
            [k() for k in kinds("sim.placement.zone_balances").values()]
        ),
    }
)


def a_round(kind, views, *, choices, open_zones, vcpu_left, **placement):
    """A round of packing of one kind or the other."""

    def choose(shape, count, left, zone):
        if isinstance(choices[zone], Shortage):
            return choices[zone]
        chosen = cheapest(
            choices[zone], shape=shape, overhead=OVERHEAD, count=count, vcpu_left=left
        )
        return chosen or Shortage.VCPU_CAP

    return kind(
        zones=ZONES,
        open_zones=open_zones,
        zone_instance_counts=dict(Counter(view.availability_zone for view in views)),
        vcpu_left=vcpu_left,
        allocatable=lambda t: allocatable(t, OVERHEAD),
        choose_type=choose,
        **placement,
    )


def the_only_one(types):
    """The type that a zone launches if there is no choice."""
    return types[0] if not isinstance(types, Shortage) and len(types) == 1 else None


@given(fleet=FLEETS, expected=EXPECTED, needs=NEEDS, world=WORLDS)
def test_the_packing_plans_what_the_plain_rule_plans(fleet, expected, needs, world):
    """Placements, launches and shortages of any round equal those of the naive reference."""
    coming = [
        InstanceView(None, e.availability_zone, is_ready=False, free=e.free)
        for e in expected
        for _ in range(e.count)
    ]
    views = fleet + coming
    plain = a_round(NaivePacking, views, **world).plan(views, needs)
    assert a_round(BinPacking, views, **world).plan(views, needs) == plain
    room = Room()
    for position, view in enumerate(fleet):
        room.put(position, class_of(view))
    memory = LaunchMemory()
    for _ in range(2):  # a round leaves the room as it was, and the second one remembers the first
        again = a_round(BinPacking, views, **world)
        again.memory = memory
        again.only_type = lambda _, zone: the_only_one(world["choices"][zone])
        kept = again.plan_in(
            room, needs, instance_id=lambda n: fleet[n].instance_id, expected=expected
        )
        assert kept == plain
    assert [room.room_of(n) for n in range(len(fleet))] == [class_of(view) for view in fleet]


@given(
    moves=st.lists(
        st.tuples(st.integers(0, 9), st.one_of(st.none(), st.integers(0, 4))), max_size=300
    )
)
def test_room_that_changes_is_the_room_as_it_is(moves):
    """However bins came, changed and went, the best place is the first with least room."""
    room, free = Room(), {}
    for position, vcpu in moves:
        if vcpu is None:
            room.remove(position)
            free.pop(position, None)
        else:
            room.put(position, RoomClass(True, "a", vcpu, 8192))
            free[position] = vcpu
        best = room.best(
            EnvironmentShape(vcpu=1, memory_mib=1024),
            zone_counts={"a": 0},
            zone_count_max=0,
            rank=BestFit().rank,
        )
        fitting = [(vcpu, position) for position, vcpu in free.items() if vcpu >= 1]
        assert best == (min(fitting)[1] if fitting else None)
        assert room.zone_counts["a"] == len(free)


def class_of(view):
    """The class of an instance's room."""
    return RoomClass(view.is_ready, view.availability_zone, view.free.vcpu, view.free.memory_mib)
