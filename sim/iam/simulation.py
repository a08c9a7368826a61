"""Simulation answers what iam:SimulateCustomPolicy and iam:SimulatePrincipalPolicy would, purely.

Names follow the IAM API reference, in snake case. As in AWS, a simulation without a resource policy
judges the caller's side alone; the sizes, positions in the text and cross-account details of AWS's
answer are left out.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sim.iam.comparisons import read_bytes, read_flag, read_instant, read_network, read_number
from sim.iam.decision import Result
from sim.iam.documents import Policy
from sim.iam.errors import RequestError
from sim.iam.evaluation import evaluate
from sim.iam.policy_set import Layer, PolicySet
from sim.iam.requests import NO_RESOURCE, Request
from sim.iam.shapes import Node
from sim.iam.statements import Effect
from sim.iam.trace import LayerTrace, StatementReference, trace_layers
from sim.iam.variables import Version

_NOBODY_ACCOUNT = "000000000000"
"""Stands in for the caller's account where neither caller nor resource tells one."""
_VARIABLE_KEY = re.compile(r"\$\{([^},*?$]+)")
_LIST = "List"


class EvalDecision(StrEnum):
    """The outcome for one action on one resource, or on all of them."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


class ContextKeyType(StrEnum):
    """The type of a context entry's values."""

    STRING = "string"
    STRING_LIST = "stringList"
    NUMERIC = "numeric"
    NUMERIC_LIST = "numericList"
    BOOLEAN = "boolean"
    BOOLEAN_LIST = "booleanList"
    IP = "ip"
    IP_LIST = "ipList"
    BINARY = "binary"
    BINARY_LIST = "binaryList"
    DATE = "date"
    DATE_LIST = "dateList"


_READERS = {
    "numeric": read_number,
    "boolean": read_flag,
    "ip": read_network,
    "binary": read_bytes,
    "date": read_instant,
}


class SourcePolicyType(StrEnum):
    """Where a matched statement's policy comes from."""

    USER = "user"
    GROUP = "group"
    ROLE = "role"
    AWS_MANAGED = "aws-managed"
    USER_MANAGED = "user-managed"
    RESOURCE = "resource"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ContextEntry:
    """A context key with values and their type; raises RequestError when they do not fit."""

    context_key_name: str
    context_key_values: tuple[str, ...]
    context_key_type: ContextKeyType = ContextKeyType.STRING

    def __post_init__(self) -> None:
        kind = self.context_key_type
        if not kind.endswith(_LIST) and len(self.context_key_values) != 1:
            raise RequestError(
                f"context key `{self.context_key_name}` of type `{kind}` has "
                f"{len(self.context_key_values)} values; give one, or use `{kind}{_LIST}`"
            )
        reader = _READERS.get(kind.removesuffix(_LIST))
        if reader is None:
            return
        for value in self.context_key_values:
            try:
                reader(value)
            except ValueError as error:
                raise RequestError(f"context key `{self.context_key_name}`: {error}") from None


@dataclass(frozen=True, slots=True)
class PolicyInput:
    """An identity policy of the simulation and where it comes from; its name is its id.

    AWS names policies given as text `PolicyInputList.1` and so on.
    """

    policy: Policy
    source_policy_type: SourcePolicyType = SourcePolicyType.NONE


@dataclass(frozen=True, slots=True)
class Simulation:
    """What to simulate: every action on every resource.

    Raises RequestError for no resource, an action with a wildcard, two policies of one name, and
    for a resource policy without a caller, as its `Principal` then means nothing.
    """

    action_names: tuple[str, ...]
    policy_input_list: tuple[PolicyInput, ...] = ()
    resource_arns: tuple[str, ...] = (NO_RESOURCE,)
    permissions_boundary: Policy | None = None
    resource_policy: Policy | None = None
    service_control_policies: tuple[tuple[Policy, ...], ...] = ()
    """By level, as in `PolicySet`; only SimulatePrincipalPolicy has them in AWS."""
    caller_arn: str | None = None
    context_entries: tuple[ContextEntry, ...] = ()

    def __post_init__(self) -> None:
        if self.resource_policy is not None and self.caller_arn is None:
            raise RequestError("a simulation with a resource policy needs `caller_arn`")
        if not self.resource_arns:
            raise RequestError("a simulation needs a resource; `*` where the action takes none")
        for action in self.action_names:
            if "*" in action or "?" in action:
                raise RequestError(f"action `{action}` has a wildcard; name one action")
        names = [item.policy.name for item in self.policy_input_list]
        if len(set(names)) < len(names):
            raise RequestError("two policies have one name; statements could not be told apart")


@dataclass(frozen=True, slots=True)
class MatchedStatement:
    """A statement that determined a decision."""

    source_policy_id: str
    source_policy_type: SourcePolicyType
    pointer: str
    """JSON pointer into its document, where AWS gives lines and columns."""


@dataclass(frozen=True, slots=True)
class OrganizationsDecisionDetail:
    """What the service control policies made of it."""

    allowed_by_organizations: bool


@dataclass(frozen=True, slots=True)
class PermissionsBoundaryDecisionDetail:
    """What the permissions boundary made of it."""

    allowed_by_permissions_boundary: bool


@dataclass(frozen=True, slots=True)
class ResourceSpecificResult:
    """The outcome of one action on one resource."""

    eval_resource_name: str
    eval_resource_decision: EvalDecision
    matched_statements: tuple[MatchedStatement, ...]
    """All that deny; otherwise, when allowed, all that grant; none for an implicit denial."""
    missing_context_values: tuple[str, ...]
    """Keys that the policies refer to and the context entries do not give."""
    organizations_decision_detail: OrganizationsDecisionDetail | None
    permissions_boundary_decision_detail: PermissionsBoundaryDecisionDetail | None


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """The outcome of one action; on several resources, the most restrictive of theirs."""

    eval_action_name: str
    eval_resource_name: str
    """The only resource, or `*` for several."""
    eval_decision: EvalDecision
    matched_statements: tuple[MatchedStatement, ...]
    missing_context_values: tuple[str, ...]
    organizations_decision_detail: OrganizationsDecisionDetail | None
    permissions_boundary_decision_detail: PermissionsBoundaryDecisionDetail | None
    resource_specific_results: tuple[ResourceSpecificResult, ...]
    """In the order of the resources asked about."""


def policy_inputs(
    policies: Iterable[Policy], source_policy_type: SourcePolicyType = SourcePolicyType.NONE
) -> tuple[PolicyInput, ...]:
    """Policies of one source as inputs."""
    return tuple(PolicyInput(policy, source_policy_type) for policy in policies)


def simulate(simulation: Simulation) -> tuple[EvaluationResult, ...]:
    """One result per action, each with one per resource.

    AWS answers so since it returns one result per action, whatever the number of resources.
    Raises RequestError for an action, resource or caller that cannot be read.
    """
    return tuple(
        _joined(action, [_one(simulation, action, arn) for arn in simulation.resource_arns])
        for action in simulation.action_names
    )


def context_keys(policies: Iterable[Policy]) -> tuple[str, ...]:
    """Keys that policies refer to, in conditions or as variables, in order, each once.

    What iam:GetContextKeysForCustomPolicy answers.
    """
    found: dict[str, str] = {}
    for policy in policies:
        for key in _keys_of(policy):
            found.setdefault(key.lower(), key)
    return tuple(found.values())


def _keys_of(policy: Policy) -> Iterator[str]:
    statements = Node(policy.document, "").members()["Statement"].items()
    for compiled, node in zip(policy.statements, statements, strict=True):
        yield from (condition.key for condition in compiled.conditions)
        asked = [text for condition in compiled.conditions for text in condition.asked]
        members = node.members()
        for name in ("Resource", "NotResource"):
            asked += [item.text() for item in members[name].items()] if name in members else []
        for text in asked if policy.version is Version.CURRENT else ():
            yield from _VARIABLE_KEY.findall(text)


def _one(simulation: Simulation, action: str, resource: str) -> ResourceSpecificResult:
    request = Request(
        principal=simulation.caller_arn or _stand_in(resource),
        action=action,
        resource=resource,
        context={
            entry.context_key_name: entry.context_key_values for entry in simulation.context_entries
        },
    )
    policies = PolicySet(
        identity=tuple(item.policy for item in simulation.policy_input_list),
        boundary=simulation.permissions_boundary,
        scp=simulation.service_control_policies,
        resource=simulation.resource_policy,
    )
    layers = trace_layers(request, policies)
    decision = _decide(request, policies, layers)
    return ResourceSpecificResult(
        eval_resource_name=resource,
        eval_resource_decision=decision,
        matched_statements=tuple(_matched(simulation, layers, decision)),
        missing_context_values=_missing(simulation, request),
        organizations_decision_detail=OrganizationsDecisionDetail(
            _all_allow(layers, Layer.SERVICE_CONTROL)
        )
        if simulation.service_control_policies
        else None,
        permissions_boundary_decision_detail=PermissionsBoundaryDecisionDetail(
            _all_allow(layers, Layer.BOUNDARY)
        )
        if simulation.permissions_boundary is not None
        else None,
    )


def _stand_in(resource: str) -> str:
    """A caller of the resource's own account, when nobody is named."""
    account = "" if resource == NO_RESOURCE else (resource.split(":", 5) + [""] * 5)[4]
    is_account = len(account) == len(_NOBODY_ACCOUNT) and account.isdecimal()
    return f"arn:aws:iam::{account if is_account else _NOBODY_ACCOUNT}:user/simulated"


def _decide(request: Request, policies: PolicySet, layers: tuple[LayerTrace, ...]) -> EvalDecision:
    decision = evaluate(request, policies)
    if decision.result is Result.EXPLICITLY_DENIED:
        return EvalDecision.EXPLICIT_DENY
    # Without a resource policy nothing is known of the resource's side, so it is not asked.
    lacks_resource_side = policies.resource is None and decision.blocked_by in (
        Layer.RESOURCE,
        Layer.TRUST,
    )
    if decision.is_allowed or (lacks_resource_side and all(layer.allows for layer in layers)):
        return EvalDecision.ALLOWED
    return EvalDecision.IMPLICIT_DENY


def _all_allow(layers: Sequence[LayerTrace], wanted: Layer) -> bool:
    return all(layer.allows for layer in layers if layer.layer is wanted)


def _matched(
    simulation: Simulation, layers: Sequence[LayerTrace], decision: EvalDecision
) -> Iterator[MatchedStatement]:
    if decision is EvalDecision.IMPLICIT_DENY:
        return
    is_denied = decision is EvalDecision.EXPLICIT_DENY
    effect = Effect.DENY if is_denied else Effect.ALLOW
    types = {item.policy.name: item.source_policy_type for item in simulation.policy_input_list}
    for layer in layers:
        if layer.layer is Layer.BOUNDARY and not is_denied:
            continue
        for statement in layer.matched:
            source = _source_type(layer.layer, statement.reference, types)
            if source is not None and statement.effect is effect:
                reference = statement.reference
                yield MatchedStatement(reference.policy_name, source, reference.pointer)


def _source_type(
    layer: Layer, reference: StatementReference, types: dict[str, SourcePolicyType]
) -> SourcePolicyType | None:
    """The type of a statement's policy; None for the organization's, which AWS does not list."""
    match layer:
        case Layer.IDENTITY:
            return types[reference.policy_name]
        case Layer.RESOURCE | Layer.TRUST:
            return SourcePolicyType.RESOURCE
        case Layer.BOUNDARY:
            return SourcePolicyType.USER_MANAGED
        case _:
            return None


def _missing(simulation: Simulation, request: Request) -> tuple[str, ...]:
    given = [item.policy for item in simulation.policy_input_list]
    given += [
        policy
        for policy in (simulation.permissions_boundary, simulation.resource_policy)
        if policy is not None
    ]
    return tuple(key for key in context_keys(given) if key.lower() not in request.folded_context)


def _joined(action: str, results: Sequence[ResourceSpecificResult]) -> EvaluationResult:
    decisions = [result.eval_resource_decision for result in results]
    restrictive = (EvalDecision.EXPLICIT_DENY, EvalDecision.IMPLICIT_DENY, EvalDecision.ALLOWED)
    decision = next(one for one in restrictive if one in decisions)
    matched = (
        statement
        for result in results
        if result.eval_resource_decision is decision
        for statement in result.matched_statements
    )
    organizations = [result.organizations_decision_detail for result in results]
    boundaries = [result.permissions_boundary_decision_detail for result in results]
    return EvaluationResult(
        eval_action_name=action,
        eval_resource_name=results[0].eval_resource_name if len(results) == 1 else NO_RESOURCE,
        eval_decision=decision,
        matched_statements=tuple(dict.fromkeys(matched)),
        missing_context_values=results[0].missing_context_values,
        organizations_decision_detail=_restrictive_organizations(organizations),
        permissions_boundary_decision_detail=_restrictive_boundary(boundaries),
        resource_specific_results=tuple(results),
    )


def _restrictive_organizations(
    details: Sequence[OrganizationsDecisionDetail | None],
) -> OrganizationsDecisionDetail | None:
    known = [detail.allowed_by_organizations for detail in details if detail is not None]
    return OrganizationsDecisionDetail(all(known)) if known else None


def _restrictive_boundary(
    details: Sequence[PermissionsBoundaryDecisionDetail | None],
) -> PermissionsBoundaryDecisionDetail | None:
    known = [detail.allowed_by_permissions_boundary for detail in details if detail is not None]
    return PermissionsBoundaryDecisionDetail(all(known)) if known else None
