"""The AWS error answers of the control plane. Source of codes and known texts: Lambda and IAM API references."""

from sim.model.api_results import ApiError
from sim.model.authorization import Denial

OPERATOR_ROLE_INVALID = (
    "The operator role is invalid or doesn't have sufficient permissions. Verify the role and "
    "permissions and try again."
)
"""Seen from AWS by go-to-k/cdkd, issue 3174."""


def access_denied(operation: str, denial: Denial) -> ApiError:
    """A caller may not: Lambda says `AccessDeniedException`, EC2 `UnauthorizedOperation`, IAM `AccessDenied`."""
    match operation.partition(":")[0]:
        case "lambda":
            return ApiError("AccessDeniedException", denial.sentence)
        case "ec2":
            message = f"You are not authorized to perform this operation. {denial.sentence}"
            return ApiError("UnauthorizedOperation", message)
        case _:
            return ApiError("AccessDenied", denial.sentence)


def invalid_parameter(message: str) -> ApiError:
    """Lambda's answer to a request that is well formed and cannot be granted."""
    return ApiError("InvalidParameterValueException", message)


def validation(message: str) -> ApiError:
    """The answer to a request that does not have the shape of the API."""
    return ApiError("ValidationException", message)


def not_found(message: str) -> ApiError:
    """Lambda's answer about something that does not exist."""
    return ApiError("ResourceNotFoundException", message)


def capacity_provider_not_found(arn: str) -> ApiError:
    """Recorded from AWS: the full ARN follows the colon."""
    return not_found(f"Capacity provider not found: {arn}")


def conflict(message: str) -> ApiError:
    """Lambda's answer when the state of a resource forbids the operation."""
    return ApiError("ResourceConflictException", message)


def no_such_entity(message: str) -> ApiError:
    """IAM's answer about something that does not exist."""
    return ApiError("NoSuchEntity", message)


def limit_exceeded(code: str, message: str) -> ApiError:
    """An account quota is reached."""
    return ApiError(code, message)
