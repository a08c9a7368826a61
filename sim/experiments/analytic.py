"""Instant answers from closed forms: a scenario whose fleet always has its steady state.

Minute by minute, each function is given the environments that target tracking would settle at, and
every environment the product form of an I/O delay and processor-shared vCPUs under one limit.
Launches take no time, nothing is refused for CPU, memory or disk, and arrivals are spread at
random: the differences to a simulated run show what those cost.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from sim.assembly import instance_requirements
from sim.assembly.invoked_versions import called_versions
from sim.dataplane.closed_forms import EnvironmentSteadyState, environment_steady_state
from sim.errors import LmisimError
from sim.experiments.result import Result
from sim.facts import Catalogue, catalogue, instance_types
from sim.model.execution_environment import EnvironmentShape
from sim.placement.choice_settings import ChoiceSettings
from sim.placement.instance_choice import slot_count
from sim.scenario import Scenario
from sim.scenario.capacity_provider import CapacityProvider
from sim.scenario.function import Function
from sim.units import MINUTE_US, SECOND_US

_RATE_DIGITS = 4
"""Significant digits of a rate: minutes of nearly equal traffic share one answer."""
_MS_PER_S = 1000.0


class NoClosedFormError(LmisimError):
    """The scenario has something for which there is no closed form here."""


@dataclass(frozen=True, slots=True)
class AnalyticAnswer:
    """The closed-form answer for a scenario."""

    minutes: pd.DataFrame
    """Per function and minute: `rate_per_s`, `environments`, `throttle_fraction`,
    `latency_mean_ms`, `busy_vcpu`."""

    def totals(self) -> dict[str, float]:
        """Sums and means over all minutes, weighted by arrivals where that is meant."""
        minutes = self.minutes
        arrived = minutes["rate_per_s"] * (MINUTE_US / SECOND_US)
        admitted = arrived * (1.0 - minutes["throttle_fraction"])
        count = minutes["minute"].nunique()
        return {
            "arrived": float(arrived.sum()),
            "throttle_rate": _share(float((arrived - admitted).sum()), float(arrived.sum())),
            "latency_mean_ms": _share(
                float((minutes["latency_mean_ms"] * admitted).sum()), float(admitted.sum())
            ),
            "environments_mean": float(minutes["environments"].sum()) / count,
            "busy_vcpu_mean": float(minutes["busy_vcpu"].sum()) / count,
        }


def analytic_answer(scenario: Scenario) -> AnalyticAnswer:
    """Answer a scenario by closed forms, without simulating anything.

    Raises NoClosedFormError when nobody calls, for users in a closed loop, whose rate depends on
    the answer, and for queues of messages.
    """
    if not scenario.workloads:
        raise NoClosedFormError("nobody calls a function: expected `workloads`, or a run")
    closed = [w.function for w in scenario.workloads if w.callers is not None]
    if closed:
        raise NoClosedFormError(
            f"function `{closed[0]}` is called in a closed loop: expected `arrivals`, or a run"
        )
    queued = [w.function for w in scenario.workloads if w.queue is not None]
    if queued:
        raise NoClosedFormError(
            f"messages for function `{queued[0]}` wait in a queue: expected none, or a run"
        )
    facts = catalogue().with_overrides(scenario.assumptions)
    providers = {p.name: p for p in scenario.capacity_providers}
    choice = scenario.placement.instance_choice
    minute_count = -(-scenario.duration // MINUTE_US)
    rows: list[dict[str, object]] = []
    for workload, version in called_versions(scenario):
        function = version.function
        fleet = _Fleet.of(
            function, providers[function.capacity_provider], choice=choice, facts=facts
        )
        arrivals = workload.arrival_process()
        rows.extend(
            {"function": version.name, **fleet.row(m, arrivals.rate_per_s(m))}
            for m in range(minute_count)
        )
    return AnalyticAnswer(pd.DataFrame(rows))


def compared(result: Result, answer: AnalyticAnswer) -> pd.DataFrame:
    """Simulated beside analytic, with the difference relative to the simulated value."""
    analytic = answer.totals()
    simulated = _simulated(result)
    rows = [
        {
            "quantity": name,
            "simulated": simulated[name],
            "analytic": analytic[name],
            "relative_difference": _share(analytic[name] - simulated[name], simulated[name]),
        }
        for name in analytic
    ]
    return pd.DataFrame(rows)


def _simulated(result: Result) -> dict[str, float]:
    minutes = result.invocations
    count = minutes["minute"].nunique()
    arrived = float(minutes["arrived"].sum())
    completed = minutes["completed"]
    latency = minutes["latency_mean_ms"].fillna(0.0)
    return {
        "arrived": arrived,
        "throttle_rate": _share(float(minutes["throttled"].sum()), arrived),
        "latency_mean_ms": _share(float((latency * completed).sum()), float(completed.sum())),
        "environments_mean": float(minutes["environments"].sum()) / count,
        "busy_vcpu_mean": float(minutes["busy_vcpu"].sum()) / count,
    }


@dataclass(frozen=True, slots=True)
class _Fleet:
    """One version of a function with the bounds of its steady state."""

    function: Function
    target_cpu_fraction: float
    target_concurrency_fraction: float
    count_max: int

    @classmethod
    def of(
        cls,
        function: Function,
        provider: CapacityProvider,
        *,
        choice: ChoiceSettings,
        facts: Catalogue,
    ) -> "_Fleet":
        target = provider.scaling.target_cpu
        return cls(
            function=function,
            target_cpu_fraction=(
                facts.number("scaler.target_cpu_fraction") if target is None else target
            ),
            target_concurrency_fraction=facts.number("scaler.target_concurrency_fraction"),
            count_max=_count_max(function, provider, choice=choice, facts=facts),
        )

    def row(self, minute: int, rate_per_s: float) -> dict[str, object]:
        """The steady state of one minute."""
        count = self._count(rate_per_s)
        state = self._state(rate_per_s / count) if count else None
        busy_fraction = state.cpu_utilisation_fraction if state else 0.0
        return {
            "minute": minute,
            "rate_per_s": rate_per_s,
            "environments": count,
            "throttle_fraction": state.throttle_fraction if state else float(not count),
            "latency_mean_ms": state.latency_mean_us * _MS_PER_S / SECOND_US if state else 0.0,
            "busy_vcpu": busy_fraction * count * self.function.vcpu,
        }

    def _count(self, rate_per_s: float) -> int:
        """Environments at which target tracking rests, by CPU or by concurrency."""
        function = self.function
        busy_vcpu = rate_per_s * function.cpu.mean_us / SECOND_US
        in_flight = rate_per_s * (function.cpu.mean_us + function.io.mean_us) / SECOND_US
        by_cpu = busy_vcpu / (function.vcpu * self.target_cpu_fraction)
        by_concurrency = in_flight / (function.concurrency_limit * self.target_concurrency_fraction)
        wanted = math.ceil(max(by_cpu, by_concurrency))
        return min(max(wanted, function.min_execution_environments), self.count_max)

    def _state(self, rate_per_s: float) -> EnvironmentSteadyState | None:
        rounded = float(np.format_float_positional(rate_per_s, _RATE_DIGITS, fractional=False))
        if rounded <= 0.0:
            return None
        return _steady_state(
            rounded,
            self.function.io.mean_us,
            self.function.cpu.mean_us,
            self.function.vcpu,
            self.function.concurrency_limit,
        )


@lru_cache(maxsize=4096)
def _steady_state(
    rate_per_s: float, io_mean_us: float, cpu_mean_us: float, vcpu: int, concurrency_limit: int
) -> EnvironmentSteadyState:
    return environment_steady_state(
        arrival_rate_per_s=rate_per_s,
        io_mean_us=io_mean_us,
        cpu_mean_us=cpu_mean_us,
        vcpu=vcpu,
        concurrency_limit=concurrency_limit,
    )


def _count_max(
    function: Function, provider: CapacityProvider, *, choice: ChoiceSettings, facts: Catalogue
) -> int:
    """Most environments that fit under `MaxVCpuCount` on the chosen type and that may be."""
    wanted = provider.instance_requirements
    requirements = instance_requirements(
        facts,
        architecture=wanted.architecture.value,
        allowed=wanted.allowed_instance_types,
        excluded=wanted.excluded_instance_types,
    )
    shape = EnvironmentShape(function.vcpu, function.memory)
    cap = provider.scaling.max_vcpu_count
    tiers = choice.tiers(instance_types().values(), requirements, shape)
    if not tiers:
        return 0
    chosen = choice.choose(
        tiers, shape=shape, overhead=requirements.overhead, count=cap, vcpu_left=cap
    )
    if chosen is None:
        return 0
    room = cap // chosen.vcpu * slot_count(chosen, shape, requirements.overhead)
    own = function.max_execution_environments
    return room if own is None else min(room, own)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
