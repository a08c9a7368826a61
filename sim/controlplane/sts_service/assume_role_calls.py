"""AssumeRole as people call it: both sides must allow it, and no session is longer than allowed."""

from collections.abc import Sequence

from sim.controlplane.account import Account, Call
from sim.controlplane.errors import cannot_assume
from sim.controlplane.iam_service.descriptions import session_duration_max_s
from sim.controlplane.iam_service.documents import parsed_document, size_of
from sim.controlplane.iam_service.entities import Context, requested_tags, tag_complaint
from sim.controlplane.identities import Role
from sim.controlplane.sts_service import sts_inputs as inputs
from sim.controlplane.sts_service.credentials import credentials_of, user_id_of
from sim.iam import DOCUMENTED_LIMITS, Policy, PolicyKind
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck
from sim.model.callers import Caller, CallerKind, SessionLimits
from sim.units import SECOND_US

_PERCENT = 100


def assume_role(account: Account, call: Call, request: inputs.AssumeRole) -> ApiResult:
    """A session of a role of the account, with credentials to sign by."""
    role = account.principals.role_of_arn(request.role_arn)
    refusal = _not_allowed(account, call, role, request)
    if refusal or role is None:
        return refusal or cannot_assume(call.caller.arn, request.role_arn)
    duration_s = _duration_s(account, call.caller, role, request.duration_seconds)
    if isinstance(duration_s, ApiError):
        return duration_s
    limits = _limits(account, call.caller, request)
    if isinstance(limits, ApiError):
        return limits
    session = account.principals.session(
        role,
        request.role_session_name,
        expires_us=account.credentials_now_us + duration_s * SECOND_US,
        limits=limits,
    )
    return ApiSuccess(_described(account, session))


def _not_allowed(
    account: Account, call: Call, role: Role | None, request: inputs.AssumeRole
) -> ApiError | None:
    """The refusal by trust policy or by the caller's own policies."""
    now_us = account.now_us
    trust = account.principals.trust_policy(role, now_us=now_us) if role else None
    if trust is None:
        return cannot_assume(call.caller.arn, request.role_arn)
    context = {**_asked_for(request), **requested_tags(request.tags)}
    actions = ["sts:AssumeRole", *(["sts:TagSession"] if request.tags else [])]
    for action in actions:
        check = AuthorizationCheck(action, request.role_arn, context)
        refusal = account.refusal_on(call, check, trust)
        if refusal:
            return refusal
    return None


def _asked_for(request: inputs.AssumeRole) -> Context:
    """STS's own condition keys. Source: IAM user guide, condition keys of STS."""
    context: dict[str, tuple[str, ...]] = {"sts:RoleSessionName": (request.role_session_name,)}
    if request.external_id is not None:
        context["sts:ExternalId"] = (request.external_id,)
    if request.transitive_tag_keys:
        context["sts:TransitiveTagKeys"] = tuple(request.transitive_tag_keys)
    return context


def _duration_s(
    account: Account, caller: Caller, role: Role, asked_s: int | None
) -> int | ApiError:
    """How long the session lasts; a role that a session assumes is chained to it."""
    facts = account.facts
    if asked_s is None:
        return facts.duration_us("sts.session_duration") // SECOND_US
    chained_s = facts.duration_us("sts.chained_session_duration_max") // SECOND_US
    if caller.kind is CallerKind.ROLE_SESSION and asked_s > chained_s:
        return _invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining"
        )
    if asked_s > session_duration_max_s(account, role):
        return _invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    return asked_s


def _limits(
    account: Account, caller: Caller, request: inputs.AssumeRole
) -> SessionLimits | ApiError:
    """What the session carries: its policies, its tags, and those of the chain before it."""
    policies = _session_policies(account, request)
    if isinstance(policies, ApiError):
        return policies
    inherited = _inherited(caller)
    complaint = tag_complaint(request.tags) or _tag_conflict(request, inherited)
    if complaint:
        return _invalid(complaint)
    tags = {**inherited, **{tag.key: tag.value for tag in request.tags}}
    return SessionLimits(
        policies=policies,
        tags=tuple(tags.items()),
        transitive_tag_keys=tuple(dict.fromkeys([*inherited, *request.transitive_tag_keys])),
    )


def _inherited(caller: Caller) -> dict[str, str]:
    """Tags of the calling session that go over to the new one."""
    if caller.limits is None:
        return {}
    tags = dict(caller.limits.tags)
    return {key: tags[key] for key in caller.limits.transitive_tag_keys}


def _tag_conflict(request: inputs.AssumeRole, inherited: dict[str, str]) -> str | None:
    """Transitive tags are fixed for the whole chain (texts assumed)."""
    given = {tag.key for tag in request.tags}
    fixed = {key.lower() for key in inherited}
    for key in given:
        if key.lower() in fixed:
            return (
                "One of the specified transitive tag keys can't be set because it conflicts with "
                "a transitive tag key from the calling session."
            )
    unknown = sorted(set(request.transitive_tag_keys) - given - inherited.keys())
    if unknown:
        return f"The transitive tag key {unknown[0]} is not among the session tags."
    return None


def _session_policies(
    account: Account, request: inputs.AssumeRole
) -> tuple[Policy, ...] | ApiError | None:
    """Inline and managed session policies; None where none was given."""
    if request.policy is None and not request.policy_arns:
        return None
    arns_max = account.facts.integer("sts.session_policy_arns_max")
    if len(request.policy_arns) > arns_max:
        return _invalid(f"The session has more than {arns_max} policy ARNs.")
    managed = _managed(account, request.policy_arns)
    if isinstance(managed, ApiError) or request.policy is None:
        return managed
    inline = parsed_document(request.policy, name="session policy", kind=PolicyKind.IDENTITY)
    if isinstance(inline, ApiError):
        return inline
    limit = DOCUMENTED_LIMITS.session
    if size_of([inline]) > limit:
        # AWS measures a packed form that it does not publish; this is the limit of the plain text.
        percent = _PERCENT * size_of([inline]) // limit
        return ApiError(
            "PackedPolicyTooLarge",
            f"Serialized token is too large for session: {percent} percent of {limit} characters",
        )
    return (inline, *managed)


def _managed(
    account: Account, descriptors: Sequence[inputs.PolicyDescriptor]
) -> tuple[Policy, ...] | ApiError:
    """The default versions at this instant; later changes do not reach the session (assumed)."""
    policies = []
    for descriptor in descriptors:
        arn = descriptor.arn or ""
        policy = account.managed_policies.default_document(arn)
        if policy is None:
            return _invalid(f"Policy {arn} does not exist.")
        policies.append(policy)
    return tuple(policies)


def _described(account: Account, session: Caller) -> dict[str, object]:
    shown: dict[str, object] = {
        "Credentials": credentials_of(account, session),
        "AssumedRoleUser": {
            "AssumedRoleId": user_id_of(account, session),
            "Arn": session.arn,
        },
    }
    assert session.limits is not None, "people's sessions have limits"
    if session.limits.policies is not None:
        size = size_of(p for p in session.limits.policies if p.arn is None)
        shown["PackedPolicySize"] = _PERCENT * size // DOCUMENTED_LIMITS.session
    return shown


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationError", message)
