"""Who calls a function: arrivals of a kind found in `sim.workload`, or callers in a closed loop."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, PrivateAttr, field_validator, model_validator

from sim.facts import Catalogue, catalogue
from sim.model.version_names import is_alias
from sim.registry import one_of_kinds
from sim.scenario.callers import ClosedCallers, Invocation, StandardRetries
from sim.scenario.queue import Queue
from sim.scenario.texts import Name, Qualifier
from sim.strict_model import StrictModel
from sim.units import DurationUs, format_duration
from sim.workload.arrival_process import ArrivalProcess, ArrivalSettings
from sim.workload.counts import Counts

if TYPE_CHECKING:
    Arrivals = ArrivalSettings
else:
    Arrivals = one_of_kinds("sim.workload.arrivals")


def _is_left_out(value: object) -> bool:
    """What a workload does not use is not written into a resolved scenario."""
    return value is None or value is Invocation.SYNCHRONOUS


@dataclass(frozen=True, slots=True)
class _Trace:
    """Counts read from a file; two are equal when their files are."""

    sha256: str
    counts: Counts = field(compare=False, repr=False)


class Workload(StrictModel):
    """The invocations that one function version receives."""

    function: Name
    """Name of the function that is called; one workload for each of its versions."""
    qualifier: Annotated[Qualifier | None, Field(exclude_if=_is_left_out)] = None
    """Version that is called, such as `"2"` or `$LATEST.PUBLISHED`, or an alias such as `live`;
    until it is there its invocations are throttled. Those of an alias go to its versions by their
    shares, are counted there, and come once. Without it: the version that is published while the
    world is prepared, and after the end of the function the first one of its successor."""
    arrivals: Annotated[Arrivals | None, Field(exclude_if=_is_left_out)] = None
    """When invocations come: a `kind` and its settings; this or `callers`."""
    callers: Annotated[ClosedCallers | None, Field(exclude_if=_is_left_out)] = None
    """Users that call again some time after each answer; this or `arrivals`."""
    retries: Annotated[StandardRetries | None, Field(exclude_if=_is_left_out)] = None
    """What clients do after a throttle; without it they give up."""
    invocation: Annotated[Invocation, Field(exclude_if=_is_left_out)] = Invocation.SYNCHRONOUS
    """Who waits for the answer: `synchronous` is the client; `asynchronous` nobody. A throttled
    asynchronous event waits in the function's queue and is tried again with growing back-off
    (facts asynchronous.retry_*) until it reaches `maximum_age`; then it is dead-lettered. So does
    one that is lost with its environment; for errors see `maximum_retry_attempts`."""
    maximum_age: Annotated[DurationUs | None, Field(exclude_if=_is_left_out)] = None
    """Age at which a waiting asynchronous event is dead-lettered, 60 s to 6 h. Source:
    asynchronous.maximum_age_default, asynchronous.maximum_age_min and _max."""
    maximum_retry_attempts: Annotated[int | None, Field(exclude_if=_is_left_out)] = None
    """How often Lambda tries an asynchronous event again that ended with a function error or timed
    out, 0 to 2; then it is dead-lettered. Source: asynchronous.retry_attempts_default and _max."""
    queue: Annotated[Queue | None, Field(exclude_if=_is_left_out)] = None
    """A queue that the arrivals come into as messages; Lambda's pollers receive them."""
    trace_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Digest of the trace file; written by the program, and checked when it is there."""
    _trace: _Trace | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.arrivals is None) == (self.callers is None):
            found = "neither `arrivals` nor" if self.arrivals is None else "both `arrivals` and"
            raise ValueError(f"the workload has {found} `callers`: expected exactly one of them")
        return self

    @field_validator("maximum_age")
    @classmethod
    def _accepted_age(cls, maximum_age: int | None) -> int | None:
        low_us = catalogue().duration_us("asynchronous.maximum_age_min")
        high_us = catalogue().duration_us("asynchronous.maximum_age_max")
        if maximum_age is not None and not low_us <= maximum_age <= high_us:
            raise ValueError(
                f"an event cannot wait up to {format_duration(maximum_age)}: "
                f"AWS accepts {format_duration(low_us)} to {format_duration(high_us)}"
            )
        return maximum_age

    @field_validator("maximum_retry_attempts")
    @classmethod
    def _accepted_retries(cls, attempts: int | None) -> int | None:
        high = catalogue().integer("asynchronous.retry_attempts_max")
        if attempts is not None and not 0 <= attempts <= high:
            raise ValueError(
                f"an event is not tried again {attempts} times after errors: "
                f"AWS accepts 0 to {high}"
            )
        return attempts

    @model_validator(mode="after")
    def _queue_stands_alone(self) -> Self:
        if self.queue is None:
            return self
        if self.arrivals is None:
            raise ValueError("a `queue` takes messages that arrive: expected `arrivals` beside it")
        if self.retries is not None:
            raise ValueError("messages come back by themselves: expected no `retries` of clients")
        if self.invocation is Invocation.ASYNCHRONOUS:
            raise ValueError(
                "pollers wait for the answers to their batches: expected a `queue` without "
                "`invocation: asynchronous`"
            )
        return self

    @model_validator(mode="after")
    def _aliases_are_called_once(self) -> Self:
        if self.qualifier is None or not is_alias(self.qualifier):
            return self
        waits = self.queue is not None or self.retries is not None
        if waits or self.callers is not None or self.invocation is Invocation.ASYNCHRONOUS:
            raise ValueError(
                f"`qualifier` names the alias `{self.qualifier}`, whose invocations go to several "
                "versions: expected `arrivals` without `retries`, `queue` or "
                "`invocation: asynchronous`"
            )
        return self

    @model_validator(mode="after")
    def _one_way_of_trying_again(self) -> Self:
        if self.invocation is Invocation.SYNCHRONOUS:
            for name in ("maximum_age", "maximum_retry_attempts"):
                if getattr(self, name) is not None:
                    raise ValueError(
                        f"`{name}` is for events that wait in a queue: "
                        "expected `invocation: asynchronous` beside it"
                    )
        elif self.callers is not None:
            raise ValueError(
                "`callers` wait for their answers: expected `arrivals` of asynchronous events"
            )
        elif self.retries is not None:
            raise ValueError(
                "asynchronous events are tried again by Lambda: expected no `retries` of clients"
            )
        return self

    def with_event_defaults(self, facts: Catalogue) -> Self:
        """The same workload with what holds for its events written down, if they have a queue."""
        if self.invocation is Invocation.SYNCHRONOUS:
            return self
        defaults: dict[str, int] = {}
        if self.maximum_age is None:
            defaults["maximum_age"] = facts.duration_us("asynchronous.maximum_age_default")
        if self.maximum_retry_attempts is None:
            attempts = facts.integer("asynchronous.retry_attempts_default")
            defaults["maximum_retry_attempts"] = attempts
        return self.model_copy(update=defaults)

    def with_counts(self, counts: Counts) -> Self:
        """The same workload with its trace read and its digest written down."""
        copy = self.model_copy(update={"trace_sha256": counts.sha256})
        copy._trace = _Trace(counts.sha256, counts)
        return copy

    @property
    def trace(self) -> Counts | None:
        """The trace that was read when the scenario was loaded, if the arrivals replay one."""
        return None if self._trace is None else self._trace.counts

    def arrival_process(self) -> ArrivalProcess:
        """The arrivals, ready to be drawn; a trace was read when the scenario was loaded."""
        assert self.arrivals is not None, "a workload of callers has no arrivals"
        return self.arrivals.bind(None if self._trace is None else self._trace.counts)
