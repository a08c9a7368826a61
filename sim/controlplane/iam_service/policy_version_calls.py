"""IAM on versions of managed policies; a changed default is seen once it has spread."""

import json

from sim.controlplane.account import Account
from sim.controlplane.iam_service import policy_inputs as inputs
from sim.controlplane.iam_service.descriptions import aws_version_in_list, version_in_list
from sim.controlplane.iam_service.documents import document_text
from sim.controlplane.iam_service.entities import listed_page
from sim.controlplane.iam_service.iam_errors import delete_conflict, no_such_version
from sim.controlplane.iam_service.managed_policy_calls import sized_document
from sim.controlplane.managed_policies import CustomerPolicy, aws_policy_versions
from sim.facts import ManagedPolicy
from sim.model.api_results import ApiError, ApiResult, ApiSuccess


def create(
    account: Account, policy: CustomerPolicy, request: inputs.CreatePolicyVersion
) -> ApiResult:
    """Add a version, which counts at once or later."""
    document = sized_document(request.policy_document, name=policy.name, arn=policy.arn)
    if isinstance(document, ApiError):
        return document
    limit = account.facts.integer("iam.managed_policy_versions_max")
    if len(policy.versions) >= limit:
        return ApiError(
            "LimitExceeded",
            f"A managed policy can have up to {limit} versions. Before you create a new version, "
            "you must delete an existing version.",
        )
    version = policy.add_version(document, now_us=account.now_us)
    policy.updated_us = account.now_us
    if request.set_as_default:
        _make_default(account, policy, version.version_id)
    return ApiSuccess({"PolicyVersion": version_in_list(account, policy, version)})


def get(
    account: Account, policy: CustomerPolicy | ManagedPolicy, request: inputs.NamedPolicyVersion
) -> ApiResult:
    """Show a version with its document."""
    if isinstance(policy, ManagedPolicy):
        return _aws_version(policy, request)
    version = policy.versions.get(request.version_id)
    if version is None:
        return no_such_version(policy.arn, request.version_id)
    shown = version_in_list(account, policy, version)
    return ApiSuccess({"PolicyVersion": {**shown, "Document": document_text(version.policy)}})


def list_all(
    account: Account, policy: CustomerPolicy | ManagedPolicy, request: inputs.ListPolicyVersions
) -> ApiResult:
    """Show the versions of a policy, the newest first."""
    if isinstance(policy, ManagedPolicy):
        shown = [aws_version_in_list(policy, v) for v in aws_policy_versions(policy.arn)]
    else:
        shown = [version_in_list(account, policy, v) for v in policy.versions.values()]
    keyed = ((_newest_first(str(version["VersionId"])), version) for version in shown)
    return listed_page(request, "Versions", keyed, lambda version: version)


def set_default(
    account: Account, policy: CustomerPolicy, request: inputs.NamedPolicyVersion
) -> ApiResult:
    """Let another version count."""
    if request.version_id not in policy.versions:
        return no_such_version(policy.arn, request.version_id)
    _make_default(account, policy, request.version_id)
    policy.updated_us = account.now_us
    return ApiSuccess()


def delete(
    _account: Account, policy: CustomerPolicy, request: inputs.NamedPolicyVersion
) -> ApiResult:
    """Delete a version that does not count."""
    if request.version_id not in policy.versions:
        return no_such_version(policy.arn, request.version_id)
    if request.version_id == policy.default_version_id:
        return delete_conflict("Cannot delete the default version of a policy.")
    del policy.versions[request.version_id]
    return ApiSuccess()


def _make_default(account: Account, policy: CustomerPolicy, version_id: str) -> None:
    policy.default_version_id = version_id
    account.principals.change_policy(policy.default.policy, now_us=account.now_us)


def _aws_version(policy: ManagedPolicy, request: inputs.NamedPolicyVersion) -> ApiResult:
    for version in aws_policy_versions(policy.arn):
        if version.version == request.version_id:
            text = json.dumps(version.document)
            shown = aws_version_in_list(policy, version)
            return ApiSuccess({"PolicyVersion": {**shown, "Document": text}})
    return no_such_version(policy.arn, request.version_id)


_VERSIONS_COUNTED_TO = 10**9


def _newest_first(version_id: str) -> str:
    """A key by which higher numbers come first."""
    number = int(version_id[1:].partition(".")[0])
    return f"{_VERSIONS_COUNTED_TO - number:010d}"
