"""Decisions in words: AWS's short reason for a denial, and a longer account for a person."""

from collections.abc import Iterator

from sim.iam.conditions import ConditionTrace, Rule
from sim.iam.decision import Decision, Result
from sim.iam.policy_set import Layer
from sim.iam.statements import Effect
from sim.iam.trace import LayerTrace, StatementReference, StatementTrace

_WITH_ARTICLE = {
    Layer.IDENTITY: "an identity-based policy",
    Layer.RESOURCE: "a resource-based policy",
    Layer.TRUST: "the role trust policy",
    Layer.BOUNDARY: "a permissions boundary",
    Layer.SESSION: "a session policy",
    Layer.SERVICE_CONTROL: "a service control policy",
    Layer.RESOURCE_CONTROL: "a resource control policy",
}
_WITH_LEVELS = (Layer.SERVICE_CONTROL, Layer.RESOURCE_CONTROL)


def denial_reason(decision: Decision) -> str:
    """The reason clause of AWS's access denied messages.

    A service control policy without an allow is reported as an explicit deny. The ARN of the
    denying policy is added where it has one and caller and resource share the account or the
    organization (AWS does so since January 2026).
    Source: IAM user guide, troubleshooting access denied error messages.
    """
    layer = decision.blocked_by
    assert layer is not None, "an allowed request has no denial reason"
    if decision.result is Result.EXPLICITLY_DENIED or layer is Layer.SERVICE_CONTROL:
        return f"with an explicit deny in {_WITH_ARTICLE[layer]}{_shown_arn(decision)}"
    return f"because no {layer} allows the {decision.request.action} action"


def denial_message(decision: Decision) -> str:
    """AWS's whole sentence about a denial, without the service's own prefix and error code."""
    request = decision.request
    return (
        f"User: {request.principal} is not authorized to perform: {request.action} "
        f"on resource: {request.resource} {denial_reason(decision)}"
    )


def _shown_arn(decision: Decision) -> str:
    reference = decision.decided_by
    if reference is None or reference.policy_arn is None or not _shares_organization(decision):
        return ""
    return f": {reference.policy_arn}"


def _shares_organization(decision: Decision) -> bool:
    request = decision.request
    if request.resource_account == request.caller.account:
        return True
    context = request.folded_context
    organization = context.get("aws:principalorgid")
    return organization is not None and organization == context.get("aws:resourceorgid")


def nearest_allow(decision: Decision) -> str:
    """Of an implicit denial, the Allow that came nearest and what it lacked; empty without one.

    Nearest is an Allow of the silent layer that covers the action and fails in one part only: a
    condition or the principal before the resource.
    """
    if decision.result is not Result.IMPLICITLY_DENIED:
        return ""
    near = [
        statement
        for layer in decision.trace
        if layer.layer is decision.blocked_by
        for statement in layer.near
        if statement.effect is Effect.ALLOW
    ]
    if not near:
        return ""
    nearest = min(near, key=lambda statement: not statement.resource_matches)
    return f"{nearest.reference}, but {', '.join(_obstacle_lines(nearest))}"


def explain(decision: Decision) -> str:
    """Several lines for a person: outcome, reason, and by layer what matched or nearly did."""
    request = decision.request
    lines = [
        f"{decision.result}: `{request.principal}`",
        f"calls `{request.action}` on `{request.resource}`",
        *_verdict_lines(decision),
    ]
    for layer in decision.trace:
        lines.extend(_layer_lines(layer))
    return "\n".join(lines)


def _verdict_lines(decision: Decision) -> Iterator[str]:
    if not decision.is_allowed:
        yield f"denied {denial_reason(decision)}"
    if decision.decided_by is not None:
        yield f"decided by {_place(decision.decided_by)}"


def _layer_lines(layer: LayerTrace) -> Iterator[str]:
    level = f", level {layer.level}" if layer.layer in _WITH_LEVELS else ""
    yield f"- {layer.layer}{level}: {_layer_answer(layer)}"
    for statement in layer.matched:
        yield f"    {statement.effect} matches: {_place(statement.reference)}"
    for statement in layer.near:
        yield f"    {statement.effect} nearly matches: {_place(statement.reference)}"
        yield from (f"      {line}" for line in _obstacle_lines(statement))


def _layer_answer(layer: LayerTrace) -> str:
    if layer.denies:
        return "denies"
    return "allows" if layer.allows else "silent"


def _place(reference: StatementReference) -> str:
    sid = f" `{reference.sid}`" if reference.sid is not None else ""
    return f"statement {reference.index + 1}{sid} of {reference.layer} `{reference.policy_name}`"


def _obstacle_lines(statement: StatementTrace) -> Iterator[str]:
    if not statement.resource_matches:
        yield "it does not cover this resource"
    if not statement.principal_matches:
        yield "it does not name this caller"
    for condition in statement.failed_conditions:
        yield from _condition_lines(condition)


def _condition_lines(condition: ConditionTrace) -> Iterator[str]:
    present = "absent" if condition.present is None else _quoted(condition.present)
    reason = "" if condition.rule is Rule.COMPARED else f": {condition.rule.value}"
    yield f"{condition.operator} {condition.key} asks {_quoted(condition.asked)}"
    yield f"the request's key is {present}{reason}"


def _quoted(values: tuple[str, ...]) -> str:
    return ", ".join(f"`{value}`" for value in values)
