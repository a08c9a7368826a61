"""Room on instances, by zone and by how much is left, so that the best place is found unscanned.

Instances with equal room in one zone are one class; a large fleet has hardly more classes.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from sim.model.execution_environment import EnvironmentShape

_FIRST_EXPECTED = 2**62
"""Position of the first bin that is only expected: it comes after all that exist."""
_SLACK = 64
"""Outdated positions that a class may hold before it is cleared of them."""


def slots_in(free: EnvironmentShape, shape: EnvironmentShape) -> int:
    """How many environments of a shape have room in what is free of an instance."""
    return max(0, min(free.vcpu // shape.vcpu, free.memory_mib // shape.memory_mib))


class RoomClass(NamedTuple):
    """What bins have in common that are equally good places but for their order."""

    is_ready: bool
    availability_zone: str
    free_vcpu: int
    free_memory_mib: int

    def fits(self, shape: EnvironmentShape) -> bool:
        """Whether an environment of the shape has room."""
        return self.free_vcpu >= shape.vcpu and self.free_memory_mib >= shape.memory_mib

    def slots(self, shape: EnvironmentShape) -> int:
        """How many environments of the shape have room."""
        return max(0, min(self.free_vcpu // shape.vcpu, self.free_memory_mib // shape.memory_mib))

    def without(self, shape: EnvironmentShape) -> "RoomClass":
        """The class of a bin after it has taken an environment."""
        vcpu, memory_mib = self.free_vcpu - shape.vcpu, self.free_memory_mib - shape.memory_mib
        return RoomClass(self.is_ready, self.availability_zone, vcpu, memory_mib)


class Room:
    """Bins by position; an earlier position wins among equals."""

    def __init__(self) -> None:
        """No bins."""
        self.zone_counts: Counter[str] = Counter()
        """Bins by Availability Zone; to be read only."""
        self._class_of: dict[int, RoomClass] = {}
        self._counts: dict[RoomClass, int] = {}
        self._positions: dict[RoomClass, list[int]] = {}
        """Heap of each class; it may hold positions that are no longer of the class."""
        self._undo: list[tuple[int, RoomClass | None]] | None = None
        self._expected_count = 0

    def put(self, position: int, room: RoomClass) -> None:
        """Set what room a bin has, a new one too."""
        old = self._class_of.get(position)
        if old != room:
            self._move(position, old, room)

    def remove(self, position: int) -> None:
        """Forget a bin, if it is known."""
        old = self._class_of.get(position)
        if old is not None:
            self._move(position, old, None)

    def room_of(self, position: int) -> RoomClass:
        """What room a bin has."""
        return self._class_of[position]

    def begin(self) -> None:
        """From here on everything is a trial."""
        assert self._undo is None, "one trial at a time"
        self._undo = []
        self._expected_count = 0

    def roll_back(self) -> None:
        """End the trial: all is as it was when it began."""
        assert self._undo is not None, "no trial has begun"
        undo, self._undo = self._undo, None
        for position, room in reversed(undo):
            self._move(position, self._class_of.get(position), room)

    def expect(self, availability_zone: str, free: EnvironmentShape) -> int:
        """Add a bin that does not exist yet, only in a trial; returns its position."""
        assert self._undo is not None, "what is only expected does not outlast a trial"
        position = _FIRST_EXPECTED + self._expected_count
        self._expected_count += 1
        room = RoomClass(
            is_ready=False,
            availability_zone=availability_zone,
            free_vcpu=free.vcpu,
            free_memory_mib=free.memory_mib,
        )
        self.put(position, room)
        return position

    def best(
        self,
        shape: EnvironmentShape,
        *,
        zone_counts: Mapping[str, int],
        zone_count_max: int,
        rank: Callable[[RoomClass], int],
    ) -> int | None:
        """Position of the best place for an environment, None without one.

        Ready before coming, then the zone with fewest in `zone_counts`, at most `zone_count_max`,
        then the lowest `rank`, then the earliest.
        """
        best_rank: tuple[bool, int, int] | None = None
        best: list[RoomClass] = []
        for room in self._counts:
            count = zone_counts[room.availability_zone]
            if count > zone_count_max or not room.fits(shape):
                continue
            room_rank = (not room.is_ready, count, rank(room))
            if best_rank is None or room_rank < best_rank:
                best_rank, best = room_rank, [room]
            elif room_rank == best_rank:
                best.append(room)
        return min((self._first(room) for room in best), default=None)

    def has_ready(self, shape: EnvironmentShape) -> bool:
        """Whether an environment has room on some ready bin."""
        for room in self._counts:  # noqa: SIM110 - a generator costs more than the look
            if room.is_ready and room.fits(shape):
                return True
        return False

    def ready_zones(self, shape: EnvironmentShape) -> set[str]:
        """Zones in which an environment has room on some ready bin."""
        return {r.availability_zone for r in self._counts if r.is_ready and r.fits(shape)}

    def coming_slots(self, shape: EnvironmentShape) -> dict[str, int]:
        """How many environments have room on bins that are not ready yet, by zone."""
        slots: dict[str, int] = {}
        for room, count in self._counts.items():
            if not room.is_ready:
                zone = room.availability_zone
                slots[zone] = slots.get(zone, 0) + count * room.slots(shape)
        return slots

    def _first(self, room: RoomClass) -> int:
        positions = self._positions[room]
        while self._class_of.get(positions[0]) != room:
            heappop(positions)
        return positions[0]

    def _move(self, position: int, old: RoomClass | None, new: RoomClass | None) -> None:
        if self._undo is not None:
            self._undo.append((position, old))
        if old is not None:
            self._leave(old)
        if new is None:
            del self._class_of[position]
            return
        self._class_of[position] = new
        self._counts[new] = self._counts.get(new, 0) + 1
        self.zone_counts[new.availability_zone] += 1
        positions = self._positions.setdefault(new, [])
        heappush(positions, position)
        if len(positions) > 2 * self._counts[new] + _SLACK:
            positions[:] = {p for p in positions if self._class_of.get(p) == new}
            heapify(positions)

    def _leave(self, room: RoomClass) -> None:
        self.zone_counts[room.availability_zone] -= 1
        self._counts[room] -= 1
        if self._counts[room] == 0:
            del self._counts[room], self._positions[room]
