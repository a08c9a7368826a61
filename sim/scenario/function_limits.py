"""A function's memory, vCPUs, concurrency and times fit together and stay inside AWS's limits."""

from collections.abc import Iterator

from sim.errors import Problem
from sim.facts import Catalogue
from sim.scenario.document import Path
from sim.scenario.function import Function
from sim.scenario.parts import Parts
from sim.scenario.suggestions import one_of
from sim.units import MIB_PER_GIB, format_duration, format_size

_CONCURRENCY = "execution_environment.concurrency_per_vcpu_default."
_LANGUAGE_OF_RUNTIME = {"provided": "rust"}
"""Runtimes that are not called by their language; Lambda's OS-only runtime carries Rust."""


def default_concurrency(function: Function, facts: Catalogue) -> int | None:
    """Invocations at once in one environment by default; None for an unknown runtime."""
    language = _language(function.runtime)
    if f"{_CONCURRENCY}{language}" not in facts.names():
        return None
    return facts.integer(f"{_CONCURRENCY}{language}") * function.vcpu


def function_problems(parts: Parts, facts: Catalogue) -> Iterator[Problem]:
    """Everything about functions that AWS would refuse, or that can never work."""
    for path, function in parts.functions.items():
        yield from _runtime(parts, path, function, facts)
        yield from _memory(parts, path, function, facts)
        yield from _concurrency(parts, path, function, facts)
        yield from _times(parts, path, function, facts)
        yield from _counts(parts, path, function, facts)
        yield from _disk(parts, path, function, facts)


def _language(runtime: str) -> str:
    family = runtime.partition(".")[0].rstrip("0123456789")
    return _LANGUAGE_OF_RUNTIME.get(family, family)


def _runtime(parts: Parts, path: Path, function: Function, facts: Catalogue) -> Iterator[Problem]:
    if default_concurrency(function, facts) is None:
        known = [n.removeprefix(_CONCURRENCY) for n in facts.names() if n.startswith(_CONCURRENCY)]
        message = f"managed instances do not run `{function.runtime}`"
        advice = f"expected a runtime of {one_of(known)}, such as `nodejs24.x`"
        yield parts.problem((*path, "runtime"), "unknown-runtime", message, advice)


def _memory(parts: Parts, path: Path, function: Function, facts: Catalogue) -> Iterator[Problem]:
    low = facts.size_mib("execution_environment.memory_min")
    high = facts.size_mib("execution_environment.memory_max")
    ratio = function.memory_gib_per_vcpu
    choices = facts.numbers("execution_environment.memory_gib_per_vcpu_choices")
    place = (*path, "memory")
    if not low <= function.memory <= high:
        message = f"an execution environment cannot have {format_size(function.memory)}"
        advice = f"AWS accepts {format_size(low)} to {format_size(high)}"
        yield parts.problem(place, "out-of-range", message, advice)
    elif ratio not in choices:
        message = f"AWS has no {ratio} GiB per vCPU"
        advice = f"expected {one_of([f'{choice:g}' for choice in choices])}"
        yield parts.problem((*path, "memory_gib_per_vcpu"), "out-of-range", message, advice)
    elif function.memory % (ratio * MIB_PER_GIB):
        message = f"{format_size(function.memory)} is not whole vCPUs at {ratio} GiB per vCPU"
        advice = f"use {_whole_sizes_near(function, high)}, or another `memory_gib_per_vcpu`"
        yield parts.problem(place, "not-whole-vcpus", message, advice)
    if function.memory_base >= function.memory:
        message = "an idle environment would already use all of its memory"
        advice = f"expected less than `memory`, {format_size(function.memory)}"
        yield parts.problem((*path, "memory_base"), "out-of-range", message, advice)
    usable = function.memory * facts.number("admission.memory_refuse_fraction")
    if function.memory_base + function.memory_per_invocation > usable:
        message = "not even one invocation fits into the memory of an environment"
        advice = (
            f"`memory_base` and one `memory_per_invocation` may take {usable:.0f} MiB together "
            "(admission.memory_refuse_fraction)"
        )
        yield parts.problem((*path, "memory_per_invocation"), "out-of-range", message, advice)


def _whole_sizes_near(function: Function, high_mib: int) -> str:
    step_mib = function.memory_gib_per_vcpu * MIB_PER_GIB
    sizes = [function.vcpu * step_mib, (function.vcpu + 1) * step_mib]
    return " or ".join(format_size(size) for size in sizes if 0 < size <= high_mib)


def _concurrency(
    parts: Parts, path: Path, function: Function, facts: Catalogue
) -> Iterator[Problem]:
    concurrency = function.per_execution_environment_max_concurrency
    if concurrency is None or function.vcpu == 0:
        return
    per_vcpu = facts.integer("execution_environment.concurrency_per_vcpu_max")
    most = min(per_vcpu * function.vcpu, facts.integer("execution_environment.concurrency_max"))
    if concurrency > most:
        message = f"{concurrency} invocations at once are too many for {function.vcpu} vCPU"
        advice = f"AWS accepts {per_vcpu} per vCPU, here at most {most}"
        place = (*path, "per_execution_environment_max_concurrency")
        yield parts.problem(place, "out-of-range", message, advice)


def _times(parts: Parts, path: Path, function: Function, facts: Catalogue) -> Iterator[Problem]:
    longest_us = facts.duration_us("function.timeout_max")
    if not 0 < function.timeout <= longest_us:
        message = f"the timeout cannot be {format_duration(function.timeout)}"
        advice = f"AWS accepts more than 0s and at most {format_duration(longest_us)}"
        yield parts.problem((*path, "timeout"), "out-of-range", message, advice)
    init_max_us = facts.duration_us("execution_environment.init_timeout_max")
    if function.init > init_max_us:
        message = f"an init of {format_duration(function.init)} would never finish"
        advice = f"Lambda ends every init after {format_duration(init_max_us)}"
        yield parts.problem((*path, "init"), "out-of-range", message, advice)


def _counts(parts: Parts, path: Path, function: Function, facts: Catalogue) -> Iterator[Problem]:
    low, high = function.min_execution_environments, function.max_execution_environments
    most = facts.integer("execution_environment.count_max")
    for key, count in (("min", low), ("max", high)):
        if count is not None and count > most:
            message = f"`{key}_execution_environments` cannot be {count}"
            place = (*path, f"{key}_execution_environments")
            yield parts.problem(place, "out-of-range", message, f"AWS accepts at most {most}")
    place = (*path, "max_execution_environments")
    if high is not None and high < low:
        message = f"the maximum {high} is below the minimum {low}"
        advice = "raise it, or lower `min_execution_environments`"
        yield parts.problem(place, "contradiction", message, advice)
    if low == 0 and high != 0:
        message = "a minimum of 0 needs a maximum of 0, which switches the function off"
        advice = "write 1 or more, or `max_execution_environments: 0`"
        place = (*path, "min_execution_environments")
        yield parts.problem(place, "contradiction", message, advice)


def _disk(parts: Parts, path: Path, function: Function, facts: Catalogue) -> Iterator[Problem]:
    low = facts.size_mib("execution_environment.disk_min")
    high = facts.size_mib("execution_environment.disk_max")
    if not low <= function.disk <= high:
        message = f"the scratch disk cannot have {format_size(function.disk)}"
        advice = f"AWS accepts {format_size(low)} to {format_size(high)}"
        yield parts.problem((*path, "disk"), "out-of-range", message, advice)
