"""Events that calls queue: each is tried until an environment takes it, or it is too old.

The waits are those of Lambda's queue of asynchronous events (facts `asynchronous.*`). Every try
arrives and is counted like any invocation; one that an environment took is not tried again, however
it ends, because nobody tells (events of workloads are followed further).
"""

from dataclasses import dataclass

import numpy as np

from sim.controlplane.account import Account
from sim.controlplane.lambda_service.invocations import Drawn, attempt
from sim.engine.kernel import Lifecycle
from sim.model.function_version import FunctionVersion
from sim.model.journal_entries import EventDropped
from sim.model.states import FunctionVersionState


@dataclass(frozen=True, slots=True)
class Event:
    """One event on its way to a version."""

    version: FunctionVersion
    number: int
    """Its number among the invocations that calls make of the function."""
    what: Drawn


def queue(account: Account, event: Event) -> None:
    """Take in an event; it is tried first at this instant, when the call has been answered."""
    account.foundation.kernel.start(_life(account, event))


def _life(account: Account, event: Event) -> Lifecycle:
    kernel, facts = account.foundation.kernel, account.facts
    end_us = kernel.now_us + facts.duration_us("asynchronous.maximum_age_default")
    name = f"back-off/invoke/{event.version.function}"
    chance = account.foundation.streams.indexed(name, event.number)
    count = 0
    while event.version.state is not FunctionVersionState.GONE:
        if kernel.now_us >= account.world.settings.horizon_us:
            return  # the run is over, and the event still waits
        count += 1
        if attempt(account, event.version, event.what) is None:
            return
        wait_us = _wait_us(account, count, chance)
        if kernel.now_us + wait_us >= end_us:
            _drop(account, event, count, "too old")
            return
        yield kernel.wait(wait_us)
    _drop(account, event, count, "its version is gone")


def _wait_us(account: Account, attempt_count: int, chance: np.random.Generator) -> int:
    facts = account.facts
    jitter = facts.number("asynchronous.retry_jitter_fraction")
    longest_us = min(
        facts.duration_us("asynchronous.retry_base") * 2 ** (attempt_count - 1),
        facts.duration_us("asynchronous.retry_cap"),
    )
    return 1 + int(longest_us * (1.0 - jitter + jitter * chance.random()))


def _drop(account: Account, event: Event, attempt_count: int, reason: str) -> None:
    account.foundation.journal.append(
        EventDropped(
            time_us=account.now_us,
            function=event.version.function,
            version=event.version.version,
            attempt_count=attempt_count,
            reason=reason,
        )
    )
