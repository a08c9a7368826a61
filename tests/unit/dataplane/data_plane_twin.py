"""The data plane written to be read: same calls and same rules as `DataPlane`, none of its tricks.

Whatever may happen next is looked for anew at every step, among plain objects. Times are float
microseconds. At equal times departures come first, then callers, then what waits, then arrivals.
"""

import math
from dataclasses import asdict, replace
from fractions import Fraction

import numpy as np
from data_plane_twin_clients import Fate, Stream, TwinCaller, splitmix64
from data_plane_twin_environment import Job, TwinEnvironment
from data_plane_twin_queues import TwinQueue
from data_plane_twin_record import Waits, empty_record, latency_bin, sampled

from sim.dataplane.plane import (
    ArrivalSource,
    CrashSignal,
    DataPlaneParameters,
    FunctionSettings,
    Routing,
    ThrottleReason,
    ThrottleSignal,
)
from sim.model.invocation_record import Outcome
from sim.units import MINUTE_US

_REASONS = list(ThrottleReason)


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
        self.try_us = parameters.attempt_latency_us
        self.routing = routing
        self.arrivals = Stream(arrivals)
        self.record = empty_record(functions, minute_count=math.ceil(horizon_us / MINUTE_US))
        self.environments = []
        self.routable = [[] for _ in functions]
        self.cursors = [0 for _ in functions]
        self.armed = [False for _ in functions]
        self.throttles = np.zeros((len(functions), len(_REASONS)), dtype=np.int64)
        self.clock_us = 0.0
        self.invocations = []
        self.waiting = []
        self.waits = Waits()
        self.crashed = []
        self.queues = [f.queue and TwinQueue(self, index) for index, f in enumerate(functions)]
        self.callers = [
            TwinCaller(source, number, first_us)
            for source in callers
            for number, first_us in enumerate(source.first_calls_us().tolist())
        ]
        self.called = {source.function_index for source in callers}

    # What the control plane does.

    def add_environment(self, *, function_index, speed, now_us, size=None):
        """An idle environment, routable at once."""
        function = self.functions[function_index]
        if size is not None:
            function = replace(function, **asdict(size))
        environment = TwinEnvironment(function_index, function, speed, self.clock_us, self)
        self.environments.append(environment)
        self.routable[function_index].append(environment)
        return environment

    def begin_drain(self, environment, *, now_us):
        """No more arrivals; the last departure, rounded up."""
        environment.advance(self.clock_us)
        self.stop_routing(environment)
        return max(now_us, math.ceil(environment.last_departure_us()))

    def remove_environment(self, environment, *, now_us):
        """Take it away; the number lost."""
        environment.advance(self.clock_us)
        self.stop_routing(environment)
        self.environments.remove(environment)
        jobs = [job for job in environment.jobs if not self.has_timed_out(environment, job)]
        return sum(self.lose(environment.function_index, job) for job in jobs)

    def arm(self, function_index):
        """Signal the function's next throttle."""
        self.armed[function_index] = True

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
            for job in environment.jobs:
                if not self.has_timed_out(environment, job):
                    self.record.in_flight[environment.function_index] += len(job.invocations)
        self.waits.write(self.record, self.clock_us)
        return self.record

    def samples(self):
        """The invocations that are recorded on their own."""
        return sampled(
            self.invocations,
            every=self.parameters.record_every,
            function_count=len(self.functions),
        )

    # What happens next.

    def advance(self, until_us):
        """Let everything happen that comes before `until_us`, or up to a signal."""
        while True:
            now_us, _, _, event = min(self.next_events(until_us), key=lambda one: one[:3])
            if now_us >= until_us:
                break
            self.clock_us = max(self.clock_us, now_us)
            signal = event()
            if self.crashed:
                environment = self.crashed.pop()
                index = environment.function_index
                signal = CrashSignal(math.floor(self.clock_us), index, environment.row)
            if signal is not None:
                return signal
        self.clock_us = max(self.clock_us, float(until_us))
        return None

    def next_events(self, until_us):
        """The next event of every sort: time, rank among simultaneous ones, number, action."""
        yield math.inf, 0, 0, None
        for environment in self.environments:
            if environment.function.is_in_order or environment.function_index in self.called:
                at_us = environment.next_event()[0]
                yield at_us, 0, 0, lambda e=environment, t=at_us: e.advance(t)
        for number, caller in enumerate(self.callers):
            yield caller.next_us, 1, number, lambda c=caller: self.call(c)
        for number, (at_us, action) in enumerate(self.what_is_due()):
            yield at_us, 2, number, action
        arrival = self.arrivals.next_before(until_us)
        if arrival is not None:
            yield arrival.time_us, 3, 0, self.arrive

    def what_is_due(self):
        """Messages come back, invocations are tried again, attempts time out; then pollers look."""
        queues = [queue for queue in self.queues if queue is not None]
        for queue in queues:
            yield from queue.next_events()
        for one in self.waiting:
            yield one[0], lambda w=one: self.retry(w)
        for environment in self.environments:
            if self.has_events(environment.function_index):
                for job in environment.jobs:
                    if not job.is_answered:
                        yield environment.deadline_us(job), lambda j=job: self.time_out(j)
        for queue in queues:
            yield queue.look_us, queue.look

    def has_events(self, index):
        """Whether Lambda itself waits for the answers, and tries again."""
        policy = self.functions[index].retries
        return self.queues[index] is not None or (policy is not None and policy.errors is not None)

    def arrive(self):
        """The next arrival of the stream makes its first attempt, or goes into its queue."""
        invocation = self.arrivals.take()
        queue = self.queues[invocation.function_index]
        if queue is None:
            return self.attempt(invocation)
        self.count_arrival(invocation)
        queue.arrive(invocation)
        return None

    def retry(self, waiting):
        """One that waited makes another attempt, or has become too old for that."""
        self.waiting.remove(waiting)
        _, invocation = waiting
        self.waits.end(invocation, self.clock_us)
        if self.clock_us >= invocation.time_us + self.age_max_us(invocation.function_index):
            self.end_invocation(invocation, self.clock_us, Outcome.DEAD_LETTERED)
            return None
        return self.attempt(invocation)

    def call(self, caller):
        """A caller calls, tries again, or has waited for its answer up to the timeout."""
        if caller.job is not None:
            caller.answer(caller.next_us)
            return None
        if caller.call is None:
            caller.call = caller.next_call()
        else:
            self.waits.end(caller.call, self.clock_us)
        return self.attempt(caller.call, caller=caller)

    def time_out(self, job):
        """An event, or a batch, has reached its timeout; its work goes on."""
        job.is_answered = True
        index = job.invocations[0].function_index
        if self.queues[index] is not None:
            self.queues[index].batch_times_out(job)
        else:
            self.fail(job.invocations[0], self.clock_us, Outcome.TIMED_OUT)

    # Attempts.

    def attempt(self, invocation, *, caller=None):
        """Try to be admitted; after a throttle wait for another attempt, or give up."""
        index = invocation.function_index
        if invocation.attempts == 0:
            self.count_arrival(invocation)
        self.count_attempt(invocation)
        environment, refusals, reason = self.route(index, invocation.attempt_word())
        if reason is None:
            before_us = refusals * self.try_us + (self.clock_us - invocation.time_us)
            job = self.start(environment, [invocation], before_us)
            job.fate = invocation.fate(self.functions[index])
            if caller is not None:
                job.caller = caller
                caller.job = job
                caller.next_us = self.clock_us + environment.function.timeout_us
            return None
        policy = self.functions[index].retries
        if policy is None or invocation.attempts >= (policy.attempts_max or math.inf):
            outcome = Outcome.THROTTLED_CONCURRENCY + _REASONS.index(reason)
            self.end_invocation(invocation, self.clock_us, outcome)
            if caller is not None:
                caller.answer(self.clock_us)
        elif caller is None:
            self.wait(invocation, self.clock_us + invocation.back_off_us(policy))
        else:
            self.waits.begin(invocation, self.clock_us)
            caller.next_us = self.clock_us + invocation.back_off_us(policy)
        return self.throttle(index, reason)

    def start(self, environment, invocations, before_us):
        """Put an invocation, or a batch that needs what its messages need, into an environment."""
        job = Job(
            invocations=invocations,
            io_end_us=self.clock_us + sum(one.io_us for one in invocations),
            cpu_left_us=sum(one.cpu_us for one in invocations),
            started_us=self.clock_us,
            before_us=before_us,
        )
        environment.jobs.append(job)
        for one in invocations:
            one.row, one.started_us = environment.row, self.clock_us
        return job

    def wait(self, invocation, again_us):
        """Wait for the next attempt, or until the highest age is reached."""
        expiry_us = invocation.time_us + self.age_max_us(invocation.function_index)
        self.waits.begin(invocation, self.clock_us)
        self.waiting.append((max(self.clock_us, min(again_us, expiry_us)), invocation))

    def age_max_us(self, index):
        """The age at which a waiting invocation is given up."""
        policy = self.functions[index].retries
        return math.inf if policy is None or policy.age_max_us is None else policy.age_max_us

    def route(self, index, word):
        """Try environments in the router's order: who admits after how many refusals, or why not.

        The reason is that of the first refusal.
        """
        first_reason = None
        minute = self.minute_of(self.clock_us)
        order = self.order(index, word)[: self.parameters.attempts_max]
        for refusals, environment in enumerate(order):
            environment.advance(self.clock_us)
            self.record.routed_attempts[index, minute] += 1
            reason = environment.refusal()
            if reason is None:
                return environment, refusals, None
            first_reason = first_reason or reason
        return None, len(order), first_reason or ThrottleReason.CONCURRENCY

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
            candidates = [(one + step) % len(pool) for step in range(len(pool))]
        else:
            other = _scaled(word & 0xFFFFFFFF, len(pool) - 1)
            candidates = [one, other + (other >= one)]
        for index in candidates:
            pool[index].advance(self.clock_us)
        return min(candidates, key=lambda index: Fraction(len(pool[index].jobs), pool[index].limit))

    def stop_routing(self, environment):
        """The last one takes the place of the one that leaves."""
        pool = self.routable[environment.function_index]
        if environment in pool:
            pool[pool.index(environment)] = pool[-1]
            pool.pop()

    # Ends.

    def account(self, environment, job, now_us):
        """What becomes of a job whose work is done."""
        if job.fate is Fate.CRASHES and not environment.has_crashed:
            environment.has_crashed = True
            self.crashed.append(environment)
        if job.is_answered or self.has_timed_out(environment, job, now_us=now_us):
            return
        queue = self.queues[environment.function_index]
        if queue is not None:
            queue.batch_ends(job, now_us)
            return
        invocation = job.invocations[0]
        latency_us = now_us - job.started_us + job.before_us
        if job.caller is not None:
            job.caller.answer(invocation.time_us + latency_us)
        if job.fate is Fate.SUCCEEDS:
            self.complete(invocation, now_us, latency_us)
        else:
            self.fail(invocation, now_us, Outcome.ERROR)

    def has_timed_out(self, environment, job, *, now_us=None):
        """Whether nobody waits for a job of the past; a client's timeout is counted now.

        With `now_us` the job's work ends then: in time if it is not later than the deadline.
        """
        index, deadline_us = environment.function_index, environment.deadline_us(job)
        is_late = deadline_us <= self.clock_us if now_us is None else deadline_us < now_us
        if not job.is_answered and is_late and not self.has_events(index):
            self.fail(job.invocations[0], deadline_us, Outcome.TIMED_OUT)
            job.is_answered = True
        return job.is_answered

    def lose(self, index, job):
        """The environment of a job is gone; how many invocations are lost for good."""
        if self.queues[index] is not None:
            self.queues[index].batch_is_lost(job)
            return 0
        invocation = job.invocations[0]
        if self.has_events(index):
            policy = self.functions[index].retries
            self.wait(invocation, self.clock_us + invocation.back_off_us(policy))
            return 0
        self.end_invocation(invocation, self.clock_us, Outcome.INFRASTRUCTURE_FAILED)
        if job.caller is not None:
            job.caller.answer(self.clock_us)
        return 1

    def fail(self, invocation, now_us, outcome):
        """An attempt ended with an error or a timeout: an event is tried again."""
        self.count_failed_attempt(invocation.function_index, now_us)
        policy = self.functions[invocation.function_index].retries
        if policy is None or policy.errors is None:
            self.end_invocation(invocation, now_us, outcome)
            return
        invocation.errors += 1
        if invocation.errors >= policy.errors.errors_max:
            self.end_invocation(invocation, now_us, Outcome.DEAD_LETTERED)
        else:
            self.wait(invocation, now_us + invocation.errors * policy.errors.back_off_us)

    # The record.

    def count_arrival(self, invocation):
        """An invocation, or a message, came."""
        self.invocations.append(invocation)
        minute = self.minute_of(self.clock_us)
        self.record.arrived[invocation.function_index, minute] += 1

    def count_attempt(self, invocation):
        """It is attempted, or received."""
        invocation.attempts += 1
        if invocation.attempts > 1:
            self.count_retry(invocation)

    def count_retry(self, invocation):
        """An attempt is not the first one."""
        minute = self.minute_of(self.clock_us)
        self.record.retried[invocation.function_index, minute] += 1

    def count_failed_attempt(self, index, now_us):
        """An attempt ended with an error or a timeout."""
        self.record.failed_attempts[index, self.minute_of(now_us)] += 1

    def throttle(self, index, reason):
        """An attempt was throttled; the signal if one is wanted."""
        minute = self.minute_of(self.clock_us)
        self.record.throttled_attempts[index, minute, _REASONS.index(reason)] += 1
        self.throttles[index, _REASONS.index(reason)] += 1
        if not self.armed[index]:
            return None
        self.armed[index] = False
        return ThrottleSignal(math.floor(self.clock_us), index, reason)

    def end_invocation(self, invocation, ended_us, outcome):
        """It is over."""
        self.record.outcomes[invocation.function_index, self.minute_of(ended_us), outcome] += 1
        invocation.ended_us, invocation.outcome = ended_us, int(outcome)

    def complete(self, invocation, now_us, latency_us):
        """It is over, and well."""
        index, minute = invocation.function_index, self.minute_of(now_us)
        self.end_invocation(invocation, now_us, Outcome.COMPLETED)
        invocation.latency_us = latency_us
        self.record.latency_sum_us[index, minute] += latency_us
        self.record.latency_histogram[index, minute, latency_bin(latency_us)] += 1

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
