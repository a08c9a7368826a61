"""Keeps the metrics of capacity providers and of EC2 instances: what is given, what is in use.

The record has busy vCPUs by function, not by instance: what a function uses is spread over its
environments in service in proportion to their vCPUs.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.metrics.cloudwatch.calendar import WorldMinutes
from sim.metrics.cloudwatch.fleet_levels import (
    EnvironmentLife,
    FleetLevels,
    InstanceLife,
    mean_level,
    shared_span,
)
from sim.metrics.cloudwatch.samples import Samples, gauge
from sim.model.run_record import FunctionProfile, RunRecord
from sim.model.version_names import counted_under
from sim.units import BYTES_PER_MIB

_PERCENT: Final = 100.0

Level = NDArray[np.float64]
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Group:
    """Instances that are told together, with the environments on them."""

    instances: tuple[InstanceLife, ...]
    environments: tuple[EnvironmentLife, ...]


class FleetView:
    """The fleet of a run, minute by minute."""

    def __init__(self, record: RunRecord, minutes: WorldMinutes, levels: FleetLevels) -> None:
        self.minutes = minutes
        self.levels = levels
        self._record = record

    def groups_by_type(self) -> dict[tuple[str, str], Group]:
        """Groups by capacity provider and instance type."""
        return self._groups(lambda life: (life.launch.capacity_provider, life.launch.instance_type))

    def groups_by_instance(self) -> dict[str, Group]:
        """Groups of one instance each, by its id."""
        return self._groups(lambda life: life.launch.instance_id)

    def cpu_utilization(self, group: Group) -> Samples:
        """Busy vCPUs of the group's environments over the vCPUs of its running instances."""
        running = self._running(group, lambda life: life.launch.vcpu)
        return self._ratio(self._used(group, self._busy_vcpu), running)

    def memory_utilization(self, group: Group) -> Samples:
        """Memory in use by the group's environments over that of its running instances."""
        running = self._running(group, lambda life: life.launch.memory_mib)
        return self._ratio(self._used(group, self._memory_mib), running)

    def vcpu_allocated(self, group: Group) -> Samples:
        """vCPUs that environments hold."""
        return self._told(group, self._allocated(group, lambda life: life.vcpu))

    def vcpu_available(self, group: Group) -> Samples:
        """vCPUs of ready instances that no environment holds."""
        kept = self.levels.overhead_vcpu
        return self._told(
            group, self._free(group, lambda i: i.launch.vcpu - kept, lambda e: e.vcpu)
        )

    def memory_allocated(self, group: Group) -> Samples:
        """Bytes that environments hold."""
        held_mib = self._allocated(group, lambda life: life.memory_mib)
        return self._told(group, held_mib * BYTES_PER_MIB)

    def memory_available(self, group: Group) -> Samples:
        """Bytes of ready instances that no environment holds."""
        kept = self.levels.overhead_memory_mib
        free_mib = self._free(group, lambda i: i.launch.memory_mib - kept, lambda e: e.memory_mib)
        return self._told(group, free_mib * BYTES_PER_MIB)

    def traffic(self, group: Group, per_invocation: Callable[[FunctionProfile], int]) -> Samples:
        """Bytes of the invocations that began in the minute, on the group's instances."""
        moved = self._used(group, lambda f: self._invocations(f) * per_invocation(f))
        return self._told(group, moved)

    @cached_property
    def _serving(self) -> dict[str, Level]:
        return self._serving_vcpu(self.levels.environments)

    def _serving_vcpu(self, environments: Iterable[EnvironmentLife]) -> dict[str, Level]:
        """Mean vCPUs in service, by the name under which their version is counted."""
        names = self._record.invocations.function_names
        spans: dict[str, list[tuple[tuple[int, int], int]]] = defaultdict(list)
        for life in environments:
            name = counted_under(life.function, life.version, names)
            spans[name].append((life.serving, life.vcpu))
        return {name: mean_level(self.minutes, found) for name, found in spans.items()}

    def _groups(self, key: Callable[[InstanceLife], Key]) -> dict[Key, Group]:
        instances: dict[Key, list[InstanceLife]] = defaultdict(list)
        environments: dict[Key, list[EnvironmentLife]] = defaultdict(list)
        for instance in self.levels.instances:
            instances[key(instance)].append(instance)
        for environment in self.levels.environments:
            environments[key(environment.instance)].append(environment)
        return {
            name: Group(tuple(lives), tuple(environments[name]))
            for name, lives in instances.items()
        }

    def _used(self, group: Group, of_function: Callable[[FunctionProfile], Level]) -> Level:
        """The group's share of what each function uses."""
        total = np.zeros(self.minutes.count)
        serving = self._serving_vcpu(group.environments)
        for function in self._record.functions:
            here, everywhere = serving.get(function.name), self._serving.get(function.name)
            if here is not None and everywhere is not None:
                share = np.divide(here, everywhere, out=np.zeros_like(here), where=everywhere > 0)
                total += of_function(function) * share
        return total

    def _busy_vcpu(self, function: FunctionProfile) -> Level:
        busy_us = self._record.invocations.busy_vcpu_us[self._index(function)]
        found: Level = busy_us[: self.minutes.count] / self.minutes.spans_us
        return found

    def _memory_mib(self, function: FunctionProfile) -> Level:
        """What the scenario says that environments and invocations hold."""
        invocations, index = self._record.invocations, self._index(function)
        minutes = slice(0, self.minutes.count)
        held = invocations.environment_us[index, minutes] * function.memory_base_mib
        held = (
            held + invocations.concurrency_us[index, minutes] * function.memory_per_invocation_mib
        )
        found: Level = held / self.minutes.spans_us
        return found

    def _invocations(self, function: FunctionProfile) -> Level:
        """Attempts that were admitted, by the minute of the attempt."""
        invocations, index = self._record.invocations, self._index(function)
        minutes = slice(0, self.minutes.count)
        refused = invocations.throttled_attempts[index, minutes].sum(axis=1)
        found: Level = (invocations.attempts[index, minutes] - refused).astype(np.float64)
        return found

    def _index(self, function: FunctionProfile) -> int:
        return self._record.invocations.function_names.index(function.name)

    def _running(self, group: Group, weight: Callable[[InstanceLife], int]) -> Level:
        return mean_level(self.minutes, ((i.running, weight(i)) for i in group.instances))

    def _allocated(self, group: Group, weight: Callable[[EnvironmentLife], int]) -> Level:
        return mean_level(self.minutes, ((e.placed, weight(e)) for e in group.environments))

    def _free(
        self,
        group: Group,
        usable: Callable[[InstanceLife], int],
        held: Callable[[EnvironmentLife], int],
    ) -> Level:
        """What ready instances can give, less what environments hold of it meanwhile."""
        given = ((i.ready, usable(i)) for i in group.instances)
        taken = ((shared_span(e.placed, e.instance.ready), -held(e)) for e in group.environments)
        return mean_level(self.minutes, (*given, *taken))

    def _told(self, group: Group, level: Level) -> Samples:
        """In the minutes in which an instance of the group runs."""
        is_running = self._running(group, lambda _: 1) > 0.0
        return gauge(self.minutes.times_s, level, is_running)

    def _ratio(self, used: Level, whole: Level) -> Samples:
        percent = _PERCENT * np.divide(used, whole, out=np.zeros_like(used), where=whole > 0)
        return gauge(self.minutes.times_s, percent, whole > 0.0)


FLEET_METRICS: Final[Mapping[str, Callable[[FleetView, Group], Samples]]] = {
    "CPUUtilization": FleetView.cpu_utilization,
    "MemoryUtilization": FleetView.memory_utilization,
    "vCPUAvailable": FleetView.vcpu_available,
    "vCPUAllocated": FleetView.vcpu_allocated,
    "MemoryAvailable": FleetView.memory_available,
    "MemoryAllocated": FleetView.memory_allocated,
}
"""How each metric of a capacity provider comes out of the fleet."""


TRAFFIC: Final[Mapping[str, Callable[[FunctionProfile], int]]] = {
    "NetworkIn": lambda function: function.network_in_bytes,
    "NetworkOut": lambda function: function.network_out_bytes,
    "DiskReadBytes": lambda function: function.disk_read_bytes,
    "DiskWriteBytes": lambda function: function.disk_write_bytes,
}
"""What an invocation moves, by the metric that tells it; where nothing is said it is not told."""
