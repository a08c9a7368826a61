"""Which shapes of load a scenario may name: the kinds found in the folders of `sim.workload`."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Self, Union

from pydantic import Field, PrivateAttr

from sim.registry import kinds
from sim.scenario.texts import Name, ScenarioModel
from sim.workload.arrival_process import ArrivalProcess, ArrivalSettings
from sim.workload.counts import Counts
from sim.workload.demand_settings import DemandSettings

if TYPE_CHECKING:
    Arrivals = ArrivalSettings
    Demand = DemandSettings
else:
    Arrivals = Annotated[
        Union[tuple(kinds("sim.workload.arrivals").values())],  # noqa: UP007  # built at run time
        Field(discriminator="kind"),
    ]
    Demand = Annotated[
        Union[tuple(kinds("sim.workload.demands").values())],  # noqa: UP007  # built at run time
        Field(discriminator="kind"),
    ]


@dataclass(frozen=True, slots=True)
class _Trace:
    """Counts read from a file; two are equal when their files are."""

    sha256: str
    counts: Counts = field(compare=False, repr=False)


class Workload(ScenarioModel):
    """The invocations that one function receives."""

    function: Name
    """Name of the function that is called; one workload per function."""
    arrivals: Arrivals
    """When invocations come: a `kind` and its settings."""
    trace_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Digest of the trace file; written by the program, and checked when it is there."""
    _trace: _Trace | None = PrivateAttr(default=None)

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
        return self.arrivals.bind(None if self._trace is None else self._trace.counts)
