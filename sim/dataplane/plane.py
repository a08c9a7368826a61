"""The data plane between two control events: no invocation is lost or seen before its time."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.dataplane import kernel
from sim.dataplane.boundary import (
    ArrivalBatch,
    ArrivalSource,
    CallerSource,
    CrashSignal,
    DataPlaneParameters,
    EnvironmentReport,
    EnvironmentSize,
    FunctionSettings,
    Integral,
    Invocation,
    RetryPolicy,
    RoundBlock,
    Routing,
    Signal,
    ThrottleReason,
    ThrottleSignal,
)
from sim.dataplane.caller_rows import CallerRows
from sim.dataplane.fleet_rows import FleetRows
from sim.dataplane.followed_rows import followed_rows
from sim.dataplane.order_rows import OrderRows
from sim.dataplane.queue_rows import queue_arrays, with_one_without
from sim.dataplane.sampled_rows import sampled_rows
from sim.dataplane.serving import Serving
from sim.dataplane.shared_arrivals import SharedArrivals
from sim.dataplane.tables import (
    LATENCY_SCALE,
    arrivals_of,
    assert_conserved,
    empty_ledger,
    no_arrivals,
    one_arrival,
    record_of,
    rule_table,
    settings_table,
    with_more_minutes,
    with_one_more,
    with_one_more_function,
)
from sim.model.invocation_record import THROTTLE_OUTCOMES, InvocationRecord, Outcome
from sim.units import MINUTE_US

__all__ = [
    "LATENCY_SCALE",
    "ArrivalBatch",
    "ArrivalSource",
    "CallerSource",
    "CrashSignal",
    "DataPlane",
    "DataPlaneParameters",
    "EnvironmentReport",
    "EnvironmentSize",
    "FunctionSettings",
    "Integral",
    "Invocation",
    "RetryPolicy",
    "RoundBlock",
    "Routing",
    "Signal",
    "ThrottleReason",
    "ThrottleSignal",
]

_ROUTING_CODES = {
    Routing.POWER_OF_TWO: kernel.POWER_OF_TWO,
    Routing.RANDOM: kernel.RANDOM,
    Routing.ROUND_ROBIN: kernel.ROUND_ROBIN,
    Routing.LEAST_OUTSTANDING: kernel.LEAST_OUTSTANDING,
}
_REASONS = tuple(ThrottleReason)


class DataPlane:
    """Requests, router and execution environments of all functions.

    Its user owns the clock: `advance` handles no arrival at or after `until_us`, so a control
    event precedes arrivals at its time. All other calls take the time reached by `advance`. A
    `ThrottleSignal` has its time rounded down: the data plane stands less than one microsecond
    later, and control events at the signal's time take effect there.

    A throttled attempt carries the reason of the first environment that refused it; without a
    routable environment the reason is concurrency. An invocation is throttled for the reason of its
    last attempt; one that waits when it reaches its function's highest age is dead-lettered.
    """

    def __init__(
        self,
        *,
        functions: Sequence[FunctionSettings],
        arrivals: ArrivalSource,
        parameters: DataPlaneParameters,
        routing: Routing,
        horizon_us: int,
        callers: Sequence[CallerSource] = (),
    ) -> None:
        """Start at world time 0 without environments; time never goes past `horizon_us`.

        A function is called either by the stream of `arrivals` or by `callers`; only what comes in
        a stream may have a highest age.
        """
        assert horizon_us > 0
        self._functions = tuple(functions)
        self._parameters = parameters
        self._source = arrivals
        self._routing = _ROUTING_CODES[routing]
        self._horizon_us = horizon_us
        minute_count = -(-horizon_us // MINUTE_US)
        self._rows = FleetRows(
            self._functions,
            minute_count=minute_count,
            memory_refuse_fraction=parameters.memory_refuse_fraction,
        )
        self._settings = settings_table(self._functions, parameters)
        self._samples = sampled_rows(parameters, function_count=len(functions))
        self._queues = queue_arrays(self._functions)
        self._followed = followed_rows(self._functions, parameters)
        self._callers = CallerRows(callers) if callers else None
        if self._callers is not None:
            self._admit_callers(self._callers.function_indexes)
        self._order = OrderRows() if self._settings[:, kernel.IS_IN_ORDER].any() else None
        self._tallies = np.zeros((len(functions), kernel.TALLIES_WIDTH), dtype=np.int64)
        self._rules = rule_table(parameters)
        self._ledger = empty_ledger(len(functions), minute_count=minute_count)
        self.record = self._record()
        self._serving: Serving | None = None
        self._clock_us = 0.0
        self._reported_us = 0
        self._minute = -1
        self._batches: Iterator[ArrivalBatch] = iter(())
        self._batch = no_arrivals()
        self._shared = SharedArrivals()
        self._loaded_until_us = 0.0
        """Up to here all arrivals are handled or in the present batch."""
        self._next = 0
        self._is_finished = False
        self._may_crash = any(function.crash_fraction > 0.0 for function in functions)

    def _admit_callers(self, called: Sequence[int]) -> None:
        self._settings[called, kernel.HAS_CALLERS] = 1
        self._settings[called, kernel.IS_IN_ORDER] = 1
        assert np.isinf(self._settings[called, kernel.AGE_MAX_US]).all(), "callers with an age"
        assert not any(self._functions[index].queue for index in called), "callers with a queue"

    @property
    def horizon_us(self) -> int:
        """How far time goes."""
        return self._horizon_us

    @property
    def functions(self) -> tuple[FunctionSettings, ...]:
        """What has environments of its own, by index."""
        return self._functions

    def add_function(self, function: FunctionSettings) -> int:
        """Take in one more function at the present instant; returns its index.

        It has neither callers nor a queue; arrivals may name its index from the next minute on.
        Its invocations may end only as others' do: what that takes of the kernel must be there.
        """
        assert not self._is_finished
        assert function.queue is None, "queues are there from the start"
        assert self._followed is not None or not function.is_followed, "nobody is followed"
        assert self._order is not None or not function.is_in_order, "departures are not in order"
        assert self._may_crash or function.crash_fraction == 0.0, "nobody looks for crashes"
        self._rows.add_function()
        self._functions = (*self._functions, function)
        self._serving = None
        settings = settings_table([function], self._parameters)
        self._settings = np.concatenate([self._settings, settings])
        self._tallies = with_one_more(self._tallies)
        begun = int(self._clock_us // MINUTE_US) + 1
        self._ledger = with_one_more_function(self._ledger, begun=begun)
        self.record = self._record()
        self._queues = with_one_without(self._queues)
        if self._samples is not None:
            self._samples.add_function()
        return len(self._functions) - 1

    def extend(self, horizon_us: int) -> None:
        """Let time go on to a later horizon; the last minute of the record has not begun."""
        assert not self._is_finished
        begun = int(self._clock_us // MINUTE_US) + 1
        minute_count = -(-horizon_us // MINUTE_US)
        assert begun < self.record.minute_count < minute_count, "a later horizon, in time"
        self._ledger = with_more_minutes(self._ledger, minute_count, begun=begun)
        self._rows.extend(minute_count=minute_count)
        self.record = self._record()
        self._horizon_us = horizon_us

    def _record(self) -> InvocationRecord:
        """The ledger as it is now, under the names of the functions."""
        return record_of(self._ledger, tuple(function.name for function in self._functions))

    def add_environment(
        self,
        *,
        function_index: int,
        speed: float,
        now_us: int,
        size: EnvironmentSize | None = None,
    ) -> int:
        """Put an idle environment into service and into routing; `speed` 1 does 1 s of CPU in 1 s.

        Without a size of its own it has that of its function; messages have to stay hidden as long
        as it may run. Returns the row id: it names the environment until that is removed, then may
        come again.
        """
        assert speed > 0.0
        self._serving = None
        function = self._functions[function_index]
        size = function.size if size is None else size
        assert function.queue is None or function.queue.visibility_us >= size.timeout_us
        return self._rows.open(
            function_index=function_index,
            size=size,
            speed=speed,
            since_us=now_us,
            now_us=self._effective_us(now_us),
        )

    def begin_drain(self, row: int, *, now_us: int) -> int:
        """Send no more arrivals to the environment; it stays in service until it is removed.

        Returns the exact time of its last departure, rounded up to a microsecond; `now_us` if idle.
        """
        effective_us = self._sync_row(row, now_us)
        self._rows.stop_routing(row)
        self._serving = None
        last_us = kernel.last_departure_us(self._copy_of(row), 0, effective_us)
        return now_us if last_us == effective_us else math.ceil(last_us)

    def remove_environment(self, row: int, *, now_us: int) -> int:
        """Take the environment away with all that runs in it.

        Returns the number of invocations lost (`INFRASTRUCTURE_FAILED`). Those whose timeout has
        passed are `TIMED_OUT` and not lost: their callers have had their answer. Nor are events and
        messages lost: they wait for another attempt.
        """
        effective_us = self._sync_row(row, now_us)
        function_index = int(self._rows.arrays.counts[row, kernel.FUNCTION_INDEX])
        lost = self._end_row(row, effective_us, is_lost=True)
        minute = min(int(effective_us // MINUTE_US), self.record.minute_count - 1)
        self.record.outcomes[function_index, minute, Outcome.INFRASTRUCTURE_FAILED] += lost
        if self._rows.arrays.counts[row, kernel.HAS_CRASHED]:
            self._tallies[function_index, kernel.CRASHES] -= 1
        self._rows.close(row)
        self._serving = None
        return lost

    def share_arrivals(self, index: int, shares: Sequence[tuple[int, float]]) -> None:
        """Let arrivals under an index go to others from now on, by their shares; none: stay there.

        The index has neither callers nor a queue, and its arrivals are tried once.
        """
        assert self.takes_invocations(index), "what waits or comes back stays where it was"
        self._batch = self._shared.share(index, shares, self._batch, self._next)

    def takes_invocations(self, index: int) -> bool:
        """Whether arrivals are tried once: then one can be told at once whether it is admitted."""
        function = self._functions[index]
        has_callers = bool(self._settings[index, kernel.HAS_CALLERS])
        return function.retries is None and function.queue is None and not has_callers

    def invoke(self, invocation: Invocation) -> tuple[ThrottleReason | None, list[Signal]]:
        """Let one more invocation arrive at this instant; why it was throttled, if it was.

        It is counted as all others are. The signals are those that would have stopped `advance`.
        """
        assert not self._is_finished
        assert self._clock_us < self._horizon_us, "the end of the world"
        assert self.takes_invocations(invocation.function_index)
        self._load_arrivals()
        loaded = self._batch, self._next
        self._batch, self._next = one_arrival(invocation, self._clock_us), 0
        before = self._throttled(invocation.function_index)
        signals = []
        while signal := self._run(math.nextafter(self._clock_us, math.inf)):
            signals.append(signal)
        assert self._next == 1, "it has arrived"
        self._batch, self._next = loaded
        refused = np.flatnonzero(self._throttled(invocation.function_index) - before)
        return (_REASONS[int(refused[0])] if len(refused) else None), signals

    def _throttled(self, index: int) -> NDArray[np.int64]:
        """How many were throttled in this minute, by reason."""
        outcomes = self.record.outcomes[index, self._minute, list(THROTTLE_OUTCOMES)]
        return outcomes.copy()

    def arm(self, function_index: int) -> None:
        """Make the function's next throttled attempt stop `advance` once."""
        self._tallies[function_index, kernel.ARMED] = 1

    def set_limits(self, rows: kernel.Integers, limits: kernel.Integers) -> None:
        """Let environments run so many invocations at a time from now on, each at least one.

        At most the concurrency limit that they were opened with; what is in flight stays so.
        """
        self._rows.set_limits(rows, limits)

    def advance(self, until_us: int) -> Signal | None:
        """Handle what happens before `until_us`, or only up to a signal.

        An armed function's throttle is one, and the crash of an environment.
        """
        assert until_us <= self._horizon_us
        assert not self._is_finished
        while self._clock_us < until_us:
            crash = self._crash()
            if crash is not None:
                return crash
            self._load_arrivals()
            bound_us = min(float(until_us), self._loaded_until_us)
            signal = None if self._is_quiet(bound_us) else self._run(bound_us)
            if signal is not None:
                return signal
            self._clock_us = bound_us
        return None

    def _is_quiet(self, until_us: float) -> bool:
        """Whether nothing can happen before a time but what environments do unseen."""
        if self._followed is not None or self._callers is not None or self._order is not None:
            return False
        times_us = self._batch.times_us
        return self._next == len(times_us) or bool(times_us[self._next] >= until_us)

    def report(self, *, now_us: int) -> EnvironmentReport:
        """What the environments in service did since the previous report, exact at `now_us`."""
        serving, last_us = self._in_service(), float(self._reported_us)
        effective_us = self._effective_us(now_us)
        kernel.report_rows(self._arrays(), serving.report, last_us, float(now_us), effective_us)
        self._reported_us = now_us
        throttles = self._tallies[:, kernel.FIRST_THROTTLE :].copy()
        self._tallies[:, kernel.FIRST_THROTTLE :] = 0
        return serving.reported(now_us, throttles)

    def finish(self, now_us: int) -> InvocationRecord:
        """Close the record at `now_us` and return it; nothing can be done afterwards.

        What still runs is timed out if its timeout has passed, else it is in flight; what waits for
        another attempt is waiting.
        """
        serving = self._in_service()
        self._sync(serving.rows, self._effective_us(now_us))
        counts = self._rows.arrays.counts[serving.rows]
        are_busy = counts[:, kernel.IO_COUNT] + counts[:, kernel.CPU_COUNT] > 0
        busy = serving.rows[are_busy].tolist(), serving.function_index[are_busy].tolist()
        for row, function_index in zip(*busy, strict=True):
            self.record.in_flight[function_index] += self._end_row(
                row, self._clock_us, is_lost=False
            )
        if self._followed is not None:
            self.record.waiting[:] = self._followed.waiting_by_function(len(self._functions))
        if self._callers is not None:
            self.record.waiting[:] += self._callers.waiting_by_function(len(self._functions))
        self._end_waiting()
        self._is_finished = True
        kernel.forget()
        if self._samples is not None:
            self.record = replace(self.record, samples=self._samples.recorded())
        assert_conserved(self.record)
        return self.record

    def _run(self, until_us: float) -> Signal | None:
        while True:
            if self._followed is not None:
                self._followed.make_room()
            if self._samples is not None:
                self._samples.make_room()
            self._next, cause, whom, now_us = kernel.run(
                self._arrays(), self._batch, self._routing, self._minute, self._next, until_us
            )
            match cause:
                case kernel.ADMITTED:
                    return None
                case kernel.NO_ROOM:
                    continue
                case kernel.ROUNDS_USED_UP:
                    assert self._callers is not None
                    self._callers.draw_rounds(int(whom))
                case kernel.CRASHED:
                    self._clock_us = now_us
                    return self._crash()
                case _:
                    self._clock_us = now_us
                    self._tallies[whom, kernel.ARMED] = 0
                    return ThrottleSignal(math.floor(now_us), int(whom), _REASONS[cause])

    def _crash(self) -> CrashSignal | None:
        """The first environment that has crashed and was not told of, if there is one."""
        if not self._may_crash or not self._tallies[:, kernel.CRASHES].any():
            return None
        counts = self._rows.arrays.counts
        for row in np.flatnonzero(counts[:, kernel.HAS_CRASHED] == kernel.CRASH_UNTOLD).tolist():
            counts[row, kernel.HAS_CRASHED] = kernel.CRASH_TOLD
            function_index = int(counts[row, kernel.FUNCTION_INDEX])
            return CrashSignal(math.floor(self._clock_us), function_index, row)
        return None

    def _load_arrivals(self) -> None:
        """Take the next arrivals of the minute in which the clock stands, unless some are left."""
        if self._clock_us < self._loaded_until_us:
            return
        assert self._next == len(self._batch.times_us)
        self._batch = no_arrivals()  # let go of it before the next one is drawn
        self._next = 0
        minute = int(self._clock_us // MINUTE_US)
        if minute != self._minute:
            self._begin_minute(minute)
        batch = next(self._batches, None)
        end_us = float((minute + 1) * MINUTE_US)
        self._loaded_until_us = end_us if batch is None else min(end_us, batch.until_us)
        if batch is None:
            return
        arrivals = arrivals_of(
            batch,
            from_us=self._clock_us,
            until_us=self._loaded_until_us,
            function_count=len(self._functions),
        )
        self._batch = self._shared.load(arrivals)
        if self._callers is not None:
            both = np.isin(self._batch.function_index, self._callers.function_indexes)
            assert not both.any(), "a function has either callers or arrivals"

    def _begin_minute(self, minute: int) -> None:
        assert next(self._batches, None) is None, "a batch after the last one of its minute"
        self._batches = self._source.batches(minute)
        self._minute = minute
        waiting = self._tallies[:, kernel.WAITING]
        if waiting.any():  # the record of a minute in which nothing happens stays untouched
            self.record.waiting_us[:, minute] = waiting * float(MINUTE_US)
            self.record.waiting_peak[:, minute] = waiting

    def _end_waiting(self) -> None:
        """Take away what those who wait would have waited until the end of the present minute."""
        waiting = self._tallies[:, kernel.WAITING]
        assert np.array_equal(waiting, self.record.waiting), "one waits unseen"
        if self._minute >= 0:
            left_us = (self._minute + 1) * MINUTE_US - self._clock_us
            self.record.waiting_us[:, self._minute] -= waiting * left_us

    def _effective_us(self, now_us: int) -> float:
        """When a control event at `now_us` takes effect: where the data plane stands."""
        assert not self._is_finished
        assert now_us <= self._clock_us, "advance to the control event first"
        assert self._clock_us - now_us < 1.0, "a control event in the past"
        return self._clock_us

    def _in_service(self) -> Serving:
        """The environments in service; looked for anew after a change of the fleet only."""
        if self._serving is None:
            self._serving = Serving.of(self._rows, function_count=len(self._functions))
        return self._serving

    def _sync_row(self, row: int, now_us: int) -> float:
        assert self._rows.is_in_service(row)
        effective_us = self._effective_us(now_us)
        self._sync(np.array([row]), effective_us)
        return effective_us

    def _sync(self, rows: kernel.Integers, now_us: float) -> None:
        kernel.sync_rows(self._arrays(), kernel.RowArrays(rows), now_us)

    def _end_row(self, row: int, now_us: float, *, is_lost: bool) -> int:
        return int(kernel.end_row(self._arrays(), row, now_us, is_lost))

    def _copy_of(self, row: int) -> kernel.PlaneArrays:
        """A copy of one row, of the form of all."""
        state = self._rows.arrays.state[row : row + 1].copy()
        return self._arrays()._replace(state=state, counts=state.view(np.int64))

    def _arrays(self) -> kernel.PlaneArrays:
        return kernel.PlaneArrays(
            *self._rows.arrays,
            self._settings,
            self._tallies,
            *self._ledger,
            self._rules,
            None if self._samples is None else self._samples.arrays(),
            None if self._followed is None else self._followed.arrays(),
            None if self._order is None else self._order.arrays(self._rows.capacity),
            None if self._callers is None else self._callers.arrays(),
            self._queues,
        )
