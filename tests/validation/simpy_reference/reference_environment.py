"""One execution environment, event by event in SimPy: an I/O wait, then a shared CPU.

Every invocation is one timeout for its I/O; the invocations on the CPU share it equally and the
next departure is one timeout, made anew whenever the number of sharers changes.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush

from sim.dataplane.plane import DataPlaneParameters, FunctionSettings, ThrottleReason
from tests.validation.simpy_reference.reference_clock import ReferenceClock


@dataclass(slots=True, eq=False)
class Invocation:
    """One admitted invocation."""

    started_us: float
    cpu_us: float
    routing_us: float


Departed = Callable[[Invocation, float], None]
"""Told of every departure: the invocation and the time."""


class ReferenceEnvironment:
    """Admission, I/O, CPU and the integrals of one environment."""

    def __init__(
        self,
        clock: ReferenceClock,
        function: FunctionSettings,
        parameters: DataPlaneParameters,
        *,
        departed: Departed,
    ) -> None:
        self._clock = clock
        self._function = function
        self._parameters = parameters
        self._departed = departed
        self.held: set[Invocation] = set()
        self.busy_vcpu_us = 0.0
        self.concurrency_us = 0.0
        self.became_idle = None
        """A SimPy event that happens at the last departure, once somebody waits for it."""
        self._is_removed = False
        self._sharers: list[tuple[float, int, Invocation]] = []
        self._order = 0
        self._attained_us = 0.0
        self._clock_us = clock.now
        self._load = 0.0
        self._departure = 0

    @property
    def in_flight(self) -> int:
        """Number of invocations that are here."""
        return len(self.held)

    def refusal(self) -> ThrottleReason | None:
        """Why one more invocation is refused now, or None."""
        function, parameters = self._function, self._parameters
        held = len(self.held)
        if held >= function.concurrency_limit:
            return ThrottleReason.CONCURRENCY
        if parameters.cpu_refuse_fraction <= 1.0:
            self.settle()
            if self._load > parameters.cpu_refuse_fraction:
                return ThrottleReason.CPU
        memory_mib = function.memory_base_mib + (held + 1) * function.memory_per_invocation_mib
        if _is_over(parameters.memory_refuse_fraction, memory_mib, function.memory_mib):
            return ThrottleReason.MEMORY
        disk_mib = (held + 1) * function.disk_per_invocation_mib
        if _is_over(parameters.disk_refuse_fraction, disk_mib, function.disk_mib):
            return ThrottleReason.DISK
        return None

    def admit(self, invocation: Invocation, io_us: float) -> None:
        """Start an invocation with its I/O wait."""
        self.settle()
        self.held.add(invocation)
        wait = self._clock.timeout(io_us, invocation)
        wait.callbacks.append(self._begin_cpu)

    def remove(self) -> set[Invocation]:
        """Stop everything; returns the invocations that were in flight."""
        self.settle()
        self._is_removed = True
        return self.held

    def settle(self) -> None:
        """Bring the integrals, the attained CPU time and the load average to the present."""
        now_us = self._clock.now
        span_us = now_us - self._clock_us
        if span_us <= 0.0:
            return
        vcpu, sharers = self._function.vcpu, len(self._sharers)
        busy = min(sharers, vcpu)
        self.busy_vcpu_us += busy * span_us
        self.concurrency_us += len(self.held) * span_us
        if sharers:
            self._attained_us += span_us * busy / sharers
        used = busy / vcpu
        decay = math.exp(-span_us / self._parameters.cpu_time_constant_us)
        self._load = used + (self._load - used) * decay
        self._clock_us = now_us

    def _begin_cpu(self, wait) -> None:
        if self._is_removed:
            return
        self.settle()
        if not self._sharers:
            self._attained_us = 0.0
        self._order += 1
        invocation = wait.value
        due_us = self._attained_us + invocation.cpu_us
        heappush(self._sharers, (due_us, self._order, invocation))
        self._plan_departure()

    def _plan_departure(self) -> None:
        """Wait for the next departure; the one planned before is void."""
        self._departure += 1
        if self._sharers:
            sharers = len(self._sharers)
            left_us = max(0.0, self._sharers[0][0] - self._attained_us)
            stretch = max(sharers, self._function.vcpu) / self._function.vcpu
            wait = self._clock.timeout(left_us * stretch, self._departure)
            wait.callbacks.append(self._depart)

    def _depart(self, wait) -> None:
        if wait.value != self._departure or self._is_removed:
            return
        self.settle()
        self._attained_us, _, invocation = heappop(self._sharers)
        self.held.remove(invocation)
        self._departed(invocation, self._clock.now)
        self._plan_departure()
        if not self.held and self.became_idle is not None:
            self.became_idle.succeed()


def _is_over(fraction: float, used: float, size: float) -> bool:
    """Whether a rule refuses; a fraction above 1 switches it off."""
    return fraction <= 1.0 and used > fraction * size
