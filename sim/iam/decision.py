"""A decision keeps what it was made from: why can always be asked, at no cost until it is."""

from dataclasses import dataclass, field
from enum import StrEnum

from sim.iam.policy_set import Layer, PolicySet
from sim.iam.requests import Request
from sim.iam.trace import LayerTrace, StatementReference, trace_layers


class Result(StrEnum):
    """The three outcomes of an evaluation."""

    ALLOWED = "Allowed"
    IMPLICITLY_DENIED = "ImplicitlyDenied"
    """Nothing denies, but some needed allow is missing."""
    EXPLICITLY_DENIED = "ExplicitlyDenied"
    """Some Deny applies."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one request against its policies."""

    result: Result
    decided_by: StatementReference | None
    """The granting or denying statement; None when no statement settled it (root, silence)."""
    blocked_by: Layer | None
    """The layer that denied or whose needed allow is missing; None when allowed."""
    request: Request
    policies: PolicySet = field(repr=False)

    @property
    def is_allowed(self) -> bool:
        """Whether the request may proceed."""
        return self.result is Result.ALLOWED

    @property
    def trace(self) -> tuple[LayerTrace, ...]:
        """Layer by layer, the statements that matched or nearly did; worked out on each access."""
        return trace_layers(self.request, self.policies)
