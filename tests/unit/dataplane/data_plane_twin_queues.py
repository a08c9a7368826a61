"""The queue of one function in the data plane's twin, and its pollers."""

import math
from dataclasses import dataclass

from data_plane_twin_clients import Fate, nth, share_of

from sim.model.invocation_record import Outcome

_SPACING_US = 1e-3
"""Pollers receive one after the other."""


@dataclass(eq=False)
class Batch:
    """Messages that were received together, and how often a poller has tried them."""

    messages: list
    received_us: float
    word: int
    tries: int = 1
    due_us: float = math.inf

    def try_word(self):
        """The word that routes the present try."""
        return self.word if self.tries == 1 else nth(self.word, 2 * self.tries)

    def back_off_us(self, policy):
        """The wait after the present try, if it was throttled."""
        # The cap is reached long before a float's range ends.
        growth = 2.0 ** min(self.tries - 1, 1000)
        bound_us = min(policy.retry_cap_us, policy.retry_base_us * growth)
        return bound_us * share_of(nth(self.word, 2 * self.tries + 1))


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
        self.held = []
        self.window_end_us = None
        self.tick_us = math.inf
        self.look_us = math.inf
        self.received_us = -math.inf

    def next_events(self):
        """When messages come back, batches are tried again, and messages are too old."""
        for group in self.hidden:
            yield group[0], lambda g=group: self.show(g)
        for batch in self.held:
            yield batch.due_us, lambda b=batch: self.try_again(b)
        for message in self.visible:
            yield self.deleted_us(message), lambda m=message: self.delete(m)

    def arrive(self, message):
        """A message comes."""
        self.plane.waits.begin(message, self.plane.clock_us)
        self.visible.append(message)
        self.look_us = self.plane.clock_us

    def show(self, group):
        """The visibility timeout is over: back into the queue, or given up."""
        self.hidden.remove(group)
        self.show_messages(group[1])

    def show_messages(self, messages):
        """These may be received again, unless too often or for too long."""
        now_us = self.plane.clock_us
        for message in messages:
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
        """Pollers with a batch, in flight or throttled."""
        return self.in_flight + len(self.held)

    def change_pollers(self, now_us):
        """Fewer while a batch is throttled, more while messages are left, else those at work."""
        policy = self.policy
        if self.held:
            self.pollers = max(self.pollers - policy.pollers_step, policy.pollers_min)
        elif self.visible:
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
        return self.invoke(Batch(batch, self.received_us, batch[0].attempt_word()))

    def try_again(self, batch):
        """A throttled batch is tried again, or its messages have their visibility timeout behind
        them.
        """
        now_us = self.plane.clock_us
        self.held.remove(batch)
        if now_us >= batch.received_us + self.policy.visibility_us:
            self.show_messages(batch.messages)
            return None
        batch.tries += 1
        for message in batch.messages:
            self.plane.waits.end(message, now_us)
            message.tries_again += 1
            self.plane.count_retry(message)
        return self.invoke(batch)

    def invoke(self, batch):
        """Invoke the function; a throttled batch stays with its poller. The signal, if any."""
        now_us = self.plane.clock_us
        environment, refusals, reason = self.plane.route(self.function_index, batch.try_word())
        if reason is not None:
            visible_us = batch.received_us + self.policy.visibility_us
            batch.due_us = max(now_us, min(now_us + batch.back_off_us(self.policy), visible_us))
            self.held.append(batch)
            for message in batch.messages:
                self.plane.waits.begin(message, now_us)
            return self.plane.throttle(self.function_index, reason)
        self.in_flight += 1
        self.plane.record.batches[self.function_index, self.plane.minute_of(now_us)] += 1
        fates = {message.fate(self.function) for message in batch.messages}
        job = self.plane.start(environment, batch.messages, refusals * self.plane.try_us)
        # Its messages stay hidden while it runs, however long it was tried before.
        job.received_us = batch.received_us if batch.tries == 1 else now_us
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
