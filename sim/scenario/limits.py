"""Settings stay inside what AWS accepts; the bounds come from the facts of the scenario."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from sim.errors import Problem
from sim.facts import Catalogue, instance_types
from sim.scenario.capacity_provider import Architecture, CapacityProvider, ScalingMode
from sim.scenario.document import Path
from sim.scenario.parts import Parts
from sim.units import DAY_US, MINUTE_US, format_duration

_DURATION_US_MAX = 366 * DAY_US
_PREPARATION_US_MAX = 7 * DAY_US
_KNOWN_TYPES = "expected a type of the families C, M or R such as `m8g.2xlarge`, or `m8g.*`"


def time_problems(parts: Parts) -> Iterator[Problem]:
    """Preparation and duration, and what should happen or be judged after the end."""
    preparation_us = parts.duration_us("preparation")
    duration_us = parts.duration_us("duration")
    if preparation_us is not None and preparation_us % MINUTE_US:
        message = f"the preparation of {format_duration(preparation_us)} is not whole minutes"
        advice = "traffic starts on a full minute: write `10m`"
        yield parts.problem(("preparation",), "out-of-range", message, advice)
    if preparation_us is not None and preparation_us > _PREPARATION_US_MAX:
        message = f"the preparation of {format_duration(preparation_us)} is too long"
        advice = f"expected at most {format_duration(_PREPARATION_US_MAX)}"
        yield parts.problem(("preparation",), "out-of-range", message, advice)
    if duration_us is None:
        return
    if not 0 < duration_us <= _DURATION_US_MAX:
        message = f"a run cannot last {format_duration(duration_us)}"
        advice = f"expected more than nothing and at most {format_duration(_DURATION_US_MAX)}"
        yield parts.problem(("duration",), "out-of-range", message, advice)
    yield from _after_the_end(parts, duration_us)


def _after_the_end(parts: Parts, duration_us: int) -> Iterator[Problem]:
    """Calls that would never be made, and expectations that would never be judged."""
    for path, call in parts.script.items():
        if call.at >= duration_us:
            message = f"the run ends at {format_duration(duration_us)}, before this call"
            advice = "`at` counts from the first traffic; move the call or lengthen `duration`"
            yield parts.problem((*path, "at"), "after-the-end", message, advice)
    for path, at_us in parts.durations_us("expectations", key="at").items():
        if at_us > duration_us:
            message = f"the run ends at {format_duration(duration_us)}, before this is judged"
            advice = "`at` counts from the first traffic; without it the end of the run is judged"
            yield parts.problem(path, "after-the-end", message, advice)


def network_problems(parts: Parts, facts: Catalogue) -> Iterator[Problem]:
    """Subnets of a size that AWS does not have."""
    reserved = facts.integer("vpc.subnet_reserved_addresses")
    low, high = (facts.integer(f"vpc.subnet_prefix_{end}") for end in ("min", "max"))
    for path, subnet in parts.subnets.items():
        if subnet.address_count() <= reserved:
            message = f"`{subnet.cidr}` has {subnet.address_count()} addresses, none for instances"
            advice = f"AWS keeps {reserved} addresses of every subnet: use a larger range"
            yield parts.problem((*path, "cidr"), "out-of-range", message, advice)
        elif not low <= int(subnet.cidr.partition("/")[2]) <= high:
            message = f"AWS has no subnet of the size of `{subnet.cidr}`"
            advice = f"expected a prefix length from /{low} to /{high}"
            yield parts.problem((*path, "cidr"), "out-of-range", message, advice)


def provider_problems(parts: Parts, facts: Catalogue) -> Iterator[Problem]:
    """Sizes, scaling mode and instance types of capacity providers."""
    for path, provider in parts.capacity_providers.items():
        yield from _provider_sizes(parts, path, provider, facts)
        yield from _scaling_mode(parts, path, provider)
        yield from _instance_types(parts, path, provider)
        yield from _attached_functions(parts, path, provider, facts)


def placement_problems(parts: Parts) -> Iterator[Problem]:
    """A list of types for the instance choice of which nothing can be launched."""
    place = ("placement", "instance_choice", "instance_types")
    named = parts.names(*place)
    for path, pattern in named.items():
        if not any(_matching(pattern, architecture) for architecture in Architecture):
            message = f"`{pattern}` matches no instance type that Lambda uses"
            yield parts.problem(path, "unknown-instance-type", message, _KNOWN_TYPES)
    listed = {t for p in named.values() for a in Architecture for t in _matching(p, a)}
    for provider in parts.capacity_providers.values():
        if listed and not listed & _launchable(provider):
            message = f"the capacity provider `{provider.name}` may launch no type of this list"
            advice = "add one of its architecture that its `instance_requirements` allow"
            yield parts.problem(place, "unknown-instance-type", message, advice)


def _launchable(provider: CapacityProvider) -> set[str]:
    requirements = provider.instance_requirements
    named, architecture = requirements.allowed_instance_types or ("*",), requirements.architecture
    allowed = {t for p in named for t in _matching(p, architecture)}
    excluded = {t for p in requirements.excluded_instance_types for t in _matching(p, architecture)}
    return allowed - excluded


def queue_problems(parts: Parts) -> Iterator[Problem]:
    """Queues that Lambda does not accept for their functions."""
    functions = {function.name: function for function in parts.functions.values()}
    for path, workload in parts.workloads.items():
        function = functions.get(workload.function)
        if workload.queue is None or function is None:
            continue
        visible_us = workload.queue.visibility_timeout
        if visible_us < function.timeout:
            message = (
                f"the visibility timeout of {format_duration(visible_us)} is shorter than the "
                f"timeout of `{function.name}`, {format_duration(function.timeout)}"
            )
            advice = (
                "AWS refuses that; it recommends six times the timeout: "
                f"`{format_duration(6 * function.timeout)}`"
            )
            place = (*path, "queue", "visibility_timeout")
            yield parts.problem(place, "out-of-range", message, advice)


def _provider_sizes(
    parts: Parts, path: Path, provider: CapacityProvider, facts: Catalogue
) -> Iterator[Problem]:
    limit = facts.integer("capacity_provider.name_length_max")
    if len(provider.name) > limit:
        message = f"the name has {len(provider.name)} characters"
        yield parts.problem((*path, "name"), "out-of-range", message, f"expected at most {limit}")
    requirements = provider.instance_requirements
    lists: list[tuple[Path, tuple[str, ...], str]] = [
        (("subnets",), provider.subnets, "subnets_max"),
        (("security_groups",), provider.security_groups, "security_groups_max"),
        (
            ("instance_requirements", "allowed_instance_types"),
            requirements.allowed_instance_types,
            "instance_types_max",
        ),
        (
            ("instance_requirements", "excluded_instance_types"),
            requirements.excluded_instance_types,
            "instance_types_max",
        ),
    ]
    for place, items, fact in lists:
        limit = facts.integer(f"capacity_provider.{fact}")
        if len(items) > limit:
            message = f"the list has {len(items)} items"
            advice = f"AWS accepts at most {limit}"
            yield parts.problem((*path, *place), "out-of-range", message, advice)
    low = facts.integer("capacity_provider.max_vcpu_count_min")
    high = facts.integer("capacity_provider.max_vcpu_count_max")
    count = provider.scaling.max_vcpu_count
    if not low <= count <= high:
        message = f"`max_vcpu_count` cannot be {count}"
        place = (*path, "scaling", "max_vcpu_count")
        yield parts.problem(place, "out-of-range", message, f"AWS accepts {low} to {high}")


def _scaling_mode(parts: Parts, path: Path, provider: CapacityProvider) -> Iterator[Problem]:
    scaling = provider.scaling
    target = (*path, "scaling", "target_cpu")
    if scaling.mode is ScalingMode.MANUAL and scaling.target_cpu is None:
        message = "`mode: manual` needs `target_cpu`"
        yield parts.problem(target, "missing-key", message, "add `target_cpu: 50%`")
    if scaling.mode is ScalingMode.AUTO and scaling.target_cpu is not None:
        message = "`target_cpu` has no effect with `mode: auto`"
        advice = "remove it, or write `mode: manual`"
        yield parts.problem(target, "contradiction", message, advice)
    if scaling.target_cpu == 0.0:
        message = "a CPU target of 0% can never be met"
        yield parts.problem(target, "out-of-range", message, "expected more than 0%")


def _instance_types(parts: Parts, path: Path, provider: CapacityProvider) -> Iterator[Problem]:
    requirements = provider.instance_requirements
    place = (*path, "instance_requirements")
    if requirements.allowed_instance_types and requirements.excluded_instance_types:
        message = "allowed and excluded instance types cannot both be given"
        advice = "keep one of the two lists"
        yield parts.problem((*place, "excluded_instance_types"), "contradiction", message, advice)
    lists = [
        ("allowed_instance_types", requirements.allowed_instance_types),
        ("excluded_instance_types", requirements.excluded_instance_types),
    ]
    architecture = str(requirements.architecture)
    for key, patterns in lists:
        for index, pattern in enumerate(patterns):
            if not _matching(pattern, architecture):
                message = f"`{pattern}` matches no {architecture} instance type that Lambda uses"
                advice = _advice_for_type(pattern, architecture)
                yield parts.problem((*place, key, index), "unknown-instance-type", message, advice)
    excluded = {t for p in requirements.excluded_instance_types for t in _matching(p, architecture)}
    if excluded and excluded == set(_matching("*", architecture)):
        message = "these exclusions leave no instance type"
        yield parts.problem((*place, "excluded_instance_types"), "out-of-range", message)


def _matching(pattern: str, architecture: str) -> list[str]:
    """Types that managed instances may be, by a pattern in which only `*` is special."""
    return [
        found.name
        for found in instance_types().values()
        if found.is_lmi_candidate
        and found.architecture == architecture
        and fnmatchcase(found.name, pattern)
    ]


def _advice_for_type(pattern: str, architecture: str) -> str:
    other = "arm64" if architecture == "x86_64" else "x86_64"
    if _matching(pattern, other):
        return f"it matches {other} types: write `architecture: {other}`"
    return _KNOWN_TYPES


def _attached_functions(
    parts: Parts, path: Path, provider: CapacityProvider, facts: Catalogue
) -> Iterator[Problem]:
    limit = facts.integer("capacity_provider.function_versions_max")
    names = parts.names("functions", key="capacity_provider")
    count = sum(name == provider.name for name in names.values())
    if count > limit:
        message = f"{count} functions are attached to `{provider.name}`"
        yield parts.problem((*path, "name"), "out-of-range", message, f"AWS accepts {limit}")
