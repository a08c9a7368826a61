"""Which instance types fit a capacity provider, and which of them is the cheapest for a need."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sim.facts import InstanceType, catalogue
from sim.iam.patterns import glob_matches, wildcard_tokens
from sim.model.execution_environment import EnvironmentShape
from sim.units import MIB_PER_GIB

_FAMILY_BY_MEMORY_RATIO = tuple(
    (float(ratio), letter)
    for ratio, letter in (
        entry.split(":") for entry in catalogue().texts("placement.family_by_memory_ratio")
    )
)
"""Largest ratio of GiB to vCPU, and the family letter that serves it; the last serves all above."""

_REGION_OF_ZONE_LETTERS = "us-east-1"
"""The Region whose zones `InstanceType.availability_zone_letters` speaks of."""


@dataclass(frozen=True, slots=True)
class InstanceRequirements:
    """What the provider allows, and what the choice rule prefers.

    The numbers are facts `placement.*` and `managed_instance.overhead_*`.
    """

    architecture: str
    allowed: tuple[str, ...]
    """Names or wildcards; empty: Lambda chooses among its own candidates."""
    excluded: tuple[str, ...]
    overhead: EnvironmentShape
    """vCPUs and memory of every instance that environments cannot use."""
    newest_generations: int
    sizes: tuple[str, ...]
    """Sizes that Lambda prefers when `allowed` is empty."""


def allocatable(instance_type: InstanceType, overhead: EnvironmentShape) -> EnvironmentShape:
    """vCPUs and memory of an instance of this type that environments can use."""
    return EnvironmentShape(
        vcpu=instance_type.vcpu - overhead.vcpu,
        memory_mib=instance_type.memory_mib - overhead.memory_mib,
    )


def slot_count(
    instance_type: InstanceType, shape: EnvironmentShape, overhead: EnvironmentShape
) -> int:
    """How many environments of a shape fit on an empty instance of this type."""
    by_vcpu = (instance_type.vcpu - overhead.vcpu) // shape.vcpu
    by_memory = (instance_type.memory_mib - overhead.memory_mib) // shape.memory_mib
    return max(0, min(by_vcpu, by_memory))


def candidates(
    instance_types: Iterable[InstanceType],
    requirements: InstanceRequirements,
    shape: EnvironmentShape,
) -> tuple[InstanceType, ...]:
    """Types on which an environment of this shape may run, by name; empty when none fits."""
    eligible = [t for t in instance_types if _is_eligible(t, requirements, shape)]
    if requirements.allowed:
        chosen = [t for t in eligible if _matches_any(t.name, requirements.allowed)]
    else:
        chosen = _preferred(eligible, requirements, shape)
    return tuple(sorted(chosen, key=lambda t: t.name))


def is_offered(instance_type: InstanceType, *, region: str, availability_zone: str) -> bool:
    """Whether EC2 has the type in the zone, as far as that is known; unknown counts as yes."""
    letters = instance_type.availability_zone_letters
    if not letters or region != _REGION_OF_ZONE_LETTERS:
        return True
    return availability_zone.removeprefix(region) in letters


def cheapest(
    choices: Sequence[InstanceType],
    *,
    shape: EnvironmentShape,
    overhead: EnvironmentShape,
    count: int,
    vcpu_left: int,
) -> InstanceType | None:
    """The type that gives room for `count` environments at the lowest price per hour.

    Among equal prices the larger type wins: fewer launches. None when every type has more vCPUs
    than `vcpu_left`.
    """

    def price(instance_type: InstanceType) -> tuple[int, int, str]:
        slots = slot_count(instance_type, shape, overhead)
        needed = math.ceil(count / slots)
        return (needed * instance_type.nano_usd_per_hour, -slots, instance_type.name)

    affordable = [t for t in choices if t.vcpu <= vcpu_left]
    return min(affordable, key=price, default=None)


def _is_eligible(
    t: InstanceType, requirements: InstanceRequirements, shape: EnvironmentShape
) -> bool:
    return (
        t.architecture == requirements.architecture
        and t.is_lmi_candidate
        and not _matches_any(t.name, requirements.excluded)
        and slot_count(t, shape, requirements.overhead) > 0
    )


def _matches_any(name: str, patterns: Sequence[str]) -> bool:
    return any(glob_matches(wildcard_tokens(pattern), name) for pattern in patterns)


def _preferred(
    eligible: Sequence[InstanceType], requirements: InstanceRequirements, shape: EnvironmentShape
) -> list[InstanceType]:
    """Lambda's own candidates: family of the memory ratio, newest generations, preferred sizes."""
    ratio = shape.memory_mib / MIB_PER_GIB / shape.vcpu
    last = _FAMILY_BY_MEMORY_RATIO[-1][1]
    letter = next((letter for limit, letter in _FAMILY_BY_MEMORY_RATIO if ratio <= limit), last)
    # Plain families: neither local disks nor extra network are needed.
    plain = [t for t in eligible if t.family_letter == letter and not t.suffix]
    generations = sorted({t.generation for t in plain}, reverse=True)
    newest = [t for t in plain if t.generation in generations[: requirements.newest_generations]]
    # An environment too large for the preferred sizes takes any size that can hold it.
    return [t for t in newest if t.size in requirements.sizes] or newest
