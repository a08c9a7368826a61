"""Lambda's operations that make versions: publish, and update the code that is published next.

A number is published once and stays as it is. `$LATEST.PUBLISHED` is one version that is published
again in place: what runs serves on until it is replaced. Source: Lambda developer guide, versions
of functions on capacity providers.
"""

from dataclasses import replace

from sim.controlplane.account import Account, Call
from sim.controlplane.errors import conflict, function_busy, invalid_parameter, update_in_progress
from sim.controlplane.lambda_service.function_inputs import PublishVersion, UpdateFunctionCode
from sim.controlplane.lambda_service.function_settings import code_of
from sim.controlplane.lambda_service.function_shapes import described, described_changing
from sim.controlplane.lambda_service.functions import Code, Configuration, Function, Snapshot
from sim.controlplane.lambda_service.permitted import permitted, unchangeable
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.capacity_provider import CapacityProvider
from sim.model.function_version import FunctionVersion, VersionSize
from sim.model.identifiers import function_arn
from sim.model.states import CapacityProviderState, FunctionVersionState, UpdateStatus
from sim.model.version_names import LATEST_PUBLISHED


def publish(account: Account, call: Call, request: PublishVersion) -> ApiResult:
    """Publish `$LATEST`, as the next number or as the head: this is what launches instances."""
    function = permitted(account, call, request.function_name)
    if isinstance(function, ApiError):
        return function
    refusal = unchangeable(function, request.revision_id)
    refusal = refusal or _other_code(function, request.code_sha256)
    if refusal:
        return refusal
    return publish_latest(
        account,
        function,
        to_head=request.publish_to is not None,
        description=request.description,
    )


def update_code(account: Account, call: Call, request: UpdateFunctionCode) -> ApiResult:
    """Give `$LATEST` other code, and publish it if that is asked for; else nothing runs anew.

    The same place is taken for the same code. That to publish takes no other permission is assumed.
    """
    function = permitted(account, call, request.function_name)
    if isinstance(function, ApiError):
        return function
    refusal = unchangeable(function, request.revision_id)
    if refusal:
        return refusal
    place = code_of(request)
    if isinstance(place, ApiError):
        return place
    if request.dry_run:
        return ApiSuccess(described_changing(account, function))
    before = function.latest
    function.latest = new_snapshot(account, before.configuration, place)
    if not request.publish and request.publish_to is None:
        return ApiSuccess(described_changing(account, function))
    answer = publish_latest(account, function, to_head=request.publish_to is not None)
    if isinstance(answer, ApiError):
        function.latest = before
    return answer


def new_snapshot(account: Account, configuration: Configuration, code: Code) -> Snapshot:
    """What `$LATEST` says from now on, under a revision of its own."""
    revision = account.foundation.identifiers.revision()
    return Snapshot.of(configuration, code=code, now_us=account.now_us, revision=revision)


def publish_latest(
    account: Account, function: Function, *, to_head: bool, description: str | None = None
) -> ApiResult:
    """Publish `$LATEST`, perhaps with a description of its own.

    What was published already is answered again: Lambda publishes no second version of the same
    code and configuration (source: Lambda developer guide, versions; for the head assumed).
    """
    version = function.version(LATEST_PUBLISHED) if to_head else function.latest_version()
    if version is not None and _says_the_same(function, version):
        return _answer(account, function, version)
    snapshot = _published(account, function, description)
    if version is not None and to_head:
        return _publish_again(account, function, version, snapshot)
    provider = function.capacity_provider
    refusal = closed(provider) or too_many_versions(account, provider)
    if refusal:
        return refusal
    number = account.functions.next_version_number
    qualifier = LATEST_PUBLISHED if to_head else number(function.name)
    version = _new_version(account, function, qualifier)
    function.add(version, snapshot)
    account.world.versions.publish(provider, version)
    return _answer(account, function, version)


def closed(provider: CapacityProvider) -> ApiError | None:
    """The answer when a provider takes nothing more.

    It may be deleted while functions stay, when their `$LATEST` has moved to another.
    """
    if provider.state is CapacityProviderState.DELETING:
        return conflict(f"Capacity provider {provider.arn} is being deleted")
    return None


def too_many_versions(account: Account, provider: CapacityProvider) -> ApiError | None:
    """The answer when a provider takes no further version."""
    count_max = account.facts.integer("capacity_provider.function_versions_max")
    if len(provider.versions) < count_max:
        return None
    return ApiError(
        "FunctionVersionsPerCapacityProviderLimitExceededException",
        f"Capacity provider {provider.arn} has {count_max} function versions already",
    )


def _other_code(function: Function, code_sha256: str | None) -> ApiError | None:
    """Words of Lambda."""
    current = function.latest.code.sha256
    if code_sha256 in (None, current):
        return None
    return invalid_parameter(
        f"CodeSHA256 ({code_sha256}) is different from current CodeSHA256 in $LATEST ({current}). "
        "Please try again with the CodeSHA256 in $LATEST."
    )


def _says_the_same(function: Function, version: FunctionVersion) -> bool:
    """Whether publishing would change nothing; a failed update of the head is tried again."""
    return (
        version.state is not FunctionVersionState.DELETING
        and version.update_status is not UpdateStatus.FAILED
        and function.holds_latest(version)
    )


def _published(account: Account, function: Function, description: str | None) -> Snapshot:
    """What a version says that is published now."""
    latest = function.latest
    snapshot = new_snapshot(account, latest.configuration, latest.code)
    return snapshot if description is None else replace(snapshot, own_description=description)


def _publish_again(
    account: Account, function: Function, version: FunctionVersion, snapshot: Snapshot
) -> ApiResult:
    """Publish the head again in place, unless it is still busy with the last time."""
    provider = function.capacity_provider
    if version.capacity_provider != provider.name:
        return invalid_parameter(
            f"This model publishes {version.arn} again only on the capacity provider that it runs "
            f"on, {version.capacity_provider}; delete it first"
        )
    match version.state:
        case FunctionVersionState.DELETING | FunctionVersionState.DEACTIVATING:
            return function_busy(version.state.value)
        case FunctionVersionState.PENDING:
            return update_in_progress(version.arn)
        case _ if version.update_status is UpdateStatus.IN_PROGRESS:
            return update_in_progress(version.arn)
        case _:
            function.note_publishing(version, snapshot)
            account.world.versions.publish_again(provider, version, _size(account, function))
            return _answer(account, function, version)


def _answer(account: Account, function: Function, version: FunctionVersion) -> ApiSuccess:
    return ApiSuccess(described(account, function, version.version))


def _new_version(account: Account, function: Function, qualifier: str) -> FunctionVersion:
    behaviour = account.behaviours.of_existing(function.name)
    count_min = account.facts.integer("execution_environment.count_min_default")
    return FunctionVersion(
        function=function.name,
        version=qualifier,
        arn=function_arn(account.region, account.account_id, function.name, qualifier),
        capacity_provider=function.capacity_provider.name,
        size=_size(account, function),
        count_min=count_min,
        count_max=account.facts.integer("execution_environment.count_max"),
        init_us=behaviour.init_us,
        init_failure_fraction=behaviour.init_failure_fraction,
        function_index=account.world.version_indexes.take(function.name, qualifier),
        provided_since_us=account.now_us,
        desired_count=count_min,
    )


def _size(account: Account, function: Function) -> VersionSize:
    """What the environments have of a version that is published now."""
    told = function.latest.configuration
    return VersionSize(
        shape=told.shape,
        concurrency_limit=told.concurrency_limit,
        timeout_us=account.behaviours.of_existing(function.name).timeout_of(told.timeout_s),
    )
