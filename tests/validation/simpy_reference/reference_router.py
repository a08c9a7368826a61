"""The router of the reference: the published rules of the data plane, in plain Python."""

from collections import Counter
from collections.abc import Iterable

from sim.dataplane.plane import DataPlaneParameters, FunctionSettings, Routing, ThrottleReason
from sim.model.invocation_record import Outcome
from sim.units import MINUTE_US
from tests.validation.simpy_reference.reference_clock import ReferenceClock
from tests.validation.simpy_reference.reference_environment import (
    Invocation,
    ReferenceEnvironment,
)

_MASK = 2**64 - 1
_HALF_MASK = 2**32 - 1
_REASONS = list(ThrottleReason)


class ReferenceRouter:
    """Sends the arrivals of one function to its environments and counts what becomes of them."""

    def __init__(
        self,
        clock: ReferenceClock,
        function: FunctionSettings,
        parameters: DataPlaneParameters,
        routing: Routing,
    ) -> None:
        self._clock = clock
        self._function = function
        self.timeout_us = round(function.timeout_us)
        self._parameters = parameters
        self._routing = routing
        self._cursor = 0
        self.pool: list[ReferenceEnvironment] = []
        self.arrived = Counter[int]()
        """Arrivals by world minute."""
        self.outcomes = Counter[tuple[int, Outcome]]()
        """Ended invocations by world minute and outcome."""
        self.latency_us = 0.0
        self.throttled_since_report = 0
        self.on_throttle = None
        """Called once with the reason at the next throttle, then forgotten."""

    def add(self) -> ReferenceEnvironment:
        """An idle environment joins the router."""
        environment = ReferenceEnvironment(
            self._clock, self._function, self._parameters, departed=self._account
        )
        self.pool.append(environment)
        return environment

    def leave(self, environment: ReferenceEnvironment) -> None:
        """No more arrivals; the last one of the pool takes its place."""
        if environment in self.pool:
            self.pool[self.pool.index(environment)] = self.pool[-1]
            self.pool.pop()

    def remove(self, environment: ReferenceEnvironment) -> int:
        """Take an environment away; returns how many invocations were lost with it."""
        self.leave(environment)
        lost = self._without_late_ones(environment.remove())
        if lost:
            self.outcomes[self._minute(), Outcome.INFRASTRUCTURE_FAILED] += lost
        return lost

    def close(self, environments: Iterable[ReferenceEnvironment]) -> int:
        """End the run; returns how many invocations are still in flight."""
        return sum(self._without_late_ones(e.held) for e in environments)

    def _without_late_ones(self, invocations: Iterable[Invocation]) -> int:
        """Count those as timed out whose callers have had that answer; the number of the others."""
        others = 0
        for invocation in invocations:
            deadline_us = invocation.started_us + self._function.timeout_us
            if deadline_us <= self._clock.now:
                self.outcomes[int(deadline_us // MINUTE_US), Outcome.TIMED_OUT] += 1
            else:
                others += 1
        return others

    def run(self, source, first_minute: int, end_minute: int):
        """A SimPy process: every arrival of the source at its time."""
        clock = self._clock
        batches = (batch for m in range(first_minute, end_minute) for batch in source.batches(m))
        for batch in batches:
            columns = (batch.times_us, batch.io_us, batch.cpu_us, batch.routing)
            rows = zip(*(column.tolist() for column in columns), strict=True)
            for time_us, io_us, cpu_us, word in rows:
                yield clock.timeout(time_us - clock.now)
                self.arrived[int(time_us // MINUTE_US)] += 1
                self._route(time_us, io_us, cpu_us, word)

    def _route(self, time_us: float, io_us: float, cpu_us: float, word: int) -> None:
        """Try environments in the router's order until one admits."""
        first_reason = None
        for attempt, environment in enumerate(self._order(word)):
            reason = environment.refusal()
            if reason is None:
                routing_us = attempt * self._parameters.attempt_latency_us
                environment.admit(Invocation(time_us, cpu_us, routing_us), io_us)
                return
            first_reason = first_reason or reason
        self._throttle(first_reason or ThrottleReason.CONCURRENCY)

    def _order(self, word: int):
        """The environments in the order in which they are tried, as many as may be tried."""
        pool = self.pool
        if not pool:
            return
        first = self._first(word)
        yield pool[first]
        others = len(pool) - 1
        start = 0
        if self._routing is not Routing.ROUND_ROBIN and others:
            start = (_splitmix64(word) >> 32) * others >> 32
        for attempt in range(min(self._parameters.attempts_max - 1, others)):
            yield pool[(first + 1 + (start + attempt) % others) % len(pool)]

    def _first(self, word: int) -> int:
        pool = self.pool
        if self._routing is Routing.ROUND_ROBIN:
            self._cursor += 1
            return (self._cursor - 1) % len(pool)
        one = (word >> 32) * len(pool) >> 32
        if self._routing is Routing.RANDOM or len(pool) == 1:
            return one
        other = (word & _HALF_MASK) * (len(pool) - 1) >> 32
        other += other >= one
        return one if pool[one].in_flight <= pool[other].in_flight else other

    def _throttle(self, reason: ThrottleReason) -> None:
        outcome = Outcome(Outcome.THROTTLED_CONCURRENCY + _REASONS.index(reason))
        self.outcomes[self._minute(), outcome] += 1
        self.throttled_since_report += 1
        if self.on_throttle is not None:
            listener, self.on_throttle = self.on_throttle, None
            listener(reason)

    def _account(self, invocation: Invocation, now_us: float) -> None:
        deadline_us = invocation.started_us + self._function.timeout_us
        if now_us > deadline_us:
            self.outcomes[int(deadline_us // MINUTE_US), Outcome.TIMED_OUT] += 1
            return
        self.outcomes[self._minute(), Outcome.COMPLETED] += 1
        self.latency_us += now_us - invocation.started_us + invocation.routing_us

    def _minute(self) -> int:
        return int(self._clock.now // MINUTE_US)


def _splitmix64(word: int) -> int:
    """The next word of the splitmix64 generator."""
    word = (word + 0x9E3779B97F4A7C15) & _MASK
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
    return word ^ (word >> 31)
