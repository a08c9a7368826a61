"""What the Lambda Agents report: load of every function over the metric window, and throttling."""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from sim.engine.journal import Journal
from sim.engine.kernel import Kernel, Lifecycle, Priority
from sim.model.journal_entries import ThrottlingEnded, ThrottlingStarted


@dataclass(frozen=True, slots=True)
class FunctionUse:
    """Integrals of one function over one report period, summed over its environments."""

    environment_us: float
    """Time in service."""
    busy_vcpu_us: float
    allocated_vcpu_us: float
    concurrency_us: float
    concurrency_limit_us: float
    throttled_count: int


@dataclass(frozen=True, slots=True)
class Load:
    """Mean load of a function over the metric window, as fractions of what it was given."""

    environment_count: float
    """Environments that bore the load, mean of the window."""
    cpu_fraction: float
    concurrency_fraction: float


class LoadSource(Protocol):
    """The data plane as the Lambda Agents see it: one look at all environments at once."""

    def use_since_last_report(self, now_us: int) -> list[FunctionUse]:
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
        self._names = function_names
        self._period_us = period_us
        keep = max(1, round(window_us / period_us))
        self._reports: list[deque[FunctionUse]] = [deque(maxlen=keep) for _ in function_names]
        self._throttled_since_start: list[int | None] = [None] * len(function_names)

    def start(self) -> None:
        """Begin to report, and to listen for the first throttle of every function."""
        for index in range(len(self._names)):
            self._source.arm(index)
        self._kernel.start(self._tick())

    def load(self, function_index: int) -> Load:
        """Load of a function over the window; zero before the first report."""
        reports = self._reports[function_index]
        environment_us = busy_us = allocated_us = concurrency_us = limit_us = 0.0
        for report in reports:
            environment_us += report.environment_us
            busy_us += report.busy_vcpu_us
            allocated_us += report.allocated_vcpu_us
            concurrency_us += report.concurrency_us
            limit_us += report.concurrency_limit_us
        return Load(
            environment_count=environment_us / (max(1, len(reports)) * self._period_us),
            cpu_fraction=busy_us / allocated_us if allocated_us > 0 else 0.0,
            concurrency_fraction=concurrency_us / limit_us if limit_us > 0 else 0.0,
        )

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
            for index, use in enumerate(self._source.use_since_last_report(self._kernel.now_us)):
                self._reports[index].append(use)
                self._follow_throttling(index, use.throttled_count)

    def _follow_throttling(self, index: int, throttled_count: int) -> None:
        total = self._throttled_since_start[index]
        if total is None:
            return
        if throttled_count > 0:
            self._throttled_since_start[index] = total + throttled_count
            return
        self._throttled_since_start[index] = None
        self._journal.append(
            ThrottlingEnded(
                time_us=self._kernel.now_us, function=self._names[index], throttled_count=total
            )
        )
        self._source.arm(index)
