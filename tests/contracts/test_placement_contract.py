"""What every kind of choice, packing and zone balance must keep, judged on its examples."""

import sys
from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sim.facts import instance_types
from sim.model.execution_environment import EnvironmentShape
from sim.model.journal_entries import PurposeOfLaunch
from sim.placement.bin_packing import BinPacking
from sim.placement.choice_settings import ChoiceSettings
from sim.placement.instance_choice import InstanceRequirements, allocatable, slot_count
from sim.placement.packing_settings import PackingSettings
from sim.placement.plans import InstanceView, Shortage
from sim.placement.version_need import VersionNeed
from sim.placement.zone_balance_settings import ZoneBalanceSettings
from sim.registry import kinds

FOLDERS = {
    "choices": ChoiceSettings,
    "packings": PackingSettings,
    "zone_balances": ZoneBalanceSettings,
}


def examples(folder):
    """Settings of every kind of a folder, one per example of its schema."""
    return [
        kind.model_validate_json(TypeAdapter(dict).dump_json(example))
        for kind in kinds(f"sim.placement.{folder}").values()
        for example in kind.model_config["json_schema_extra"]["examples"]
    ]


CHOICES, PACKINGS, BALANCES = (examples(folder) for folder in FOLDERS)
KINDS = [(f, kind) for f in FOLDERS for kind in kinds(f"sim.placement.{f}").values()]
each_kind = pytest.mark.parametrize(
    ("folder", "kind"), [pytest.param(f, k, id=k.__name__) for f, k in KINDS]
)
each_example = pytest.mark.parametrize(
    "settings", [pytest.param(s, id=repr(s)) for s in (*CHOICES, *PACKINGS, *BALANCES)]
)
each_choice = pytest.mark.parametrize("choice", [pytest.param(c, id=repr(c)) for c in CHOICES])
RULES = dict.fromkeys(
    (
        *product(CHOICES, PACKINGS[:1], BALANCES[:1]),
        *product(CHOICES[-1:], PACKINGS, BALANCES),
    )
)
each_rule = pytest.mark.parametrize(
    "rule", [pytest.param(rule, id="-".join(r.kind for r in rule)) for rule in RULES]
)

OVERHEAD = EnvironmentShape(vcpu=1, memory_mib=1024)
ALL_TYPES = instance_types()
ZONES = ("a", "b", "c")
SHAPES = st.builds(EnvironmentShape, st.integers(1, 4), st.sampled_from([2048, 4096, 8192, 16384]))
PATTERNS = st.lists(
    st.sampled_from(["m8g.*", "m7g.xlarge", "c8g.*", "r8g.2xlarge", "*.large", "m9*", "m7i.*"]),
    max_size=3,
).map(tuple)
REQUIREMENTS = st.builds(
    lambda architecture, allowed, excluded: InstanceRequirements(
        architecture=architecture,
        allowed=allowed,
        excluded=() if allowed else excluded,
        overhead=OVERHEAD,
        newest_generations=2,
        sizes=("xlarge", "2xlarge", "4xlarge"),
    ),
    st.sampled_from(["arm64", "x86_64"]),
    PATTERNS,
    PATTERNS,
)
FLEETS = st.lists(
    st.tuples(st.sampled_from(ZONES), st.booleans(), st.integers(0, 15), st.integers(0, 60)),
    max_size=12,
).map(
    lambda rows: [
        InstanceView(f"i-{n}", zone, ready, EnvironmentShape(vcpu, gib * 1024))
        for n, (zone, ready, vcpu, gib) in enumerate(rows)
    ]
)
NEEDS = st.lists(
    st.tuples(
        SHAPES,
        st.integers(1, 20),
        st.dictionaries(st.sampled_from(ZONES), st.integers(0, 9)),
        st.sampled_from(PurposeOfLaunch),
    ),
    max_size=3,
).map(lambda rows: [VersionNeed(f"version-{n}", *row) for n, row in enumerate(rows)])
OPEN = st.sets(st.sampled_from(ZONES)).map(lambda zones: tuple(z for z in ZONES if z in zones))


def planned(instances, needs, rule, *, requirements, vcpu_left=200, open_zones=ZONES):
    """The plan of one round under a rule: choice, packing and balance."""
    choice, packing, balance = rule

    def choose(shape, count, left, zone):
        del zone
        tiers = choice.tiers(ALL_TYPES.values(), requirements, shape)
        if not tiers:
            return Shortage.NO_INSTANCE_TYPE
        chosen = choice.choose(tiers, shape=shape, overhead=OVERHEAD, count=count, vcpu_left=left)
        return chosen or Shortage.VCPU_CAP

    return BinPacking(
        zones=ZONES,
        open_zones=open_zones,
        zone_instance_counts=dict(Counter(i.availability_zone for i in instances)),
        vcpu_left=vcpu_left,
        allocatable=lambda t: allocatable(t, OVERHEAD),
        choose_type=choose,
        packing=packing,
        zone_balance=balance,
    ).plan(instances, needs)


@each_kind
def test_kind_has_examples_and_a_documented_schema(folder, kind):
    """Every kind shows an example, says what it does, and every field tells what it means."""
    schema = kind.model_json_schema()
    assert issubclass(kind, FOLDERS[folder])
    assert schema["examples"]
    assert schema["description"]
    fields = {name: field for name, field in schema["properties"].items() if name != "kind"}
    assert all(field.get("description") for field in fields.values())


@each_example
def test_settings_survive_a_json_round_trip(settings):
    """What is archived loads to equal settings."""
    assert type(settings).model_validate_json(settings.model_dump_json()) == settings


@each_example
def test_unknown_setting_is_refused(settings):
    """A misspelt setting is never ignored."""
    with pytest.raises(ValidationError, match="Extra inputs"):
        type(settings).model_validate(settings.model_dump() | {"knid": "x"})


@each_choice
@given(requirements=REQUIREMENTS, shape=SHAPES)
def test_tiers_hold_allowed_types_with_room_and_each_once(choice, requirements, shape):
    """Architecture, allowed and excluded types hold for every kind, and nothing is too small."""
    tiers = choice.tiers(ALL_TYPES.values(), requirements, shape)
    assert all(tiers), "a tier is never empty"
    found = [t for tier in tiers for t in tier]
    assert len({t.name for t in found}) == len(found)
    for tier in tiers:
        assert [t.name for t in tier] == sorted(t.name for t in tier)
    allowed = requirements.allowed or ("*",)
    for t in found:
        assert t.architecture == requirements.architecture
        assert t.is_lmi_candidate
        assert slot_count(t, shape, OVERHEAD) > 0
        assert any(_means(pattern, t.name) for pattern in allowed)
        assert not any(_means(pattern, t.name) for pattern in requirements.excluded)


@each_choice
@given(
    requirements=REQUIREMENTS,
    shape=SHAPES,
    count=st.integers(1, 50),
    vcpu_left=st.integers(0, 40),
    rotation=st.integers(0, 500),
)
def test_a_choice_is_of_the_tiers_under_the_cap_and_deterministic(
    choice, requirements, shape, count, vcpu_left, rotation
):
    """The order in which types are known does not matter; what is chosen fits under the cap."""
    known = list(ALL_TYPES.values())
    tiers = choice.tiers(known, requirements, shape)
    assert choice.tiers(known[rotation:] + known[:rotation], requirements, shape) == tiers
    if not tiers:
        return
    need = {"shape": shape, "overhead": OVERHEAD, "count": count, "vcpu_left": vcpu_left}
    chosen = choice.choose(tiers, **need)
    assert chosen == choice.choose(tiers, **need)
    affordable = [t for tier in tiers for t in tier if t.vcpu <= vcpu_left]
    assert chosen is None or chosen in affordable
    if any(t.vcpu <= vcpu_left for t in tiers[0]):
        assert chosen in tiers[0], "a later tier is for want of the first"
    if chosen is not None:
        lower = choice.choose(tiers, **need | {"vcpu_left": chosen.vcpu})
        assert lower == chosen, "a lower cap changes no choice that still fits"
    uncapped = choice.choose(tiers, **need | {"vcpu_left": sys.maxsize})
    assert chosen == uncapped or uncapped.vcpu > vcpu_left, "what fits is chosen as without a cap"
    for_one = choice.choose(tiers, **need | {"count": 1})
    assert (for_one is None) == (chosen is None), "a cap leaves room for any count or for none"


@each_rule
@given(
    fleet=FLEETS,
    needs=NEEDS,
    settings=st.fixed_dictionaries(
        {"requirements": REQUIREMENTS, "open_zones": OPEN, "vcpu_left": st.integers(0, 100)}
    ),
)
def test_no_rule_breaks_room_the_cap_or_closed_zones(rule, fleet, needs, settings):
    """Instances are never overfilled, launches stay under the cap and in zones that may launch."""
    plan = planned(fleet, needs, rule, **settings)
    assert plan == planned(fleet, needs, rule, **settings)
    by_name, shapes = {i.instance_id: i for i in fleet}, {n.version_arn: n.shape for n in needs}
    vcpu, memory_mib = Counter(), Counter()
    for placement in plan.placements:
        assert by_name[placement.instance_id].is_ready
        vcpu[placement.instance_id] += shapes[placement.version_arn].vcpu
        memory_mib[placement.instance_id] += shapes[placement.version_arn].memory_mib
    assert all(count <= by_name[name].free.vcpu for name, count in vcpu.items())
    assert all(mib <= by_name[name].free.memory_mib for name, mib in memory_mib.items())
    vcpu_launched = sum(launch.count * launch.instance_type.vcpu for launch in plan.launches)
    assert vcpu_launched <= settings["vcpu_left"]
    assert all(launch.availability_zone in settings["open_zones"] for launch in plan.launches)


@given(sizes=st.lists(st.integers(1, 3), min_size=1, max_size=6), slots=st.integers(3, 7))
def test_best_fit_uses_no_more_instances_than_worst_fit(sizes, slots):
    """Small environments before one that needs a whole instance: only spreading needs a launch."""
    requirements = InstanceRequirements("arm64", ("m8g.*",), (), OVERHEAD, 2, ())
    fleet = [
        InstanceView(f"i-{n}", "a", is_ready=True, free=EnvironmentShape(slots, 65536))
        for n in range(2)
    ]
    small = [
        VersionNeed(f"small-{n}", EnvironmentShape(1, 2048), 1, {}, PurposeOfLaunch.SCALE_OUT)
        for n in range(min(len(sizes), slots))
    ]
    whole = VersionNeed("whole", EnvironmentShape(slots, 2048), 1, {}, PurposeOfLaunch.SCALE_OUT)
    plans = {
        packing.kind: planned(
            fleet, [*small, whole], (CHOICES[-1], packing, BALANCES[0]), requirements=requirements
        )
        for packing in PACKINGS
    }
    used = {
        kind: len({p.instance_id for p in plan.placements}) + sum(x.count for x in plan.launches)
        for kind, plan in plans.items()
    }
    assert used["best_fit"] <= used["worst_fit"]
    assert len(plans["best_fit"].launches) == 0
    assert len(plans["worst_fit"].launches) == (len(small) > 1)


def _means(pattern, name):
    """Whether a name is meant by a pattern with `*` at one place."""
    head, star, tail = pattern.partition("*")
    return name.startswith(head) and name.endswith(tail) if star else name == pattern
