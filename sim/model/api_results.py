"""What an AWS API call answers: an output or an error; an error is a value, never an exception."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ApiError:
    """An AWS error answer."""

    code: str
    """For example `UnauthorizedOperation`, `ResourceConflictException`."""
    message: str
    encoded_authorization_message: str = field(default="", compare=False, repr=False)
    """What EC2 appends to the message of a denial, and STS decodes; empty elsewhere."""
    members: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)
    """Further members of the error's shape, such as `Reason` of Lambda's throttles."""

    @property
    def wire_message(self) -> str:
        """The message as a client sees it, the encoded part included."""
        if not self.encoded_authorization_message:
            return self.message
        encoded = self.encoded_authorization_message
        return f"{self.message}. Encoded authorization failure message: {encoded}"


@dataclass(frozen=True, slots=True)
class ApiSuccess:
    """A successful answer; members are named as AWS names them."""

    output: Mapping[str, object] = field(default_factory=dict)


ApiResult = ApiSuccess | ApiError

NO_ANSWER = ApiError("NoAnswer", "no answer arrived: whether the call was carried out is not known")
"""What a caller is left with when its request or the answer is lost; no code of AWS."""
