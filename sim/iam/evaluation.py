"""Denials win, every limiting layer must allow, and only identity and resource policies grant."""

from typing import NamedTuple

from sim.iam.decision import Decision, Result
from sim.iam.documents import Policy
from sim.iam.policy_set import TRUST_ACTIONS, Layer, PolicyLayer, PolicySet
from sim.iam.principals import CallerKind, Naming
from sim.iam.requests import NO_RESOURCE, Request
from sim.iam.statements import Statement
from sim.iam.trace import StatementReference, reference_to

_UNDENIABLE_ACTION = "sts:getcalleridentity"
_KEY_SERVICE = "kms:"


class _Grant(NamedTuple):
    """An Allow that applies, and how strongly it names the caller."""

    layer: Layer
    policy: Policy
    statement: Statement
    naming: Naming


def evaluate(request: Request, policies: PolicySet) -> Decision:
    """Decide one request.

    Pure; the result does not depend on the order of statements, of policies or of levels.
    """
    if request.folded_action == _UNDENIABLE_ACTION:
        return Decision(Result.ALLOWED, None, None, request, policies)
    layers = policies.layers_for(request)
    denial = _first_denial(request, layers)
    if denial is not None:
        return Decision(Result.EXPLICITLY_DENIED, denial, denial.layer, request, policies)
    found, silent = _survey(request, layers)
    side = Layer.TRUST if request.folded_action in TRUST_ACTIONS else Layer.RESOURCE
    by_resource = found.get(side)
    naming = by_resource.naming if by_resource is not None else Naming.NOBODY
    blocker = _blocker(request, naming=naming, side=side, silent=silent)
    if blocker is not None:
        return Decision(Result.IMPLICITLY_DENIED, None, blocker, request, policies)
    grant = by_resource if naming >= Naming.ROLE else found.get(Layer.IDENTITY)
    reference = grant and reference_to(grant.layer, grant.policy, grant.statement)
    return Decision(Result.ALLOWED, reference, None, request, policies)


def _first_denial(request: Request, layers: list[PolicyLayer]) -> StatementReference | None:
    for layer in layers:
        for policy in layer.policies:
            for statement in policy.denies:
                if statement.matches(request):
                    return reference_to(layer.layer, policy, statement)
    return None


def _survey(request: Request, layers: list[PolicyLayer]) -> tuple[dict[Layer, _Grant], set[Layer]]:
    """Per layer, the Allow that names the caller most strongly; and the layers that lack one.

    A layer with levels is silent as soon as one level is.
    """
    found: dict[Layer, _Grant] = {}
    silent: set[Layer] = set()
    for layer in layers:
        grant = _strongest_allow(request, layer)
        if grant is None:
            silent.add(layer.layer)
        else:
            found[layer.layer] = grant
    return found, silent


def _strongest_allow(request: Request, layer: PolicyLayer) -> _Grant | None:
    strongest: _Grant | None = None
    for policy in layer.policies:
        for statement in policy.allows:
            if not statement.matches(request):
                continue
            naming = statement.naming(request)
            if strongest is None or naming > strongest.naming:
                strongest = _Grant(layer.layer, policy, statement, naming)
            if naming is Naming.SELF:
                return strongest
    return strongest


def _blocker(request: Request, *, naming: Naming, side: Layer, silent: set[Layer]) -> Layer | None:
    """The first layer whose needed allow is missing; `side` is the resource's own policy."""
    caller = request.caller
    if Layer.SERVICE_CONTROL in silent:
        return Layer.SERVICE_CONTROL
    if caller.kind is CallerKind.SERVICE:
        return None if naming is Naming.SELF else side
    is_cross_account = request.resource_account != caller.account
    if naming is Naming.NOBODY and (is_cross_account or _resource_decides(request)):
        return side
    for layer in _needed(naming, is_cross_account=is_cross_account):
        is_free = layer is Layer.IDENTITY and caller.kind is CallerKind.ROOT
        if layer in silent and not is_free:
            return layer
    return None


def _resource_decides(request: Request) -> bool:
    """Whether an identity policy alone cannot grant: a role has its trust policy, a key its own."""
    action = request.folded_action
    names_key = action.startswith(_KEY_SERVICE) and request.resource != NO_RESOURCE
    return action in TRUST_ACTIONS or names_key


def _needed(naming: Naming, *, is_cross_account: bool) -> tuple[Layer, ...]:
    """The caller's own layers that must allow, given how the resource's policy names the caller."""
    if is_cross_account or naming <= Naming.ACCOUNT:
        return (Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION)
    if naming is Naming.ROLE:
        return (Layer.BOUNDARY, Layer.SESSION)
    return ()
