"""Lambda's `Invoke`: an invocation of the data plane at this instant, and what the router says.

A call of the control plane answers at its own instant, so `RequestResponse` tells that an
environment took the invocation (200) or that none did (429): how it ends is in the record of
invocations, where it is counted like any other. No code runs, so there is no payload to answer.
"""

from sim.controlplane.account import Account, Call
from sim.controlplane.errors import function_busy, invalid_parameter, too_many_requests
from sim.controlplane.lambda_service.access_inputs import Invoke
from sim.controlplane.lambda_service.event_queue import Event, queue
from sim.controlplane.lambda_service.invocations import attempt, drawn, share_drawn
from sim.controlplane.lambda_service.permitted import Meant, Question, permitted_version
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.function_version import FunctionVersion
from sim.model.states import FunctionVersionState
from sim.model.version_names import LATEST, LATEST_PUBLISHED

_QUESTION = Question(action="lambda:InvokeFunction", is_qualified=True)
_NOT_LATEST = (
    "Functions configured with capacity provider configuration can't be invoked with $LATEST "
    "qualifier. To invoke this function, specify a published version qualifier or "
    "$LATEST.PUBLISHED."
)
_NOTHING_PUBLISHED = (
    "The function can't be invoked because no published version exists. For functions with "
    "capacity provider configuration, either publish a version to $LATEST.PUBLISHED, or specify a "
    "published version qualifier."
)
"""Words of Lambda, as LocalStack's provider has them."""

_SUCCESS, _ACCEPTED, _NO_CONTENT = 200, 202, 204
_REASON = "ConcurrentInvocationLimitExceeded"
"""The only reason of Lambda's list that fits environments without room (assumed)."""


def invoke(account: Account, call: Call, request: Invoke) -> ApiResult:
    """Invoke a version; who may is asked of the ARN with its qualifier."""
    meant = permitted_version(account, call, request.function_name, request.qualifier, _QUESTION)
    if isinstance(meant, ApiError):
        return meant
    if not meant.exists():
        return meant.not_found()
    if request.invocation_type == "DryRun":
        return ApiSuccess({"StatusCode": _NO_CONTENT})
    if request.log_type == "Tail":
        return invalid_parameter("LogType Tail is not supported on Lambda Managed Instances")
    return _made(account, meant, is_event=request.invocation_type == "Event")


def _made(account: Account, meant: Meant, *, is_event: bool) -> ApiResult:
    """An invocation that waits for an environment in a queue, or has one at once or not at all."""
    number = account.foundation.identifiers.invocation(meant.function.name)
    version = _invocable(account, meant, number)
    if isinstance(version, ApiError):
        return version
    what = drawn(account, version.function, number)
    if is_event:
        queue(account, Event(version, number, what))
        return ApiSuccess({"StatusCode": _ACCEPTED})
    reason = attempt(account, version, what)
    if reason is not None:
        return too_many_requests(f"Rate Exceeded. ({reason.value})", reason=_REASON)
    return ApiSuccess({"StatusCode": _SUCCESS, "ExecutedVersion": version.version})


def _invocable(account: Account, meant: Meant, number: int) -> FunctionVersion | ApiError:
    """The version that is to run, if it can be invoked now."""
    function = meant.function
    qualifier = _drawn_qualifier(account, meant, number)
    if qualifier == LATEST:
        has_head = function.version(LATEST_PUBLISHED) is not None
        if has_head:
            return invalid_parameter(_NOT_LATEST)
        return ApiError("NoPublishedVersionException", _NOTHING_PUBLISHED)
    version = function.version(qualifier)
    if version is None:
        return meant.not_found()
    if version.state is not FunctionVersionState.ACTIVE:
        return function_busy(version.state.value)
    return _unmodelled(account, version) or version


def _unmodelled(account: Account, version: FunctionVersion) -> ApiError | None:
    """What this model cannot run is refused: nothing is made up."""
    if account.now_us >= account.world.settings.horizon_us:
        return invalid_parameter("This model invokes nothing after the end of the run")
    if account.world.data_plane.takes_invocations(version.function_index):
        return None
    return invalid_parameter(
        f"This model invokes {version.arn} by calls only where its workload has neither callers, "
        "retries, events nor a queue"
    )


def _drawn_qualifier(account: Account, meant: Meant, number: int) -> str:
    """Without qualifier the head is meant where there is one; of an alias one is drawn."""
    if meant.qualifier is None:
        head = meant.function.version(LATEST_PUBLISHED)
        return LATEST if head is None else LATEST_PUBLISHED
    alias = meant.alias
    if alias is None:
        return meant.version_name
    share = share_drawn(account, meant.function.name, number)
    for qualifier, weight in alias.weights.items():
        if share < weight:
            return qualifier
    return alias.version
