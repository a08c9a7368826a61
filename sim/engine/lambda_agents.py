"""What the Lambda Agents report: load of every version over the metric window, and throttling.

A *function* is here what has an index of the data plane: one function version.
"""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.dataplane.boundary import Integral
from sim.engine.journal import Journal
from sim.engine.kernel import Kernel, Lifecycle, Priority
from sim.model.journal_entries import ThrottlingEnded, ThrottlingStarted


@dataclass(frozen=True, slots=True)
class FleetUse:
    """One report period, summed over the environments of each function."""

    integrals: NDArray[np.float64]
    """By `Integral` and function, shape `(5, functions)`."""
    throttled_count: NDArray[np.int64]
    """Throttled attempts by function."""


@dataclass(frozen=True, slots=True)
class Load:
    """Load of a function over the metric window, as fractions of what it was given."""

    environment_count: float
    """Environments that bore the load, mean of the window."""
    cpu_fraction: float
    """Mean of the window."""
    concurrency_fraction: float
    """The report with most invocations in flight, over the mean limit of the window: saturation
    that is shorter than the window is seen (fact `scaler.metric_window`)."""


class LoadSource(Protocol):
    """The data plane as the Lambda Agents see it: one look at all environments at once."""

    def use_since_last_report(self, now_us: int) -> FleetUse:
        """Integrals per function since the report before; brings every environment to `now_us`."""
        ...

    def arm(self, function_index: int) -> None:
        """Signal the next throttle of this function."""
        ...


class LambdaAgents:
    """Reports all environments in one step per period: one event for the whole fleet."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        journal: Journal,
        source: LoadSource,
        function_names: tuple[str, ...],
        period_us: int,
        window_us: int,
    ) -> None:
        self._kernel = kernel
        self._journal = journal
        self._source = source
        self._names = list(function_names)
        self._period_us = period_us
        keep = max(1, round(window_us / period_us))
        self._reports: deque[FleetUse] = deque(maxlen=keep)
        self._sums: list[list[float]] = []
        """One row of integrals over the window per function; empty until somebody asks."""
        self._loads: dict[int, tuple[tuple[int, list[float]], Load]] = {}
        """The last load of each function after what it was made of: idle ones keep theirs."""
        self._throttled_since_start: dict[int, int] = {}
        """Throttled attempts of the functions that are being throttled."""

    def start(self) -> None:
        """Begin to report, and to listen for the first throttle of every function."""
        for index in range(len(self._names)):
            self._source.arm(index)
        self._kernel.start(self._tick())

    def add_function(self, name: str) -> None:
        """Report and listen for one more function; it did nothing before."""
        self._names.append(name)
        self._sums = []
        self._source.arm(len(self._names) - 1)

    def load(self, function_index: int) -> Load:
        """Load of a function over the window; zero before the first report."""
        if not self._sums:
            self._sums = self._sums_of_window()
        use = (max(1, len(self._reports)) * self._period_us, self._sums[function_index])
        known = self._loads.get(function_index)
        if known is None or known[0] != use:
            known = self._loads[function_index] = (use, _load_of(*use))
        return known[1]

    def _sums_of_window(self) -> list[list[float]]:
        """Sums over the reports of the window, oldest first; of concurrency the highest report."""
        count = len(self._names)
        reports = np.array([_widened(report.integrals, count) for report in self._reports])
        if len(reports) == 0:
            return [[0.0] * len(Integral)] * count
        sums = reports.sum(axis=0)
        highest_us = reports[:, Integral.CONCURRENCY_US].max(axis=0)
        sums[Integral.CONCURRENCY_US] = highest_us * len(reports)
        rows: list[list[float]] = sums.T.tolist()
        return rows

    def throttling_started(self, function_index: int, reason: str) -> None:
        """Take the data plane's signal of a first throttle."""
        self._throttled_since_start[function_index] = 0
        self._journal.append(
            ThrottlingStarted(
                time_us=self._kernel.now_us, function=self._names[function_index], reason=reason
            )
        )

    def _tick(self) -> Lifecycle:
        while True:
            yield self._kernel.wait(self._period_us, Priority.REPORT)
            use = self._source.use_since_last_report(self._kernel.now_us)
            self._reports.append(use)
            self._sums = []
            for index in sorted(self._throttled_since_start):
                self._follow_throttling(index, int(use.throttled_count[index]))

    def _follow_throttling(self, index: int, throttled_count: int) -> None:
        if throttled_count > 0:
            self._throttled_since_start[index] += throttled_count
            return
        total = self._throttled_since_start.pop(index)
        self._journal.append(
            ThrottlingEnded(
                time_us=self._kernel.now_us, function=self._names[index], throttled_count=total
            )
        )
        self._source.arm(index)


def _widened(integrals: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """The integrals of so many functions: those that came after a report did nothing in it."""
    missing = count - integrals.shape[1]
    return np.pad(integrals, ((0, 0), (0, missing))) if missing else integrals


def _load_of(window_us: int, sums: list[float]) -> Load:
    """Means of what was summed over the reports of a window."""
    environment_us, busy_us, allocated_us, concurrency_us, limit_us = sums
    return Load(
        environment_count=environment_us / window_us,
        cpu_fraction=busy_us / allocated_us if allocated_us > 0 else 0.0,
        concurrency_fraction=concurrency_us / limit_us if limit_us > 0 else 0.0,
    )
