"""Organizations on policies of the account: guardrails come and go, and one always stays.

The account stands in for its organization's management account: no guardrail binds these calls.
"""

import json
from collections.abc import Mapping

from sim.controlplane.account import Account, Call
from sim.controlplane.organization import (
    RESOURCE_FULL_ACCESS,
    OrganizationPolicy,
    PolicyType,
)
from sim.controlplane.organizations_service import organizations_inputs as inputs
from sim.controlplane.pages import InvalidMarkerError, page_of
from sim.iam import DOCUMENTED_LIMITS, Effect, Policy, PolicyError, PolicyKind, parse_policy
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck

_ORGANIZATION = "o-lmisim0000"
"""The organization has no other place in the model than in ARNs."""
_SEGMENTS = {
    PolicyType.SERVICE_CONTROL: "service_control_policy",
    PolicyType.RESOURCE_CONTROL: "resource_control_policy",
}


def create(account: Account, call: Call, request: inputs.CreatePolicy) -> ApiResult:
    """Make a policy, which bears on nothing until it is attached."""
    kind = PolicyType(request.type)
    refusal = _refused(account, call, "*", kind)
    if refusal:
        return refusal
    organization = account.organization
    if any(p.name == request.name for p in organization.policies.values()):
        return ApiError(
            "DuplicatePolicyException", "A policy with the same name and type already exists."
        )
    policy = _parsed(request.content, request.name, kind)
    if isinstance(policy, ApiError):
        return policy
    identifier = account.foundation.identifiers.organizations_policy()
    made = OrganizationPolicy(
        identifier,
        _arn(account, kind, identifier),
        request.name,
        request.description,
        kind,
        policy,
    )
    organization.policies[identifier] = made
    content = json.dumps(policy.document)
    return ApiSuccess({"Policy": {"PolicySummary": _summary(made), "Content": content}})


def attach(account: Account, call: Call, request: inputs.PolicyTarget) -> ApiResult:
    """Attach a policy to the account; it guards once it has spread."""
    found = _found(account, call, request)
    if isinstance(found, ApiError):
        return found
    attached = account.organization.attached(found.type)
    if found in attached:
        return ApiError(
            "DuplicatePolicyAttachmentException",
            "The selected policy is already attached to the specified target.",
        )
    limit = account.facts.integer("organizations.policies_per_target_max")
    if len(attached) >= limit:
        return _violation(
            "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
            "You have attached the maximum number of policies to the specified target.",
        )
    return _put(account, found.type, (*attached, found))


def detach(account: Account, call: Call, request: inputs.PolicyTarget) -> ApiResult:
    """Detach a policy from the account; the last one, and AWS's of resources, stay."""
    found = _found(account, call, request)
    if isinstance(found, ApiError):
        return found
    attached = account.organization.attached(found.type)
    if found not in attached:
        return ApiError(
            "PolicyNotAttachedException", "The policy isn't attached to the specified target."
        )
    if len(attached) == 1 or found is RESOURCE_FULL_ACCESS:
        return _violation(
            "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
            "You cannot remove the last policy attached to the specified target.",
        )
    return _put(account, found.type, tuple(p for p in attached if p is not found))


def delete(account: Account, call: Call, request: inputs.NamedPolicy) -> ApiResult:
    """Delete a policy that is attached nowhere."""
    found = _permitted(account, call, request.policy_id)
    if isinstance(found, ApiError):
        return found
    if found.is_aws_managed:
        return ApiError(
            "InvalidInputException", "You specified an AWS managed policy, which is immutable."
        )
    if found in account.organization.attached(found.type):
        return ApiError("PolicyInUseException", "The policy is attached to one or more entities.")
    del account.organization.policies[found.policy_id]
    return ApiSuccess()


def list_for_target(
    account: Account, call: Call, request: inputs.ListPoliciesForTarget
) -> ApiResult:
    """Show what is attached to the account."""
    kind = PolicyType(request.filter)
    arn = f"arn:aws:organizations::{account.account_id}:account/{_ORGANIZATION}/{request.target_id}"
    refusal = _refused(account, call, arn, kind) or _other_target(account, request.target_id)
    if refusal:
        return refusal
    keyed = ((policy.policy_id, policy) for policy in account.organization.attached(kind))
    try:
        page = page_of(keyed, marker=request.next_token, entries_max=request.max_results)
    except InvalidMarkerError:
        return ApiError("InvalidInputException", "You specified an invalid value for nextToken.")
    shown: dict[str, object] = {"Policies": [_summary(policy) for policy in page.entries]}
    return ApiSuccess(shown if page.marker is None else {**shown, "NextToken": page.marker})


def _found(
    account: Account, call: Call, request: inputs.PolicyTarget
) -> OrganizationPolicy | ApiError:
    """The policy, for a caller who may, and for the account as the target."""
    found = _permitted(account, call, request.policy_id)
    if isinstance(found, ApiError):
        return found
    return _other_target(account, request.target_id) or found


def _permitted(account: Account, call: Call, policy_id: str) -> OrganizationPolicy | ApiError:
    found = account.organization.policies.get(policy_id)
    kind = found.type if found is not None else PolicyType.SERVICE_CONTROL
    arn = found.arn if found is not None else _arn(account, kind, policy_id)
    refusal = _refused(account, call, arn, kind)
    if refusal:
        return refusal
    return found or ApiError(
        "PolicyNotFoundException", f"We can't find a policy with the PolicyId {policy_id}."
    )


def _refused(account: Account, call: Call, arn: str, kind: PolicyType) -> ApiError | None:
    context = {"organizations:PolicyType": (kind.value,)}
    return account.refusal(call, AuthorizationCheck(call.operation, arn, context))


def _other_target(account: Account, target_id: str) -> ApiError | None:
    """Roots and units are the scenario's; the model keeps no identifiers of them."""
    if target_id == account.account_id:
        return None
    return ApiError(
        "TargetNotFoundException",
        f"We can't find a root, OU, or account with the TargetId {target_id}.",
    )


def _put(
    account: Account, kind: PolicyType, attached: tuple[OrganizationPolicy, ...]
) -> ApiSuccess:
    visible_us = account.principals.visible_us(account.now_us)
    account.organization.put(kind, attached, visible_us=visible_us)
    return ApiSuccess()


def _parsed(content: Mapping[str, object] | str, name: str, kind: PolicyType) -> Policy | ApiError:
    is_of_resources = kind is PolicyType.RESOURCE_CONTROL
    document_kind = PolicyKind.RESOURCE if is_of_resources else PolicyKind.IDENTITY
    try:
        policy = parse_policy(content, name=name, kind=document_kind)
    except PolicyError as error:
        return ApiError("MalformedPolicyDocumentException", str(error))
    if is_of_resources and not _only_denies_everybody(policy):
        return ApiError(
            "MalformedPolicyDocumentException",
            "A resource control policy has statements of effect Deny and principal * only.",
        )
    # Organizations counts every character of the text, white space too.
    text = content if isinstance(content, str) else json.dumps(content)
    if len(text) > DOCUMENTED_LIMITS.control:
        return _violation(
            "POLICY_CONTENT_LIMIT_EXCEEDED", "You have exceeded the maximum policy size."
        )
    return policy


def _only_denies_everybody(policy: Policy) -> bool:
    """Source: Organizations user guide, RCP syntax."""
    return all(
        statement.effect is Effect.DENY
        and statement.principals is not None
        and statement.principals.is_everyone
        for statement in policy.statements
    )


def _arn(account: Account, kind: PolicyType, identifier: str) -> str:
    segment = _SEGMENTS[kind]
    owner = account.account_id
    return f"arn:aws:organizations::{owner}:policy/{_ORGANIZATION}/{segment}/{identifier}"


def _violation(reason: str, message: str) -> ApiError:
    """A limit of the organization; clients see the reason as a member of its own."""
    return ApiError("ConstraintViolationException", f"{reason}: {message}")


def _summary(policy: OrganizationPolicy) -> dict[str, object]:
    return {
        "Id": policy.policy_id,
        "Arn": policy.arn,
        "Name": policy.name,
        "Description": policy.description,
        "Type": policy.type.value,
        "AwsManaged": policy.is_aws_managed,
    }
