"""Who may act on a function, and which of its versions is meant."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sim.controlplane.account import Account, Call
from sim.controlplane.errors import (
    function_busy,
    function_not_found,
    invalid_parameter,
    stale_revision,
)
from sim.controlplane.lambda_service.functions import Alias, Function
from sim.controlplane.lambda_service.names import (
    FunctionReference,
    function_named,
    qualified_arn,
)
from sim.controlplane.lambda_service.tags import resource_tags
from sim.model.api_results import ApiError
from sim.model.authorization import AuthorizationCheck
from sim.model.capacity_provider import CapacityProvider
from sim.model.function_version import FunctionVersion
from sim.model.states import FunctionVersionState
from sim.model.version_names import LATEST

MISMATCH = "The derived qualifier from the function name does not match the specified qualifier."
"""Words of Lambda."""


@dataclass(frozen=True, slots=True)
class Question:
    """How IAM is asked about a call, where not as usual."""

    action: str | None = None
    """The permission that it takes; None: that of its name."""
    is_qualified: bool = False
    """Whether the ARN that is asked about has the qualifier."""
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Condition keys of the request."""


_AS_USUAL = Question()


@dataclass(frozen=True, slots=True)
class Meant:
    """A function, and what of it a call is about."""

    function: Function
    qualifier: str | None
    """As the caller says it, in the name or beside it."""

    @property
    def alias(self) -> Alias | None:
        """The alias of that name."""
        return self.function.aliases.get(self.qualifier or "")

    @property
    def version_name(self) -> str:
        """The version that is meant; of an alias the first one."""
        alias = self.alias
        return alias.version if alias is not None else self.qualifier or LATEST

    def version(self) -> FunctionVersion | None:
        """The published version that is meant, if there is one."""
        return self.function.version(self.version_name)

    def exists(self) -> bool:
        """Whether there is what is meant; `$LATEST` always is."""
        return self.version_name == LATEST or self.version() is not None

    def not_found(self) -> ApiError:
        """The answer when there is not."""
        return function_not_found(qualified_arn(self.function.arn, self.qualifier))


def permitted(account: Account, call: Call, text: str) -> Function | ApiError:
    """The function, if the caller may do this to it; whether it exists is told only to who may.

    A name with another qualifier than `$LATEST` means something that never changes.
    """
    named = function_named(text, account.place)
    function = _allowed(account, call, named, None, _AS_USUAL)
    if isinstance(function, Function) and named.qualifier not in (None, LATEST):
        return invalid_parameter("Name the function without a version: only $LATEST can be changed")
    return function


def permitted_version(
    account: Account,
    call: Call,
    text: str,
    qualifier: str | None,
    question: Question = _AS_USUAL,
) -> Meant | ApiError:
    """The function and the version or alias of it that is meant, which may not exist."""
    named = function_named(text, account.place)
    asked = qualifier or named.qualifier
    function = _allowed(account, call, named, asked, question)
    if isinstance(function, ApiError):
        return function
    if named.qualifier not in (None, asked):
        return invalid_parameter(MISMATCH)
    return Meant(function, asked)


def unchangeable(function: Function, revision: str | None) -> ApiError | None:
    """Why `$LATEST` cannot be changed or published now, by who insists on a revision."""
    if function.is_deleting:
        return function_busy(FunctionVersionState.DELETING.value)
    if revision not in (None, function.latest.revision):
        return stale_revision("GetFunction/GetAlias")
    return None


def provider_of(account: Account, version: FunctionVersion) -> CapacityProvider:
    """The provider on which a version was published; the function's may be another by now."""
    return account.world.capacity_providers.by_name[version.capacity_provider]


def _allowed(
    account: Account,
    call: Call,
    named: FunctionReference,
    qualifier: str | None,
    question: Question,
) -> Function | ApiError:
    """The policy of the very thing that IAM is asked about counts, with those of the caller."""
    function = account.functions.existing(named.name)
    if function is not None and function.arn != named.arn:
        function = None
    seen = qualifier if question.is_qualified else None
    tags = resource_tags(function.tags) if function is not None else {}
    action = question.action or call.operation
    check = AuthorizationCheck(action, qualified_arn(named.arn, seen), {**tags, **question.context})
    policy = function.policy(seen) if function is not None else None
    refusal = account.refusal_on(call, check, policy.policy if policy is not None else None)
    if refusal or function is None:
        return refusal or function_not_found(named.arn)
    return function
