"""What an AWS API call answers: an output or an error; an error is a value, never an exception."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ApiError:
    """An AWS error answer."""

    code: str
    """For example `UnauthorizedOperation`, `ResourceConflictException`."""
    message: str


@dataclass(frozen=True, slots=True)
class ApiSuccess:
    """A successful answer; members are named as AWS names them."""

    output: Mapping[str, object] = field(default_factory=dict)


ApiResult = ApiSuccess | ApiError
