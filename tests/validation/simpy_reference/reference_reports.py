"""What the scaler of the reference knows: reports of environments in service, over a window."""

from collections import deque
from dataclasses import dataclass

from sim.dataplane.plane import FunctionSettings
from tests.validation.simpy_reference.reference_environment import ReferenceEnvironment


@dataclass(frozen=True, slots=True)
class Report:
    """Integrals of one report period over the environments that take invocations."""

    environment_us: float
    busy_vcpu_us: float
    concurrency_us: float


class ReferenceReports:
    """The reports of the metric window."""

    def __init__(self, function: FunctionSettings, *, period_us: int, window_us: int) -> None:
        self._function = function
        self._period_us = period_us
        self._kept: deque[Report] = deque(maxlen=max(1, round(window_us / period_us)))
        self._reported_us = 0

    def take(
        self,
        serving: dict[ReferenceEnvironment, int],
        pool: list[ReferenceEnvironment],
        now_us: int,
    ) -> None:
        """Read and reset the integrals of all environments; `serving` knows since when they do."""
        environment_us = busy_vcpu_us = concurrency_us = 0.0
        for environment, since_us in serving.items():
            environment.settle()
            if environment in pool:
                environment_us += now_us - max(self._reported_us, since_us)
                busy_vcpu_us += environment.busy_vcpu_us
                concurrency_us += environment.concurrency_us
            environment.busy_vcpu_us = environment.concurrency_us = 0.0
        self._reported_us = now_us
        self._kept.append(Report(environment_us, busy_vcpu_us, concurrency_us))

    def environment_count(self) -> float:
        """Environments that bore the load, mean of the window."""
        span_us = max(1, len(self._kept)) * self._period_us
        return sum(report.environment_us for report in self._kept) / span_us

    def cpu_fraction(self) -> float:
        """Busy over given vCPUs."""
        served_us = sum(report.environment_us for report in self._kept)
        if served_us == 0.0:
            return 0.0
        busy_us = sum(report.busy_vcpu_us for report in self._kept)
        return busy_us / (served_us * self._function.vcpu)

    def concurrency_fraction(self) -> float:
        """Invocations in flight in the highest report over the limit of the window."""
        served_us = sum(report.environment_us for report in self._kept)
        if served_us == 0.0:
            return 0.0
        highest_us = max(report.concurrency_us for report in self._kept)
        return highest_us * len(self._kept) / (served_us * self._function.concurrency_limit)
