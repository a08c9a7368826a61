"""What an instance type is good for: who may have it, what it holds, what a need costs on it."""

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
    """Names or wildcards; empty: the choice is among Lambda's own candidates."""
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


def eligible(
    instance_types: Iterable[InstanceType],
    requirements: InstanceRequirements,
    shape: EnvironmentShape,
) -> list[InstanceType]:
    """Types that the provider allows and that hold an environment of the shape, by name.

    Every kind of choice chooses among these, and among no others.
    """
    return sorted(
        (t for t in instance_types if _is_eligible(t, requirements, shape)), key=lambda t: t.name
    )


def matches_any(name: str, patterns: Sequence[str]) -> bool:
    """Whether a type's name is meant by one of the names or wildcards."""
    return any(glob_matches(wildcard_tokens(pattern), name) for pattern in patterns)


def roomy_families(shape: EnvironmentShape) -> tuple[str, ...]:
    """Letters of the family for the shape's ratio of memory to vCPUs, then of those with more."""
    ratio = shape.memory_mib / MIB_PER_GIB / shape.vcpu
    letters = tuple(letter for _, letter in _FAMILY_BY_MEMORY_RATIO)
    limits = enumerate(limit for limit, _ in _FAMILY_BY_MEMORY_RATIO)
    return letters[next((n for n, limit in limits if ratio <= limit), -1) :]


def plain(instance_types: Iterable[InstanceType], letter: str) -> list[InstanceType]:
    """Plain types of a family: neither local disks nor extra network are needed."""
    return [t for t in instance_types if t.family_letter == letter and not t.suffix]


def generations(instance_types: Iterable[InstanceType]) -> list[int]:
    """Their generations, newest first."""
    return sorted({t.generation for t in instance_types}, reverse=True)


def sized(
    instance_types: Sequence[InstanceType], requirements: InstanceRequirements
) -> list[InstanceType]:
    """Those of the preferred sizes; an environment too large for them takes any that holds it."""
    preferred = [t for t in instance_types if t.size in requirements.sizes]
    return preferred or list(instance_types)


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
        and (not requirements.allowed or matches_any(t.name, requirements.allowed))
        and not matches_any(t.name, requirements.excluded)
        and slot_count(t, shape, requirements.overhead) > 0
    )
