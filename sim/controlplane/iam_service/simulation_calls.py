"""IAM's policy simulator: what the policies would answer, by the engine that answers real calls."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sim.controlplane.account import Account, Call
from sim.controlplane.iam_service import policy_inputs as inputs
from sim.controlplane.iam_service.entities import is_arn, listed_page, refused
from sim.controlplane.iam_service.iam_errors import invalid_input, no_such_entity
from sim.controlplane.identities import Role, User
from sim.iam import Policy, PolicyError, PolicyKind, RequestError, parse_policy
from sim.iam.requests import NO_RESOURCE
from sim.iam.simulation import (
    ContextEntry,
    ContextKeyType,
    EvaluationResult,
    MatchedStatement,
    PolicyInput,
    ResourceSpecificResult,
    Simulation,
    SourcePolicyType,
    simulate,
)
from sim.model.api_results import ApiError, ApiResult

_Request = inputs.SimulateCustomPolicy | inputs.SimulatePrincipalPolicy
Shown = dict[str, object]


def simulate_custom(
    account: Account, call: Call, request: inputs.SimulateCustomPolicy
) -> ApiResult:
    """Simulate policies that are given."""
    refusal = refused(account, call, NO_RESOURCE)
    return refusal or _simulated(request, given=(), boundary=None, levels=())


def simulate_principal(
    account: Account, call: Call, request: inputs.SimulatePrincipalPolicy
) -> ApiResult:
    """Simulate the policies of a user or role, as stored, with the organization's around them."""
    arn = request.policy_source_arn
    if not is_arn(arn):
        return ApiError("InvalidInput", f"Invalid Entity Arn: {arn} does not clearly define entity")
    refusal = refused(account, call, arn)
    if refusal:
        return refusal
    identity = account.principals.identity_of_arn(arn)
    if identity is None:
        return no_such_entity(f"The ARN {arn} cannot be found.")
    levels = account.organization.service_control(account.now_us)
    return _simulated(
        request, given=_held(identity), boundary=identity.stored.boundary, levels=levels
    )


def _held(identity: Role | User) -> tuple[PolicyInput, ...]:
    """The policies of a user or role; inline ones are named as AWS's simulator names them."""
    source = SourcePolicyType.ROLE if isinstance(identity, Role) else SourcePolicyType.USER
    inline = (
        PolicyInput(replace(p, name=f"{source.value}_{identity.name}_{name}"), source)
        for name, p in identity.stored.inline.items()
    )
    held = identity.stored.managed
    names = Counter(policy.name for policy in held.values())
    attached = (
        # The account may have given one of its policies the name of one of AWS's.
        PolicyInput(replace(p, name=p.name if names[p.name] == 1 else arn), _source(arn))
        for arn, p in held.items()
    )
    return (*inline, *attached)


def _source(arn: str) -> SourcePolicyType:
    is_aws = arn.startswith("arn:aws:iam::aws:")
    return SourcePolicyType.AWS_MANAGED if is_aws else SourcePolicyType.USER_MANAGED


def _simulated(
    request: _Request,
    *,
    given: tuple[PolicyInput, ...],
    boundary: Policy | None,
    levels: tuple[tuple[Policy, ...], ...],
) -> ApiResult:
    try:
        further = _parsed_list(request.policy_input_list, "PolicyInputList")
        bounds = _parsed_list(
            request.permissions_boundary_policy_input_list, "PermissionsBoundaryPolicyInputList"
        )
        of_resource = _parsed_resource_policy(request)
        if len(bounds) > 1:
            return invalid_input("Only one permissions boundary policy can be simulated.")
        results = simulate(
            Simulation(
                action_names=tuple(request.action_names),
                policy_input_list=(*given, *(PolicyInput(policy) for policy in further)),
                resource_arns=tuple(request.resource_arns) or (NO_RESOURCE,),
                permissions_boundary=bounds[0] if bounds else boundary,
                resource_policy=of_resource,
                service_control_policies=levels,
                caller_arn=request.caller_arn,
                context_entries=tuple(_context(request.context_entries)),
            )
        )
    except (PolicyError, RequestError) as error:
        return invalid_input(str(error))
    keyed = ((f"{place:06d}", result) for place, result in enumerate(results))
    return listed_page(request, "EvaluationResults", keyed, _result)


def _parsed_list(documents: Sequence[Mapping[str, object] | str], name: str) -> list[Policy]:
    """Policies under the names that AWS's answer gives them, `PolicyInputList.1` and so on."""
    return [
        parse_policy(document, name=f"{name}.{number}", kind=PolicyKind.IDENTITY)
        for number, document in enumerate(documents, start=1)
    ]


def _parsed_resource_policy(request: _Request) -> Policy | None:
    if request.resource_policy is None:
        return None
    return parse_policy(request.resource_policy, name="ResourcePolicy", kind=PolicyKind.RESOURCE)


def _context(entries: Sequence[inputs.ContextEntry]) -> Iterator[ContextEntry]:
    for entry in entries:
        yield ContextEntry(
            entry.context_key_name or "",
            tuple(entry.context_key_values),
            ContextKeyType(entry.context_key_type or ContextKeyType.STRING),
        )


def _result(result: EvaluationResult) -> Shown:
    return {
        "EvalActionName": result.eval_action_name,
        "EvalResourceName": result.eval_resource_name,
        "EvalDecision": result.eval_decision.value,
        "MatchedStatements": [_matched(statement) for statement in result.matched_statements],
        "MissingContextValues": list(result.missing_context_values),
        **_by_organization(result),
        **_by_boundary(result),
        "ResourceSpecificResults": [_of_resource(r) for r in result.resource_specific_results],
    }


def _of_resource(result: ResourceSpecificResult) -> Shown:
    return {
        "EvalResourceName": result.eval_resource_name,
        "EvalResourceDecision": result.eval_resource_decision.value,
        "MatchedStatements": [_matched(statement) for statement in result.matched_statements],
        "MissingContextValues": list(result.missing_context_values),
        **_by_boundary(result),
    }


def _by_organization(result: EvaluationResult) -> Shown:
    """What the organization made of it; absent where there is none."""
    detail = result.organizations_decision_detail
    if detail is None:
        return {}
    allowed = detail.allowed_by_organizations
    return {"OrganizationsDecisionDetail": {"AllowedByOrganizations": allowed}}


def _by_boundary(result: EvaluationResult | ResourceSpecificResult) -> Shown:
    """What the permissions boundary made of it; absent where there is none."""
    detail = result.permissions_boundary_decision_detail
    if detail is None:
        return {}
    allowed = detail.allowed_by_permissions_boundary
    return {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": allowed}}


def _matched(statement: MatchedStatement) -> Shown:
    """A statement that decided; its lines and columns in the text are left out."""
    return {
        "SourcePolicyId": statement.source_policy_id,
        "SourcePolicyType": statement.source_policy_type.value,
    }
