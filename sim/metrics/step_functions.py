"""Keeps levels that change in steps exact: integrals are whole numbers, not sums of means."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Instants = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class StepFunction:
    """A level over time: zero before the first change, constant between changes.

    Changes at the same instant count as one, so a swap at one instant makes no peak.
    """

    times_us: Instants
    """Instants of change, strictly increasing, microseconds."""
    levels: NDArray[np.int64]
    """Level from each instant on, same shape."""

    @classmethod
    def from_changes(cls, times_us: Sequence[int], changes: Sequence[int]) -> "StepFunction":
        """Build from instants in any order and what each adds to the level."""
        assert len(times_us) == len(changes), "every change has an instant"
        instants, position = np.unique(np.asarray(times_us, dtype=np.int64), return_inverse=True)
        net = np.zeros(len(instants), dtype=np.int64)
        np.add.at(net, position, np.asarray(changes, dtype=np.int64))
        return cls(times_us=instants, levels=np.cumsum(net))

    def at(self, instants_us: Instants) -> NDArray[np.int64]:
        """Level at each instant, changes at that very instant included."""
        index = np.searchsorted(self.times_us, instants_us, side="right")
        levels: NDArray[np.int64] = np.concatenate([[0], self.levels])[index]
        return levels

    def integral(self, instants_us: Instants) -> NDArray[np.int64]:
        """Integral from the beginning of time to each instant, level times microseconds, exact."""
        if not len(self.times_us):
            return np.zeros(len(instants_us), dtype=np.int64)
        areas = np.cumsum(self.levels[:-1] * np.diff(self.times_us))
        until_change = np.concatenate([[0], areas])
        index = np.searchsorted(self.times_us, instants_us, side="right") - 1
        known = np.maximum(index, 0)
        area = until_change[known] + self.levels[known] * (instants_us - self.times_us[known])
        integral: NDArray[np.int64] = np.where(index >= 0, area, 0)
        return integral

    def means(self, starts_us: Instants, ends_us: Instants) -> NDArray[np.float64]:
        """Time-weighted mean level of each span, zero for an empty span."""
        spans = ends_us - starts_us
        areas = self.integral(ends_us) - self.integral(starts_us)
        means: NDArray[np.float64] = areas / np.maximum(spans, 1)
        return means

    def peak(self, *, start_us: int, end_us: int) -> int:
        """Highest level from `start_us` (its level then included) until before `end_us`."""
        inside = (self.times_us > start_us) & (self.times_us < end_us)
        at_start = int(self.at(np.asarray([start_us], dtype=np.int64))[0])
        return max(at_start, int(self.levels[inside].max(initial=at_start)))
