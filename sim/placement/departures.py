"""Which environments leave at scale-in: from the fullest zone, off the emptiest instances."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import TypeAlias

from sim.model.execution_environment import ExecutionEnvironment
from sim.model.identifiers import InstanceId
from sim.model.states import EnvironmentState

_Rank: TypeAlias = tuple[int, int, str, InstanceId]
"""Environments on the instance, age (the youngest first), name, and the instance."""


def choose_departures(
    environments: Sequence[ExecutionEnvironment],
    instance_environment_counts: Mapping[InstanceId, int],
    count: int,
) -> list[ExecutionEnvironment]:
    """The `count` environments to drain: starting ones first, for nothing is lost with them.

    Then zones stay balanced and instances become empty. `instance_environment_counts` holds the
    environments of all versions per instance. Rule: assumed (AWS: workloads are consolidated on
    fewer instances, AWS Compute Blog 2026-03).
    """
    starting = [e for e in environments if e.state is EnvironmentState.STARTING]
    serving = [e for e in environments if e.state is not EnvironmentState.STARTING]
    zone_counts = Counter(e.availability_zone for e in environments)
    held = dict(instance_environment_counts)
    departures: list[ExecutionEnvironment] = []
    for candidates in (starting, serving):
        queue = _Departing(candidates, zone_counts, held)
        wanted = min(count - len(departures), len(candidates))
        departures.extend(queue.next() for _ in range(wanted))
    return departures


class _Departing:
    """Environments that may leave, by zone and instance: the next one is found unscanned."""

    def __init__(
        self,
        environments: Sequence[ExecutionEnvironment],
        zone_counts: Counter[str],
        held: dict[InstanceId, int],
    ) -> None:
        self._zone_counts = zone_counts
        self._held = held
        self._on_instance: defaultdict[InstanceId, list[ExecutionEnvironment]] = defaultdict(list)
        """Of each instance, the first to leave at the end."""
        for environment in sorted(environments, key=_age_and_name, reverse=True):
            self._on_instance[environment.instance_id].append(environment)
        self._by_zone: defaultdict[str, list[_Rank]] = defaultdict(list)
        """Heap of each zone, of the first of each instance; it may hold outdated ranks."""
        for first in (left[-1] for left in self._on_instance.values()):
            self._by_zone[first.availability_zone].append(self._rank(first))
        for heap in self._by_zone.values():
            heapify(heap)

    def next(self) -> ExecutionEnvironment:
        """Let the next one leave; there must be one."""
        for heap in self._by_zone.values():
            while heap and heap[0] != self._current(heap[0][-1]):
                heappop(heap)
        zone = min(
            (zone for zone, heap in self._by_zone.items() if heap),
            key=lambda zone: (-self._zone_counts[zone], self._by_zone[zone][0]),
        )
        *_, instance_id = heappop(self._by_zone[zone])
        leaving = self._on_instance[instance_id].pop()
        self._zone_counts[zone] -= 1
        self._held[instance_id] -= 1
        rank = self._current(instance_id)
        if rank is not None:
            heappush(self._by_zone[zone], rank)
        return leaving

    def _current(self, instance_id: InstanceId) -> _Rank | None:
        """Rank of the first on an instance as it is now; None without one."""
        left = self._on_instance[instance_id]
        return self._rank(left[-1]) if left else None

    def _rank(self, environment: ExecutionEnvironment) -> _Rank:
        held = self._held[environment.instance_id]
        return held, *_age_and_name(environment), environment.instance_id


def _age_and_name(environment: ExecutionEnvironment) -> tuple[int, str]:
    """The youngest first, then by name."""
    return -environment.placed_us, environment.environment_id
