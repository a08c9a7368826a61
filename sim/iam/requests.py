"""A request is one principal, one action and one resource, with all that is known of the call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sim.iam.errors import RequestError
from sim.iam.patterns import split_arn
from sim.iam.principals import Caller, parse_caller
from sim.iam.shapes import is_unicode
from sim.iam.variables import Context

NO_RESOURCE = "*"
"""The resource of a request whose action takes none."""


@dataclass(frozen=True, slots=True)
class Request:
    """One authorization request.

    Nothing is inferred: a key that is not in `context` is absent, even where a field would tell it.
    Raises RequestError for a principal, action or resource that cannot be read.
    """

    principal: str
    """ARN of a user, role session, service-linked role or root, or a service principal's name."""
    action: str
    """`service:Name`, in any case."""
    resource: str
    """One ARN (a `*` inside is an ordinary character), or `*` where the action takes none."""
    context: Mapping[str, Sequence[str]]
    """Key (in any case) to its values; an empty list is an absent key."""
    caller: Caller = field(init=False, repr=False, compare=False)
    folded_action: str = field(init=False, repr=False, compare=False)
    folded_context: Context = field(init=False, repr=False, compare=False)
    arn_parts: tuple[str, ...] | None = field(init=False, repr=False, compare=False)
    """The resource's six parts; None for `*`."""

    def __post_init__(self) -> None:
        if not is_unicode(f"{self.principal}{self.action}{self.resource}"):
            raise RequestError("a request holds half of a surrogate pair; write whole characters")
        if ":" not in self.action:
            raise RequestError(f"action `{self.action}` is not of the form `service:Name`")
        parts = split_arn(self.resource)
        if parts is None and self.resource != NO_RESOURCE:
            raise RequestError(
                f"resource `{self.resource}` is neither an ARN with six parts nor `*`"
            )
        object.__setattr__(self, "caller", parse_caller(self.principal))
        object.__setattr__(self, "folded_action", self.action.lower())
        object.__setattr__(self, "folded_context", _folded(self.context))
        object.__setattr__(self, "arn_parts", parts)

    @property
    def resource_account(self) -> str:
        """The account of the resource: the ARN's, or the caller's where the ARN has none.

        `aws` in an ARN marks what AWS offers to every account, such as managed policies.
        """
        account = self.arn_parts[4] if self.arn_parts is not None else ""
        return self.caller.account if account in ("", "aws") else account


def _folded(context: Mapping[str, Sequence[str]]) -> Context:
    folded = {key.lower(): tuple(values) for key, values in context.items() if values}
    if len(folded) < sum(1 for values in context.values() if values):
        raise RequestError("context has one key twice, in different case")
    return folded
