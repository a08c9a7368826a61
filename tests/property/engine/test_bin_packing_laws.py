"""Laws of one planning round, whatever the fleet and the needs are."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sim.facts import instance_types
from sim.model.execution_environment import EnvironmentShape
from sim.model.journal_entries import PurposeOfLaunch
from sim.placement.bin_packing import BinPacking
from sim.placement.instance_choice import allocatable, cheapest
from sim.placement.plans import InstanceView, Shortage
from sim.placement.version_need import VersionNeed

OVERHEAD = EnvironmentShape(vcpu=1, memory_mib=1024)
TYPES = [instance_types()[f"m7g.{size}"] for size in ("xlarge", "2xlarge", "4xlarge")]
ZONES = ("a", "b", "c")
SHAPES = st.builds(EnvironmentShape, st.integers(1, 3), st.sampled_from([2048, 4096, 8192]))
INSTANCES = st.lists(
    st.builds(
        lambda zone, ready, vcpu, memory_gib: (zone, ready, vcpu, memory_gib),
        st.sampled_from(ZONES),
        st.booleans(),
        st.integers(0, 15),
        st.integers(0, 60),
    ),
    max_size=12,
).map(
    lambda rows: [
        InstanceView(f"i-{n}", zone, ready, EnvironmentShape(vcpu, memory_gib * 1024))
        for n, (zone, ready, vcpu, memory_gib) in enumerate(rows)
    ]
)
NEEDS = st.lists(
    st.tuples(
        SHAPES,
        st.integers(1, 20),
        st.dictionaries(st.sampled_from(ZONES), st.integers(0, 9)),
        st.sampled_from(PurposeOfLaunch),
    ),
    max_size=4,
).map(lambda rows: [VersionNeed(f"version-{n}", *row) for n, row in enumerate(rows)])
OPEN = st.sets(st.sampled_from(ZONES)).map(lambda zones: tuple(z for z in ZONES if z in zones))


def planned(instances, needs, *, vcpu_left, open_zones=ZONES):
    """The plan of one round."""

    def choose(shape, count, left, zone):
        del zone
        chosen = cheapest(TYPES, shape=shape, overhead=OVERHEAD, count=count, vcpu_left=left)
        return chosen or Shortage.VCPU_CAP

    packing = BinPacking(
        zones=ZONES,
        open_zones=open_zones,
        zone_instance_counts=dict(Counter(i.availability_zone for i in instances)),
        vcpu_left=vcpu_left,
        allocatable=lambda t: allocatable(t, OVERHEAD),
        choose_type=choose,
    )
    return packing.plan(instances, needs)


@given(instances=INSTANCES, needs=NEEDS, vcpu_left=st.integers(0, 100), open_zones=OPEN)
def test_no_instance_is_overfilled_and_no_booting_one_is_filled(
    instances, needs, vcpu_left, open_zones
):
    """Placements go to ready instances and never hold more vCPUs or memory than these have."""
    plan = planned(instances, needs, vcpu_left=vcpu_left, open_zones=open_zones)
    by_name, shapes = {i.instance_id: i for i in instances}, {n.version_arn: n.shape for n in needs}
    vcpu, memory_mib = Counter(), Counter()
    for placement in plan.placements:
        assert by_name[placement.instance_id].is_ready
        vcpu[placement.instance_id] += shapes[placement.version_arn].vcpu
        memory_mib[placement.instance_id] += shapes[placement.version_arn].memory_mib
    assert all(count <= by_name[name].free.vcpu for name, count in vcpu.items())
    assert all(mib <= by_name[name].free.memory_mib for name, mib in memory_mib.items())


@given(instances=INSTANCES, needs=NEEDS, vcpu_left=st.integers(0, 100), open_zones=OPEN)
def test_launches_stay_under_the_cap_and_in_open_zones(instances, needs, vcpu_left, open_zones):
    """The vCPUs launched are at most those left; closed zones get none."""
    plan = planned(instances, needs, vcpu_left=vcpu_left, open_zones=open_zones)
    assert sum(launch.count * launch.instance_type.vcpu for launch in plan.launches) <= vcpu_left
    assert all(launch.availability_zone in open_zones for launch in plan.launches)


@given(instances=INSTANCES, needs=NEEDS)
def test_with_room_under_the_cap_nothing_is_left_over(instances, needs):
    """Every environment of every need has a place, an expected place or a launch."""
    plan = planned(instances, needs, vcpu_left=10_000)
    assert plan.unmet == ()


@given(instances=INSTANCES, needs=NEEDS, vcpu_left=st.integers(0, 100), open_zones=OPEN)
def test_no_more_is_planned_than_needed_and_no_launch_is_empty(
    instances, needs, vcpu_left, open_zones
):
    """Placements and unmet never exceed the need; each launch has an environment to hold."""
    plan = planned(instances, needs, vcpu_left=vcpu_left, open_zones=open_zones)
    placed = Counter(placement.version_arn for placement in plan.placements)
    unmet = Counter({need.version_arn: need.count for need in plan.unmet})
    wanted = {need.version_arn: need.count for need in needs}
    assert all(placed[arn] + unmet[arn] <= count for arn, count in wanted.items())
    expected = sum(wanted.values()) - sum(placed.values()) - sum(unmet.values())
    assert sum(launch.count for launch in plan.launches) <= expected


@given(instances=INSTANCES, needs=NEEDS, vcpu_left=st.integers(0, 100), open_zones=OPEN)
def test_equal_rounds_have_equal_plans(instances, needs, vcpu_left, open_zones):
    """A plan depends on what is given and nothing else."""
    plans = [
        planned(instances, needs, vcpu_left=vcpu_left, open_zones=open_zones) for _ in range(2)
    ]
    assert plans[0] == plans[1]


@given(count=st.integers(1, 9), shape=SHAPES)
def test_a_first_publish_differs_by_at_most_one_environment_between_zones(count, shape):
    """With all zones open the environments of a first publish are spread evenly."""
    need = VersionNeed("version", shape, count, {}, PurposeOfLaunch.FIRST_PUBLISH)
    plan = planned([], [need], vcpu_left=10_000)
    assert {launch.availability_zone for launch in plan.launches} == set(ZONES[:count])
