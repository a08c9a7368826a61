"""The data plane written to be read: same calls and same rules as `DataPlane`, none of its tricks.

Environments keep the work that each invocation has left and move from event to event; there is no
virtual time, no cached next event and no array of structures. Times are float microseconds.
"""

import math
from dataclasses import dataclass

import numpy as np
from data_plane_twin_clients import Stream, TwinCaller, Waits, nth, splitmix64

from sim.dataplane.plane import (
    LATENCY_SCALE,
    ArrivalSource,
    DataPlaneParameters,
    FunctionSettings,
    Routing,
    ThrottleReason,
    ThrottleSignal,
)
from sim.model.invocation_record import InvocationRecord, Outcome
from sim.units import MINUTE_US

_REASONS = list(ThrottleReason)


@dataclass(slots=True)
class Job:
    """One invocation in flight: first it waits until `io_end_us`, then it has CPU work left."""

    io_end_us: float
    cpu_left_us: float
    started_us: float
    before_us: float
    caller: TwinCaller | None = None
    is_running: bool = False


class TwinEnvironment:
    """One execution environment: jobs, a clock, and the moving average of its CPU use."""

    def __init__(self, function_index, function, speed, now_us, plane):
        self.function_index = function_index
        self.function = function
        self.speed = speed
        self.clock_us = now_us
        self.plane = plane
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
        if len(self.jobs) >= function.concurrency_limit:
            return ThrottleReason.CONCURRENCY
        if _refuses(parameters.cpu_refuse_fraction, self.load, 1.0):
            return ThrottleReason.CPU
        if _refuses(parameters.memory_refuse_fraction, memory_mib, function.memory_mib):
            return ThrottleReason.MEMORY
        if _refuses(parameters.disk_refuse_fraction, disk_mib, function.disk_mib):
            return ThrottleReason.DISK
        return None


class TwinPlane:
    """Same calls as `DataPlane`; an environment object stands where that has a row id."""

    def __init__(
        self,
        *,
        functions: list[FunctionSettings],
        arrivals: ArrivalSource,
        parameters: DataPlaneParameters,
        routing: Routing,
        horizon_us: int,
        callers=(),
    ):
        self.functions = functions
        self.parameters = parameters
        self.routing = routing
        self.arrivals = Stream(arrivals)
        self.record = _empty_record(functions, minute_count=math.ceil(horizon_us / MINUTE_US))
        self.environments = []
        self.routable = [[] for _ in functions]
        self.cursors = [0 for _ in functions]
        self.armed = [False for _ in functions]
        self.throttles = np.zeros((len(functions), len(_REASONS)), dtype=np.int64)
        self.clock_us = 0.0
        self.retries = []
        self.waits = Waits()
        self.callers = [
            TwinCaller(source, number, first_us)
            for source in callers
            for number, first_us in enumerate(source.first_calls_us().tolist())
        ]
        self.called = {source.function_index for source in callers}

    def add_environment(self, *, function_index, speed, now_us):
        """An idle environment, routable at once."""
        environment = TwinEnvironment(
            function_index, self.functions[function_index], speed, self.clock_us, self
        )
        self.environments.append(environment)
        self.routable[function_index].append(environment)
        return environment

    def begin_drain(self, environment, *, now_us):
        """No more arrivals; the last departure, rounded up."""
        environment.advance(self.clock_us)
        self.stop_routing(environment)
        return max(now_us, math.ceil(_last_departure_us(environment)))

    def remove_environment(self, environment, *, now_us):
        """Take it away; the number lost."""
        environment.advance(self.clock_us)
        self.stop_routing(environment)
        self.environments.remove(environment)
        lost = self.end(environment)
        index = environment.function_index
        self.record.outcomes[
            index, self.minute_of(self.clock_us), Outcome.INFRASTRUCTURE_FAILED
        ] += lost
        return lost

    def arm(self, function_index):
        """Signal the function's next throttle."""
        self.armed[function_index] = True

    def advance(self, until_us):
        """Let everything happen that comes before `until_us`, or up to a signal."""
        while True:
            now_us, _, _, event = min(self.next_events(until_us), key=lambda one: one[:3])
            if now_us >= until_us:
                break
            self.clock_us = max(self.clock_us, now_us)
            signal = event()
            if signal is not None:
                return signal
        self.clock_us = max(self.clock_us, float(until_us))
        return None

    def next_events(self, until_us):
        """The next event of every sort: time, rank among simultaneous ones, number, action."""
        yield math.inf, 0, 0, None
        for environment in self.environments:
            if environment.function_index in self.called:
                at_us = environment.next_event()[0]
                yield at_us, 0, 0, lambda e=environment, t=at_us: e.advance(t)
        for number, caller in enumerate(self.callers):
            yield caller.next_us, 1, number, lambda c=caller: self.call(c)
        for number, (at_us, arrival, attempt) in enumerate(self.retries):
            yield at_us, 2, number, lambda n=number, a=arrival, k=attempt: self.retry(n, a, k)
        arrival = self.arrivals.next_before(until_us)
        if arrival is not None:
            yield arrival.time_us, 3, 0, self.arrive

    def arrive(self):
        """The next arrival of the stream makes its first attempt."""
        return self.attempt(self.arrivals.take(), attempt=1)

    def retry(self, number, arrival, attempt):
        """One that waited makes another attempt, or has become too old for that."""
        del self.retries[number]
        self.waits.end(arrival, self.clock_us)
        if self.clock_us >= arrival.time_us + self.age_max_us(arrival.function_index):
            minute = self.minute_of(self.clock_us)
            self.record.outcomes[arrival.function_index, minute, Outcome.DEAD_LETTERED] += 1
            return None
        return self.attempt(arrival, attempt=attempt)

    def age_max_us(self, function_index):
        """The age at which a waiting invocation is given up."""
        policy = self.functions[function_index].retries
        return math.inf if policy is None or policy.age_max_us is None else policy.age_max_us

    def call(self, caller):
        """A caller calls, tries again, or has waited for its answer up to the timeout."""
        if caller.job is not None:
            caller.answer(caller.next_us)
            return None
        if caller.call is None:
            caller.call = (caller.next_call(), 1)
        arrival, attempt = caller.call
        if attempt > 1:
            self.waits.end(arrival, self.clock_us)
        return self.attempt(arrival, attempt=attempt, caller=caller)

    def attempt(self, arrival, *, attempt, caller=None):
        """Try to be admitted; after a throttle wait for another attempt, or give up."""
        index, minute = arrival.function_index, self.minute_of(self.clock_us)
        (self.record.arrived if attempt == 1 else self.record.retried)[index, minute] += 1
        word = arrival.word if attempt == 1 else nth(arrival.word, 2 * attempt)
        reason = self.route(arrival, word, caller)
        if reason is None:
            return None
        self.record.throttled_attempts[index, minute, _REASONS.index(reason)] += 1
        self.throttles[index, _REASONS.index(reason)] += 1
        policy = self.functions[index].retries
        if policy is not None and attempt < (policy.attempts_max or math.inf):
            bound_us = min(policy.cap_us, policy.base_us * 2.0 ** (attempt - 1))
            drawn = (nth(arrival.word, 2 * attempt + 1) >> 11) / 2.0**53
            again_us = self.clock_us + bound_us * (1.0 - policy.jitter_fraction * (1.0 - drawn))
            self.waits.begin(arrival, self.clock_us)
            if caller is None:
                again_us = min(again_us, arrival.time_us + self.age_max_us(index))
                self.retries.append((again_us, arrival, attempt + 1))
            else:
                caller.call = (arrival, attempt + 1)
                caller.next_us = again_us
        else:
            outcome = Outcome.THROTTLED_CONCURRENCY + _REASONS.index(reason)
            self.record.outcomes[index, minute, outcome] += 1
            if caller is not None:
                caller.answer(self.clock_us)
        if self.armed[index]:
            self.armed[index] = False
            return ThrottleSignal(math.floor(self.clock_us), index, reason)
        return None

    def report(self, *, now_us):
        """Integrals since the last report and jobs in flight, by environment; throttles."""
        rows = {}
        for environment in self.environments:
            environment.advance(self.clock_us)
            rows[environment] = (
                environment.busy_vcpu_us,
                environment.concurrency_us,
                len(environment.jobs),
                environment in self.routable[environment.function_index],
            )
            environment.busy_vcpu_us = environment.concurrency_us = 0.0
        throttles = self.throttles.copy()
        self.throttles[:] = 0
        return rows, throttles

    def finish(self, *, now_us):
        """Close the record."""
        for environment in self.environments:
            environment.advance(self.clock_us)
            self.record.in_flight[environment.function_index] += self.end(environment)
        for _, arrival, _ in self.retries:
            self.record.waiting[arrival.function_index] += 1
        for caller in self.callers:
            self.record.waiting[caller.source.function_index] += (
                caller.call is not None and caller.job is None
            )
        self.waits.write(self.record, self.clock_us)
        return self.record

    def route(self, arrival, word, caller):
        """Try environments in the router's order; the reason of the first refusal, or None."""
        first_reason = None
        now_us = self.clock_us
        order = self.order(arrival.function_index, word)[: self.parameters.attempts_max]
        for refusals, environment in enumerate(order):
            environment.advance(now_us)
            self.record.routed_attempts[arrival.function_index, self.minute_of(now_us)] += 1
            reason = environment.refusal()
            if reason is None:
                job = Job(
                    io_end_us=now_us + arrival.io_us,
                    cpu_left_us=arrival.cpu_us,
                    started_us=now_us,
                    before_us=refusals * self.parameters.attempt_latency_us
                    + (now_us - arrival.time_us),
                    caller=caller,
                )
                environment.jobs.append(job)
                if caller is not None:
                    caller.job = job
                    caller.next_us = now_us + environment.function.timeout_us
                return None
            first_reason = first_reason or reason
        return first_reason or ThrottleReason.CONCURRENCY

    def order(self, function_index, word):
        """The environments of the function in the order in which the router would try them."""
        pool = self.routable[function_index]
        if not pool:
            return []
        first = self.first_choice(function_index, word)
        others = pool[first + 1 :] + pool[:first]
        start = 0
        if self.routing is not Routing.ROUND_ROBIN and others:
            start = _scaled(splitmix64(word) >> 32, len(others))
        return [pool[first], *others[start:], *others[:start]]

    def first_choice(self, function_index, word):
        """Index in the pool of the environment that is tried first."""
        pool = self.routable[function_index]
        if self.routing is Routing.ROUND_ROBIN:
            self.cursors[function_index] += 1
            return (self.cursors[function_index] - 1) % len(pool)
        one = _scaled(word >> 32, len(pool))
        if self.routing is Routing.RANDOM or len(pool) == 1:
            return one
        if self.routing is Routing.LEAST_OUTSTANDING:
            for environment in pool:
                environment.advance(self.clock_us)
            cyclic = [(one + step) % len(pool) for step in range(len(pool))]
            return min(cyclic, key=lambda index: len(pool[index].jobs))
        other = _scaled(word & 0xFFFFFFFF, len(pool) - 1)
        other += other >= one
        for index in (one, other):
            pool[index].advance(self.clock_us)
        return one if len(pool[one].jobs) <= len(pool[other].jobs) else other

    def stop_routing(self, environment):
        """The last one takes the place of the one that leaves."""
        pool = self.routable[environment.function_index]
        if environment in pool:
            pool[pool.index(environment)] = pool[-1]
            pool.pop()

    def account(self, environment, job, now_us):
        """Count a departure."""
        index = environment.function_index
        deadline_us = job.started_us + environment.function.timeout_us
        if now_us > deadline_us:
            self.count_failure(index, deadline_us, Outcome.TIMED_OUT)
            return
        minute = self.minute_of(now_us)
        latency_us = now_us - job.started_us + job.before_us
        if job.caller is not None:
            job.caller.answer(job.caller.call[0].time_us + latency_us)
        self.record.outcomes[index, minute, Outcome.COMPLETED] += 1
        self.record.latency_sum_us[index, minute] += latency_us
        self.record.latency_histogram[index, minute, _bin(latency_us)] += 1

    def count_failure(self, index, ended_us, outcome):
        """Count an invocation that ended with its only attempt."""
        self.record.outcomes[index, self.minute_of(ended_us), outcome] += 1
        self.record.failed_attempts[index, self.minute_of(ended_us)] += 1

    def end(self, environment):
        """Count the jobs in flight whose timeout has passed as timed out; the number of others."""
        others = 0
        for job in environment.jobs:
            deadline_us = job.started_us + environment.function.timeout_us
            if deadline_us <= self.clock_us:
                self.count_failure(environment.function_index, deadline_us, Outcome.TIMED_OUT)
            else:
                others += 1
                if job.caller is not None:
                    job.caller.answer(self.clock_us)
        return others

    def integrate(self, environment, to_us, busy):
        """Add the integrals from the environment's clock to `to_us`, minute by minute."""
        index, from_us = environment.function_index, environment.clock_us
        while from_us < to_us:
            minute = self.minute_of(from_us)
            end_us = min(to_us, (int(from_us // MINUTE_US) + 1) * MINUTE_US)
            self.record.busy_vcpu_us[index, minute] += busy * (end_us - from_us)
            self.record.concurrency_us[index, minute] += len(environment.jobs) * (end_us - from_us)
            self.record.environment_us[index, minute] += end_us - from_us
            from_us = end_us

    def minute_of(self, time_us):
        """The minute of a time; the horizon belongs to the last one."""
        return min(int(time_us // MINUTE_US), self.record.minute_count - 1)


def _scaled(half, count):
    """Half a word (32 bits) as an index below `count`."""
    return (half * count) >> 32


def _refuses(fraction, used, size):
    return fraction <= 1.0 and used > fraction * size


def _bin(latency_us):
    if latency_us <= LATENCY_SCALE.lowest_us:
        return 0
    position = math.log(latency_us / LATENCY_SCALE.lowest_us) / math.log(LATENCY_SCALE.growth)
    return min(int(position), LATENCY_SCALE.bin_count - 1)


def _last_departure_us(environment):
    """When the environment becomes idle, on a copy that reports to nobody."""
    copy = TwinEnvironment(
        environment.function_index,
        environment.function,
        environment.speed,
        environment.clock_us,
        _Deaf(environment.plane.parameters),
    )
    copy.jobs = [
        Job(job.io_end_us, job.cpu_left_us, job.started_us, 0.0, is_running=job.is_running)
        for job in environment.jobs
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


def _empty_record(functions, *, minute_count):
    shape = (len(functions), minute_count)
    return InvocationRecord(
        function_names=tuple(function.name for function in functions),
        minute_count=minute_count,
        arrived=np.zeros(shape, dtype=np.int64),
        retried=np.zeros(shape, dtype=np.int64),
        throttled_attempts=np.zeros((*shape, len(_REASONS)), dtype=np.int64),
        outcomes=np.zeros((*shape, len(Outcome)), dtype=np.int64),
        latency_sum_us=np.zeros(shape),
        latency_histogram=np.zeros((*shape, LATENCY_SCALE.bin_count), dtype=np.int64),
        scale=LATENCY_SCALE,
        busy_vcpu_us=np.zeros(shape),
        concurrency_us=np.zeros(shape),
        environment_us=np.zeros(shape),
        routed_attempts=np.zeros(shape, dtype=np.int64),
        failed_attempts=np.zeros(shape, dtype=np.int64),
        batches=np.zeros(shape, dtype=np.int64),
        waiting_us=np.zeros(shape),
        waiting_peak=np.zeros(shape, dtype=np.int64),
        in_flight=np.zeros(len(functions), dtype=np.int64),
        waiting=np.zeros(len(functions), dtype=np.int64),
    )
