"""Lambda's operations on resource policies: who else may use a function, a version or an alias.

Texts are those of LocalStack's provider for Lambda, written after answers of AWS.
"""

import json
import re
from collections.abc import Mapping

from sim.controlplane.account import Account, Call
from sim.controlplane.errors import conflict, invalid_parameter, not_found, stale_revision
from sim.controlplane.lambda_service.access_inputs import (
    AddPermission,
    GetPolicy,
    RemovePermission,
)
from sim.controlplane.lambda_service.functions import (
    Function,
    ResourcePolicy,
    document_of,
)
from sim.controlplane.lambda_service.names import qualified_arn
from sim.controlplane.lambda_service.permitted import Meant, Question, permitted_version
from sim.iam import PolicyError, PolicyKind, parse_policy
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.version_names import LATEST

_ACCOUNT = re.compile(r"^[0-9]{12}$")
_INVALID_PRINCIPAL = "The provided principal was invalid. Please check the principal and try again."
_STALE = "GetPolicy"

Statement = Mapping[str, object]


def add(account: Account, call: Call, request: AddPermission) -> ApiResult:
    """Add a statement to the policy of what is meant."""
    context = {"lambda:Principal": (request.principal,)}
    meant = _meant(account, call, request, context)
    if isinstance(meant, ApiError):
        return meant
    if meant.qualifier == LATEST:
        return invalid_parameter("We currently do not support adding policies for $LATEST.")
    before = meant.function.policy(meant.qualifier)
    statements = dict(before.statements) if before is not None else {}
    if request.statement_id in statements:
        return conflict(
            f"The statement id ({request.statement_id}) provided already exists. Please provide a "
            "new statement id, or remove the existing statement."
        )
    if request.revision_id not in (None, before.revision if before is not None else None):
        return stale_revision(_STALE)
    statement = _statement(request, qualified_arn(meant.function.arn, meant.qualifier))
    statements[request.statement_id] = statement
    policy = _too_long(account, statements) or _policy(account, statements)
    if isinstance(policy, ApiError):
        return policy
    meant.function.policies[meant.qualifier or ""] = policy
    return ApiSuccess({"Statement": json.dumps(statement)})


def remove(account: Account, call: Call, request: RemovePermission) -> ApiResult:
    """Take a statement out of the policy of what is meant; the last one takes the policy away."""
    meant = _meant(account, call, request, {})
    if isinstance(meant, ApiError):
        return meant
    before = meant.function.policy(meant.qualifier)
    if before is None:
        return not_found("No policy is associated with the given resource.")
    if request.statement_id not in before.statements:
        return not_found(f"Statement {request.statement_id} is not found in resource policy.")
    if request.revision_id not in (None, before.revision):
        return stale_revision(_STALE)
    others = {k: v for k, v in before.statements.items() if k != request.statement_id}
    _replace(account, meant.function, meant.qualifier or "", others)
    return ApiSuccess()


def get(account: Account, call: Call, request: GetPolicy) -> ApiResult:
    """The policy document of what is meant, as JSON text."""
    meant = _meant(account, call, request, {})
    if isinstance(meant, ApiError):
        return meant
    policy = meant.function.policy(meant.qualifier)
    if policy is None:
        return not_found("The resource you requested does not exist.")
    return ApiSuccess({"Policy": json.dumps(policy.document), "RevisionId": policy.revision})


def _meant(
    account: Account,
    call: Call,
    request: AddPermission | RemovePermission | GetPolicy,
    context: Mapping[str, tuple[str, ...]],
) -> Meant | ApiError:
    name, qualifier = request.function_name, request.qualifier
    meant = permitted_version(account, call, name, qualifier, Question(context=context))
    if isinstance(meant, ApiError):
        return meant
    return meant if meant.exists() else meant.not_found()


def _replace(
    account: Account, function: Function, qualifier: str, statements: Mapping[str, Statement]
) -> None:
    if not statements:
        del function.policies[qualifier]
        return
    policy = _policy(account, statements)
    assert not isinstance(policy, ApiError), "fewer statements of a policy that was accepted"
    function.policies[qualifier] = policy


def _too_long(account: Account, statements: Mapping[str, Statement]) -> ApiError | None:
    length_max = account.facts.integer("lambda.resource_policy_max")
    length = len(json.dumps(document_of(statements), separators=(",", ":")))
    if length <= length_max:
        return None
    return ApiError(
        "PolicyLengthExceededException",
        f"The final policy size ({length}) is bigger than the limit ({length_max}).",
    )


def _policy(account: Account, statements: Mapping[str, Statement]) -> ResourcePolicy | ApiError:
    document = document_of(statements)
    # IAM takes any text for a service; Lambda does not.
    principals = [statement["Principal"] for statement in statements.values()]
    if any(isinstance(p, dict) and "." not in p.get("Service", ".") for p in principals):
        return invalid_parameter(_INVALID_PRINCIPAL)
    try:
        policy = parse_policy(document, name="resource policy", kind=PolicyKind.RESOURCE)
    except PolicyError:
        # All else of a statement is ours; only whom it names comes from the caller.
        return invalid_parameter(_INVALID_PRINCIPAL)
    return ResourcePolicy(statements, account.foundation.identifiers.revision(), policy)


def _statement(request: AddPermission, arn: str) -> Statement:
    statement: dict[str, object] = {
        "Sid": request.statement_id,
        "Effect": "Allow",
        "Principal": _principal(request.principal),
        "Action": request.action,
        "Resource": arn,
    }
    equals = {
        "AWS:SourceAccount": request.source_account,
        "aws:PrincipalOrgID": request.principal_org_id,
    }
    conditions: dict[str, object] = {}
    given = {key: value for key, value in equals.items() if value is not None}
    if given:
        conditions["StringEquals"] = given
    if request.source_arn is not None:
        conditions["ArnLike"] = {"AWS:SourceArn": request.source_arn}
    return {**statement, "Condition": conditions} if conditions else statement


def _principal(text: str) -> object:
    if text == "*":
        return text
    if _ACCOUNT.match(text):
        return {"AWS": f"arn:aws:iam::{text}:root"}
    return {"AWS": text} if text.startswith("arn:") else {"Service": text}
