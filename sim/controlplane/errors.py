"""The error answers of AWS. Source of codes and known texts: API references of Lambda, IAM, EC2."""

from sim.engine.ec2_authorization import unauthorized
from sim.model.api_results import ApiError
from sim.model.authorization import Denial

OPERATOR_ROLE_INVALID = (
    "The operator role is invalid or doesn't have sufficient permissions. Verify the role and "
    "permissions and try again."
)
SECURITY_GROUPS_INVALID = (
    "One or more security group IDs are invalid. Check that the IDs are correct and try again."
)
"""Both seen from AWS by go-to-k/cdkd, issues 3174 and 3227."""

SUBNETS_INVALID = (
    "One or more subnet IDs are invalid. Check that the IDs are correct and try again."
)
"""Assumed, by analogy with security groups."""

SEVERAL_VPCS = "The subnets and security groups must belong to the same VPC."
"""Assumed: interfaces of one VPC cannot carry a security group of another."""


def access_denied(operation: str, denial: Denial) -> ApiError:
    """A caller may not; every service has a code of its own for that."""
    match operation.partition(":")[0]:
        case "lambda" | "organizations" | "logs" | "cloudtrail":
            return ApiError("AccessDeniedException", denial.sentence)
        case "ec2":
            return unauthorized(denial)
        case _:
            return ApiError("AccessDenied", denial.sentence)


def cannot_assume(caller_arn: str, role_arn: str) -> ApiError:
    """STS does not tell a role that does not exist from one that cannot be assumed."""
    return ApiError(
        "AccessDenied",
        f"User: {caller_arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}",
    )


def expired_token(operation: str) -> ApiError:
    """The session that signs has ended; every service has a code of its own for that."""
    codes = {"ec2": "RequestExpired", "iam": "ExpiredToken", "sts": "ExpiredToken"}
    code = codes.get(operation.partition(":")[0], "ExpiredTokenException")
    return ApiError(code, "The security token included in the request is expired")


def limited_token(operation: str) -> ApiError | None:
    """What the credentials of GetSessionToken may not be used for: IAM, and most of STS.

    Source: STS API reference, GetSessionToken, for those without MFA; codes and texts are assumed.
    """
    service, _, name = operation.partition(":")
    if service == "iam":
        return ApiError(
            "InvalidClientTokenId", "The security token included in the request is invalid"
        )
    if service == "sts" and name not in ("AssumeRole", "GetCallerIdentity"):
        return ApiError("AccessDenied", f"Cannot call {name} with session credentials")
    return None


def invalid_parameter(message: str) -> ApiError:
    """Lambda's answer to a request that is well formed and cannot be granted."""
    return ApiError("InvalidParameterValueException", message)


def service_exception(cause: ApiError) -> ApiError:
    """Lambda's answer when another service let it down; that it names the cause is assumed."""
    return ApiError(
        "ServiceException", f"The AWS Lambda service encountered an internal error: {cause.code}"
    )


def not_found(message: str) -> ApiError:
    """Lambda's answer about something that does not exist."""
    return ApiError("ResourceNotFoundException", message)


def capacity_provider_not_found(arn: str) -> ApiError:
    """Recorded from AWS: the full ARN follows the colon."""
    return not_found(f"Capacity provider not found: {arn}")


def function_not_found(arn: str) -> ApiError:
    """Lambda's well-known words."""
    return not_found(f"Function not found: {arn}")


def conflict(message: str) -> ApiError:
    """Lambda's answer when the state of a resource forbids the operation."""
    return ApiError("ResourceConflictException", message)


def function_busy(state: str) -> ApiError:
    """Recorded from AWS: a function in this state cannot do that now."""
    return conflict(
        "The operation cannot be performed at this time. The function is currently in the "
        f"following state: {state}"
    )


def update_in_progress(arn: str) -> ApiError:
    """Recorded from AWS: what is being updated takes no other update."""
    return conflict(
        "The operation cannot be performed at this time. An update is in progress for resource: "
        f"{arn}"
    )


def too_many_requests(message: str, *, reason: str, retry_after_s: int | None = None) -> ApiError:
    """Lambda's answer to a caller who comes too often, or finds no place for an invocation."""
    members: dict[str, object] = {"Type": "User", "Reason": reason}
    if retry_after_s is not None:
        members["retryAfterSeconds"] = str(retry_after_s)
    return ApiError("TooManyRequestsException", message, members=members)


def stale_revision(reader: str) -> ApiError:
    """Lambda's well-known words; `reader` is the operation that shows the revision."""
    return ApiError(
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the "
        f"{reader} API to retrieve the latest Revision Id",
    )
