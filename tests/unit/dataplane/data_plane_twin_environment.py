"""One execution environment of the data plane's twin: its jobs, moved from event to event.

It keeps the work that each job has left; there is no virtual time and no cached next event.
"""

import math
from dataclasses import dataclass

from data_plane_twin_clients import Fate, Invocation, TwinCaller

from sim.dataplane.plane import ThrottleReason


@dataclass(slots=True, eq=False)
class Job:
    """An invocation, or a batch of messages, in flight: I/O until `io_end_us`, then CPU work."""

    invocations: list[Invocation]
    io_end_us: float
    cpu_left_us: float
    started_us: float
    before_us: float
    fate: Fate = Fate.SUCCEEDS
    caller: TwinCaller | None = None
    received_us: float = 0.0
    """When the messages of a batch were received."""
    is_running: bool = False
    is_answered: bool = False
    """Whether it timed out and somebody took note: it only keeps its slot."""


class TwinEnvironment:
    """One execution environment: jobs, a clock, and the moving average of its CPU use."""

    def __init__(self, function_index, function, speed, now_us, plane):
        self.function_index = function_index
        self.function = function
        self.speed = speed
        self.clock_us = now_us
        self.plane = plane
        self.row = -1
        self.limit = function.concurrency_limit
        self.has_crashed = False
        self.jobs = []
        self.load = 0.0
        self.busy_vcpu_us = 0.0
        self.concurrency_us = 0.0

    @property
    def running(self):
        """The jobs on the CPU."""
        return [job for job in self.jobs if job.is_running]

    def rate(self):
        """CPU time that each running job gets per unit of time."""
        return min(1.0, self.function.vcpu / len(self.running)) * self.speed

    def deadline_us(self, job):
        """When a job times out."""
        return job.started_us + self.function.timeout_us

    def next_event(self):
        """Time and job of the next I/O end or departure; an I/O end comes first at equal times."""
        running = self.running
        candidates = [(job.io_end_us, 0, job) for job in self.jobs if not job.is_running]
        candidates += [(self.clock_us + job.cpu_left_us / self.rate(), 1, job) for job in running]
        return min(candidates, key=lambda one: one[:2], default=(math.inf, 0, None))

    def advance(self, until_us):
        """Execute every event up to and including `until_us`."""
        while True:
            at_us, _, job = self.next_event()
            if at_us > until_us:
                break
            self.move(at_us)
            if job.is_running:
                self.jobs.remove(job)
                self.plane.account(self, job, at_us)
            else:
                job.is_running = True
        self.move(until_us)

    def move(self, to_us):
        """Let time pass without an event."""
        running = self.running
        busy = min(len(running), self.function.vcpu)
        span_us = to_us - self.clock_us
        used = busy / self.function.vcpu
        decay = math.exp(-span_us / self.plane.parameters.cpu_time_constant_us)
        self.load = used + (self.load - used) * decay
        self.busy_vcpu_us += busy * span_us
        self.concurrency_us += len(self.jobs) * span_us
        self.plane.integrate(self, to_us, busy)
        done_us = span_us * self.rate() if running else 0.0
        for job in running:
            job.cpu_left_us = max(0.0, job.cpu_left_us - done_us)
        self.clock_us = to_us

    def refusal(self):
        """Why one more invocation is refused now, or None."""
        function, parameters = self.function, self.plane.parameters
        held = len(self.jobs) + 1
        memory_mib = function.memory_base_mib + held * function.memory_per_invocation_mib
        disk_mib = held * function.disk_per_invocation_mib
        if len(self.jobs) >= self.limit:
            return ThrottleReason.CONCURRENCY
        if _refuses(parameters.cpu_refuse_fraction, self.load, 1.0):
            return ThrottleReason.CPU
        if _refuses(parameters.memory_refuse_fraction, memory_mib, function.memory_mib):
            return ThrottleReason.MEMORY
        if _refuses(parameters.disk_refuse_fraction, disk_mib, function.disk_mib):
            return ThrottleReason.DISK
        return None

    def last_departure_us(self):
        """When it becomes idle if nothing more comes, found on a copy that reports to nobody."""
        deaf = _Deaf(self.plane.parameters)
        copy = TwinEnvironment(self.function_index, self.function, self.speed, self.clock_us, deaf)
        copy.jobs = [
            Job([], job.io_end_us, job.cpu_left_us, job.started_us, 0.0, is_running=job.is_running)
            for job in self.jobs
        ]
        last_us = copy.clock_us
        while copy.jobs:
            last_us = copy.next_event()[0]
            copy.advance(last_us)
        return last_us


class _Deaf:
    """A plane that keeps no record."""

    def __init__(self, parameters):
        self.parameters = parameters

    def account(self, environment, job, now_us):
        """Keep nothing."""

    def integrate(self, environment, to_us, busy):
        """Keep nothing."""


def _refuses(fraction, used, size):
    return fraction <= 1.0 and used > fraction * size
