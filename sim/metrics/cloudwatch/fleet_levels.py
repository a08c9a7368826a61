"""Keeps the fleet's life as spans of time: instances, what they can give, what they have given."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from sim.metrics.capacity import ENVIRONMENT_STATES
from sim.metrics.cloudwatch.calendar import WorldMinutes
from sim.metrics.fact_lookup import fact_of, whole_number
from sim.metrics.instances import lives_of
from sim.metrics.step_functions import StepFunction
from sim.model.journal_entries import EnvironmentChanged, InstanceLaunched
from sim.model.run_record import RunRecord
from sim.model.states import EnvironmentState, ManagedInstanceState

Span = tuple[int, int]
"""From and until, world microseconds."""
_NEVER: Span = (0, 0)
_RUNNING = (
    ManagedInstanceState.RUNNING,
    ManagedInstanceState.READY,
    ManagedInstanceState.DRAINING,
)
_SERVING = (EnvironmentState.READY, EnvironmentState.DRAINING)


@dataclass(frozen=True, slots=True)
class InstanceLife:
    """One instance."""

    launch: InstanceLaunched
    running: Span
    """From EC2's `running` to `shutting-down`."""
    ready: Span
    """While environments may be placed on it."""


@dataclass(frozen=True, slots=True)
class EnvironmentLife:
    """One execution environment."""

    function: str
    version: str
    instance: InstanceLife
    vcpu: int
    memory_mib: int
    placed: Span
    """While it holds its room on the instance."""
    serving: Span
    """While it is in service, ready or draining."""


@dataclass(frozen=True, slots=True)
class FleetLevels:
    """All instances and environments of a run."""

    instances: tuple[InstanceLife, ...]
    environments: tuple[EnvironmentLife, ...]
    overhead_vcpu: int
    """vCPUs of an instance that environments never get."""
    overhead_memory_mib: int


def fleet_levels(record: RunRecord) -> FleetLevels:
    """Fold the journal into lives; what still lives ends at the horizon."""
    instances = _instances(record)
    return FleetLevels(
        instances=tuple(instances.values()),
        environments=tuple(_environments(record, instances)),
        overhead_vcpu=whole_number(fact_of(record, "managed_instance.overhead_vcpu")),
        overhead_memory_mib=whole_number(fact_of(record, "managed_instance.overhead_memory")),
    )


def mean_level(minutes: WorldMinutes, spans: Iterable[tuple[Span, int]]) -> NDArray[np.float64]:
    """Mean of each minute of a level to which every span adds its weight while it lasts."""
    times_us: list[int] = []
    amounts: list[int] = []
    for (start_us, end_us), weight in spans:
        times_us += (start_us, end_us)
        amounts += (weight, -weight)
    level = StepFunction.from_changes(times_us, amounts)
    return level.means(minutes.starts_us, minutes.ends_us)


def shared_span(one: Span, other: Span) -> Span:
    """The time that two spans share."""
    start_us, end_us = max(one[0], other[0]), min(one[1], other[1])
    return (start_us, end_us) if start_us < end_us else _NEVER


def _instances(record: RunRecord) -> dict[str, InstanceLife]:
    return {
        name: InstanceLife(
            launch=life.launch,
            running=_span(life.entered_us, _RUNNING, record.horizon_us),
            ready=_span(life.entered_us, (ManagedInstanceState.READY,), record.horizon_us),
        )
        for name, life in lives_of(record).items()
    }


def _environments(
    record: RunRecord, instances: dict[str, InstanceLife]
) -> Iterable[EnvironmentLife]:
    placed: dict[str, EnvironmentChanged] = {}
    entered: dict[str, dict[str, int]] = {}
    for entry in record.journal:
        if isinstance(entry, EnvironmentChanged):
            placed.setdefault(entry.environment_id, entry)
            states = entered.setdefault(entry.environment_id, {})
            states.setdefault(entry.new_state, entry.time_us)
    for name, first in placed.items():
        yield EnvironmentLife(
            function=first.function,
            version=first.version,
            instance=instances[first.instance_id],
            vcpu=first.vcpu,
            memory_mib=first.memory_mib,
            placed=_span(entered[name], ENVIRONMENT_STATES, record.horizon_us),
            serving=_span(entered[name], _SERVING, record.horizon_us),
        )


def _span(entered: Mapping[str, int], states: Sequence[StrEnum], horizon_us: int) -> Span:
    """From the first of some states until the next other one; `entered` is in order of time."""
    start_us = None
    for state, time_us in entered.items():
        if state in states and start_us is None:
            start_us = time_us
        elif state not in states and start_us is not None:
            return start_us, time_us
    return _NEVER if start_us is None else (start_us, horizon_us)
