"""Lambda's operations on the bounds of a version: what is asked for, and what the fleet keeps."""

from sim.controlplane.account import Account, Call
from sim.controlplane.errors import (
    function_busy,
    function_not_found,
    invalid_parameter,
    update_in_progress,
)
from sim.controlplane.lambda_service.function_inputs import (
    GetFunctionScalingConfig,
    PutFunctionScalingConfig,
)
from sim.controlplane.lambda_service.permitted import permitted, provider_of
from sim.facts import Catalogue
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.function_version import FunctionVersion
from sim.model.states import FunctionVersionState, UpdateStatus


def put(account: Account, call: Call, request: PutFunctionScalingConfig) -> ApiResult:
    """Set minimum and maximum environments of a published version.

    0 and 0 deactivate it: all environments end, and it comes back only when told to (source: Lambda
    developer guide, LMI scaling). It takes no other bounds until that is done, nor does a
    head while it is published again (both assumed).
    """
    version = _version(account, call, request)
    if isinstance(version, ApiError):
        return version
    if not (version.wants_capacity or version.state is FunctionVersionState.DEACTIVATED):
        return function_busy(version.state.value)
    if version.update_status is UpdateStatus.IN_PROGRESS:
        return update_in_progress(version.arn)
    wanted = request.function_scaling_config
    bounds = _bounds(
        account.facts, wanted.min_execution_environments, wanted.max_execution_environments
    )
    if isinstance(bounds, ApiError):
        return bounds
    low, high = bounds
    account.world.versions.rescale(
        provider_of(account, version), version, count_min=low, count_max=high
    )
    return ApiSuccess({"FunctionState": version.state.value})


def get(account: Account, call: Call, request: GetFunctionScalingConfig) -> ApiResult:
    """The bounds that were asked for, and those that the fleet came to keep last."""
    version = _version(account, call, request)
    if isinstance(version, ApiError):
        return version
    output: dict[str, object] = {
        "FunctionArn": version.arn,
        "RequestedFunctionScalingConfig": _config(version.count_min, version.count_max),
    }
    if version.applied_bounds is not None:
        output["AppliedFunctionScalingConfig"] = _config(*version.applied_bounds)
    return ApiSuccess(output)


def _version(
    account: Account, call: Call, request: PutFunctionScalingConfig | GetFunctionScalingConfig
) -> FunctionVersion | ApiError:
    function = permitted(account, call, request.function_name)
    if isinstance(function, ApiError):
        return function
    version = function.version(request.qualifier)
    return version or function_not_found(f"{function.arn}:{request.qualifier}")


def _config(count_min: int, count_max: int) -> dict[str, int]:
    return {"MinExecutionEnvironments": count_min, "MaxExecutionEnvironments": count_max}


def _bounds(
    facts: Catalogue, count_min: int | None, count_max: int | None
) -> tuple[int, int] | ApiError:
    """Minimum and maximum with defaults; 0 environments only as 0 and 0. Source: LMI scaling."""
    default_min = facts.integer("execution_environment.count_min_default")
    default_max = facts.integer("execution_environment.count_max")
    low = default_min if count_min is None else count_min
    high = default_max if count_max is None else count_max
    if low > high or (low == 0 < high):
        return invalid_parameter(
            f"MinExecutionEnvironments {low} must be at most MaxExecutionEnvironments {high}, and "
            "0 only together with a maximum of 0"
        )
    return low, high
