"""The layers of policies around one request, and which of them apply to which kind of caller."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sim.iam.documents import Policy
from sim.iam.errors import PolicyError
from sim.iam.principals import CallerKind
from sim.iam.requests import Request

TRUST_ACTIONS = frozenset({"sts:assumerole", "sts:tagsession"})
"""Actions whose resource policy is the role's trust policy (lower case)."""


class Layer(StrEnum):
    """A layer of policies; the value is what AWS calls it in messages."""

    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"
    RESOURCE = "resource-based policy"
    TRUST = "role trust policy"
    IDENTITY = "identity-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Every policy around a request; raises PolicyError when `Principal` contradicts the layer."""

    identity: tuple[Policy, ...] = ()
    """Attached to the caller; any may allow."""
    boundary: Policy | None = None
    scp: tuple[tuple[Policy, ...], ...] = ()
    """Service control policies by level, organization's root to account; every level must allow."""
    rcp: tuple[tuple[Policy, ...], ...] = ()
    """Resource control policies by level, without the built-in one that allows everything."""
    session: tuple[Policy, ...] | None = None
    """Session policies, whose union counts; None when the session was made without."""
    resource: Policy | None = None
    """The resource's own policy; of a role, its trust policy."""

    def __post_init__(self) -> None:
        for layer, _, policies in self._stack(Layer.RESOURCE):
            has_principals = layer in (Layer.RESOURCE, Layer.RESOURCE_CONTROL)
            for policy in policies:
                if policy.names_principals is not has_principals:
                    raise _misplaced(policy, layer, has_principals=has_principals)

    def _stack(self, resource_layer: Layer) -> "Iterator[PolicyLayer]":
        for level, policies in enumerate(self.scp):
            yield PolicyLayer(Layer.SERVICE_CONTROL, level, policies)
        for level, policies in enumerate(self.rcp):
            yield PolicyLayer(Layer.RESOURCE_CONTROL, level, policies)
        if self.resource is not None:
            yield PolicyLayer(resource_layer, 0, (self.resource,))
        yield PolicyLayer(Layer.IDENTITY, 0, self.identity)
        if self.boundary is not None:
            yield PolicyLayer(Layer.BOUNDARY, 0, (self.boundary,))
        if self.session is not None:
            yield PolicyLayer(Layer.SESSION, 0, self.session)

    def layers_for(self, request: Request) -> "list[PolicyLayer]":
        """The layers that apply to the caller, in the order in which a denial is looked for."""
        resource_layer = Layer.TRUST if request.folded_action in TRUST_ACTIONS else Layer.RESOURCE
        exempt = _EXEMPT.get(request.caller.kind, ())
        return [layer for layer in self._stack(resource_layer) if layer.layer not in exempt]


class PolicyLayer(NamedTuple):
    """The policies of one layer (of one level, for the organization's two kinds)."""

    layer: Layer
    level: int
    """0 is the organization's root; 0 too where there are no levels."""
    policies: tuple[Policy, ...]


_EXEMPT: dict[CallerKind, tuple[Layer, ...]] = {
    CallerKind.SERVICE_LINKED_ROLE: (Layer.SERVICE_CONTROL, Layer.RESOURCE_CONTROL),
    # A service principal is no identity of any account: only the resource's side speaks about it.
    CallerKind.SERVICE: (Layer.SERVICE_CONTROL, Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION),
}


def _misplaced(policy: Policy, layer: Layer, *, has_principals: bool) -> PolicyError:
    verb, help_text = ("needs", "add it") if has_principals else ("cannot have", "remove it")
    message = f"policy `{policy.name}` as {layer} {verb} the element `Principal`"
    return PolicyError("/Statement", message, help_text)
