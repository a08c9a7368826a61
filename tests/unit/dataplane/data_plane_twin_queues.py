"""The queue of one function in the data plane's twin, and its pollers."""

import math

from data_plane_twin_clients import Fate

from sim.model.invocation_record import Outcome

_SPACING_US = 1e-3
"""Pollers receive one after the other."""


class TwinQueue:
    """Messages that may be received, in the order in which that became so; and those hidden."""

    def __init__(self, plane, function_index):
        self.plane = plane
        self.function_index = function_index
        self.function = plane.functions[function_index]
        self.policy = self.function.queue
        self.visible = []
        self.hidden = []
        self.pollers = self.policy.pollers_min
        self.in_flight = 0
        self.resting = []
        self.window_end_us = None
        self.tick_us = math.inf
        self.look_us = math.inf
        self.received_us = -math.inf

    def next_events(self):
        """When messages come back, pollers have rested, and messages are too old."""
        for group in self.hidden:
            yield group[0], lambda g=group: self.show(g)
        for until_us in self.resting[:1]:
            yield until_us, self.end_rest
        for message in self.visible:
            yield self.deleted_us(message), lambda m=message: self.delete(m)

    def arrive(self, message):
        """A message comes."""
        self.plane.waits.begin(message, self.plane.clock_us)
        self.visible.append(message)
        self.look_us = self.plane.clock_us

    def show(self, group):
        """The visibility timeout is over: back into the queue, or given up."""
        now_us = self.plane.clock_us
        self.hidden.remove(group)
        for message in group[1]:
            is_spent = message.attempts >= (self.policy.receives_max or math.inf)
            if is_spent or now_us >= self.deleted_us(message):
                self.plane.waits.end(message, now_us)
                self.plane.end_invocation(message, now_us, Outcome.DEAD_LETTERED)
            else:
                self.visible.append(message)
        self.look_us = now_us

    def deleted_us(self, message):
        """When a message that waits is too old."""
        if self.policy.retention_us is None:
            return math.inf
        patience = message.patience() if self.policy.is_retention_drawn else 1.0
        return message.time_us + self.policy.retention_us * patience

    def delete(self, message):
        """A message that nobody received in time."""
        self.visible.remove(message)
        if not self.visible:
            self.window_end_us = None
        self.plane.waits.end(message, self.plane.clock_us)
        self.plane.end_invocation(message, self.plane.clock_us, Outcome.DEAD_LETTERED)

    def look(self):
        """The pollers receive what they may; their number follows the messages that are left."""
        now_us = self.plane.clock_us
        if now_us >= self.tick_us:
            self.change_pollers(now_us)
        signal = None
        while signal is None and self.may_receive(now_us):
            signal = self.receive(now_us)
        if self.visible and self.tick_us == math.inf:
            self.tick_us = now_us + self.policy.tick_us
        self.look_us = self.tick_us
        if signal is not None:
            self.look_us = now_us
        elif self.visible and self.window_end_us is not None and self.window_end_us > now_us:
            self.look_us = min(self.tick_us, self.window_end_us)
        return signal

    @property
    def busy(self):
        """Pollers with a batch in flight, and those that rest."""
        return self.in_flight + len(self.resting)

    def end_rest(self):
        """The poller that has rested longest is free again."""
        self.look_us = self.resting.pop(0)

    def change_pollers(self, now_us):
        """More while messages are left, else only as many as are at work."""
        policy = self.policy
        if self.visible:
            self.pollers = min(self.pollers + policy.pollers_step, policy.pollers_max)
        else:
            self.pollers = max(policy.pollers_min, self.busy)
        is_at_rest = self.pollers == policy.pollers_min
        self.tick_us = math.inf if is_at_rest else now_us + policy.tick_us

    def may_receive(self, now_us):
        """Whether a poller is free, and the batch is full or has waited enough."""
        if not self.visible or self.busy + 1 > self.pollers:
            return False
        if len(self.visible) >= self.policy.batch_max:
            return True
        if self.window_end_us is None:
            self.window_end_us = now_us + self.policy.window_us
        return now_us >= self.window_end_us

    def receive(self, now_us):
        """Receive a batch and invoke the function with it; the signal if that is throttled."""
        batch = self.visible[: self.policy.batch_max]
        del self.visible[: len(batch)]
        self.window_end_us = None
        self.received_us = max(now_us, self.received_us + _SPACING_US)
        for message in batch:
            self.plane.waits.end(message, now_us)
            self.plane.count_attempt(message)
        word = batch[0].attempt_word()
        environment, refusals, reason = self.plane.route(self.function_index, word)
        if reason is not None:
            self.resting.append(now_us + self.policy.rest_us)
            self.hide(batch, self.received_us)
            return self.plane.throttle(self.function_index, reason)
        self.in_flight += 1
        self.plane.record.batches[self.function_index, self.plane.minute_of(now_us)] += 1
        fates = {message.fate(self.function) for message in batch}
        job = self.plane.start(environment, batch, refusals * self.plane.try_us)
        job.received_us = self.received_us
        for fate in (Fate.FAILS, Fate.CRASHES):
            job.fate = fate if fate in fates else job.fate
        return None

    def hide(self, messages, received_us):
        """Messages that were received in vain come back after the visibility timeout."""
        for message in messages:
            self.plane.waits.begin(message, self.plane.clock_us)
        if messages:
            self.hidden.append((received_us + self.policy.visibility_us, messages))

    def batch_ends(self, job, now_us):
        """What failed comes back, the rest is done with."""
        self.leave(now_us)
        failed = []
        if job.fate is not Fate.SUCCEEDS:
            self.plane.count_failed_attempt(self.function_index, now_us)
            failed = job.invocations
        if job.fate is Fate.FAILS and self.policy.is_partial:
            failed = [m for m in failed if m.fate(self.function) is not Fate.SUCCEEDS]
        for message in job.invocations:
            if message not in failed:
                latency_us = now_us - message.time_us + job.before_us
                self.plane.complete(message, now_us, latency_us)
        self.hide(failed, job.received_us)

    def batch_times_out(self, job):
        """Its messages come back, its work goes on."""
        self.leave(self.plane.clock_us)
        self.plane.count_failed_attempt(self.function_index, self.plane.clock_us)
        self.hide(job.invocations, job.received_us)

    def batch_is_lost(self, job):
        """The environment is gone: its messages come back."""
        self.leave(self.plane.clock_us)
        self.hide(job.invocations, job.received_us)

    def leave(self, now_us):
        """A batch is not in flight any more."""
        self.in_flight -= 1
        self.look_us = now_us
