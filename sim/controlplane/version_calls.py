"""Lambda's operations that make versions: publish, and update the code that is published next.

A number is published once and stays as it is. `$LATEST.PUBLISHED` is one version that is published
again in place: what runs serves on until it is replaced. Source: Lambda developer guide, versions
of functions on capacity providers.
"""

from sim.controlplane import inputs
from sim.controlplane.account import Account, Call
from sim.controlplane.errors import (
    function_busy,
    function_not_found,
    invalid_parameter,
    update_in_progress,
)
from sim.controlplane.functions import Function
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck
from sim.model.capacity_provider import CapacityProvider
from sim.model.function_version import FunctionVersion
from sim.model.identifiers import function_arn
from sim.model.states import FunctionVersionState, UpdateStatus
from sim.model.version_names import LATEST_PUBLISHED
from sim.units import SECOND_US


def publish(account: Account, call: Call, request: inputs.PublishVersion) -> ApiResult:
    """Publish `$LATEST`, as the next number or as the head: this is what launches instances."""
    function = permitted(account, call, request.function_name)
    if isinstance(function, ApiError):
        return function
    return publish_latest(account, function, to_head=request.publish_to is not None)


def update_code(account: Account, call: Call, request: inputs.UpdateFunctionCode) -> ApiResult:
    """Give `$LATEST` other code, and publish it if that is asked for; else nothing runs anew.

    The same place is taken for the same code. That to publish takes no other permission is assumed.
    """
    function = permitted(account, call, request.function_name)
    if isinstance(function, ApiError):
        return function
    if function.is_deleting:
        return function_busy(FunctionVersionState.DELETING.value)
    place = _code_place(request)
    if place is None:
        return invalid_parameter(
            "Provide one source of the function's code: ImageUri, or S3Bucket and S3Key"
        )
    before, function.code = function.code, place
    if not request.publish and request.publish_to is None:
        state = FunctionVersionState.ACTIVE_NON_INVOCABLE.value
        return ApiSuccess({"FunctionArn": function.arn, "State": state})
    answer = publish_latest(account, function, to_head=request.publish_to is not None)
    if isinstance(answer, ApiError):
        function.code = before
    return answer


def publish_latest(account: Account, function: Function, *, to_head: bool) -> ApiResult:
    """Publish `$LATEST`.

    What was published already is answered again: Lambda publishes no second version of the same
    code and configuration (source: Lambda developer guide, versions; for the head assumed).
    """
    if function.is_deleting:
        return function_busy(FunctionVersionState.DELETING.value)
    version = function.version(LATEST_PUBLISHED) if to_head else function.latest_version()
    if version is not None and _says_the_same(function, version):
        return _answer(version)
    if version is not None and to_head:
        return _publish_again(account, function, version)
    refusal = too_many_versions(account, function.capacity_provider)
    if refusal:
        return refusal
    number = account.functions.next_version_number
    version = _new_version(
        account, function, LATEST_PUBLISHED if to_head else number(function.name)
    )
    function.add(version)
    account.world.versions.publish(function.capacity_provider, version)
    return _answer(version)


def permitted(account: Account, call: Call, name: str) -> Function | ApiError:
    """The function, if the caller may do this to it; whether it exists is told only to who may."""
    arn = function_arn(account.region, account.account_id, name)
    refusal = account.refusal(call, AuthorizationCheck(call.operation, arn))
    function = account.functions.existing(name)
    if refusal or function is None:
        return refusal or function_not_found(arn)
    return function


def too_many_versions(account: Account, provider: CapacityProvider) -> ApiError | None:
    """The answer when a provider takes no further version."""
    count_max = account.facts.integer("capacity_provider.function_versions_max")
    if len(provider.versions) < count_max:
        return None
    return ApiError(
        "FunctionVersionsPerCapacityProviderLimitExceededException",
        f"Capacity provider {provider.arn} has {count_max} function versions already",
    )


def described(version: FunctionVersion) -> dict[str, object]:
    """What GetFunctionConfiguration says of a version; of the head also how its update went."""
    output: dict[str, object] = {"FunctionArn": version.arn, "State": version.state.value}
    if version.version == LATEST_PUBLISHED:
        output["LastUpdateStatus"] = version.update_status.value
    return output


def _says_the_same(function: Function, version: FunctionVersion) -> bool:
    """Whether publishing would change nothing; a failed update of the head is tried again."""
    return (
        version.state is not FunctionVersionState.DELETING
        and version.update_status is not UpdateStatus.FAILED
        and function.holds_latest_code(version)
    )


def _publish_again(account: Account, function: Function, version: FunctionVersion) -> ApiResult:
    """Publish the head again in place, unless it is still busy with the last time."""
    match version.state:
        case FunctionVersionState.DELETING | FunctionVersionState.DEACTIVATING:
            return function_busy(version.state.value)
        case FunctionVersionState.PENDING:
            return update_in_progress(version.arn)
        case _ if version.update_status is UpdateStatus.IN_PROGRESS:
            return update_in_progress(version.arn)
        case _:
            function.note_publishing(version)
            account.world.versions.publish_again(function.capacity_provider, version)
            return _answer(version)


def _code_place(request: inputs.UpdateFunctionCode) -> str | None:
    """Where the code lies, as one text; None unless exactly one place is named in full."""
    bucket, key = request.s3_bucket, request.s3_key
    is_object = bucket is not None and key is not None
    is_part = (bucket, key, request.s3_object_version) != (None, None, None)
    if request.image_uri is not None:
        return None if is_part else request.image_uri
    version = f"?versionId={request.s3_object_version}" if request.s3_object_version else ""
    return f"s3://{bucket}/{key}{version}" if is_object else None


def _answer(version: FunctionVersion) -> ApiSuccess:
    return ApiSuccess({**described(version), "Version": version.version})


def _new_version(account: Account, function: Function, qualifier: str) -> FunctionVersion:
    behaviour = account.behaviours[function.name]
    count_min = account.facts.integer("execution_environment.count_min_default")
    return FunctionVersion(
        function=function.name,
        version=qualifier,
        arn=function_arn(account.region, account.account_id, function.name, qualifier),
        capacity_provider=function.capacity_provider.name,
        shape=function.shape,
        concurrency_limit=function.concurrency_limit,
        count_min=count_min,
        count_max=account.facts.integer("execution_environment.count_max"),
        timeout_us=behaviour.timeout_s * SECOND_US,
        init_us=behaviour.init_us,
        init_failure_fraction=behaviour.init_failure_fraction,
        function_index=account.world.version_indexes.take(function.name, qualifier),
        provided_since_us=account.foundation.kernel.now_us,
        desired_count=count_min,
    )
