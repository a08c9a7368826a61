"""Functions and versions as answers show them: `FunctionConfiguration`."""

from sim.controlplane.account import Account
from sim.controlplane.lambda_service.capacity_provider_shapes import timestamp
from sim.controlplane.lambda_service.functions import Configuration, Function, Snapshot
from sim.controlplane.lambda_service.names import qualified_arn
from sim.model.function_version import FunctionVersion
from sim.model.states import FunctionVersionState, UpdateStatus
from sim.model.version_names import LATEST, LATEST_PUBLISHED

_BEING_CREATED = "Creating", "The function is being created."
_BEING_UPDATED = "Updating", "The function is being updated."
"""Codes and sentences of Lambda, as LocalStack's provider has them."""


def described(
    account: Account, function: Function, qualifier: str, *, is_qualified: bool = True
) -> dict[str, object]:
    """`$LATEST` or a version that exists; without qualifier in its ARN if none was asked for."""
    if qualifier == LATEST:
        states = _draft_states(function)
    else:
        version = function.version(qualifier)
        assert version is not None, f"{function.arn}:{qualifier} is gone"
        states = _version_states(version)
    output = _settings(account, function, function.snapshot(qualifier))
    output["FunctionArn"] = qualified_arn(function.arn, qualifier if is_qualified else None)
    output["Version"] = qualifier
    return output | states


def described_changing(
    account: Account, function: Function, *, state: FunctionVersionState | None = None
) -> dict[str, object]:
    """`$LATEST` as the answer to its creation or change shows it: the work has only begun.

    The next look finds it done. Source: LocalStack's provider, written after answers of AWS.
    """
    output = described(account, function, LATEST, is_qualified=False)
    code, reason = _BEING_CREATED
    if state is not None:
        del output["LastUpdateStatus"]
        return output | {"State": state.value, "StateReasonCode": code, "StateReason": reason}
    return output | {
        "LastUpdateStatus": UpdateStatus.IN_PROGRESS.value,
        "LastUpdateStatusReasonCode": code,
        "LastUpdateStatusReason": reason,
    }


def _draft_states(function: Function) -> dict[str, object]:
    """Never invocable; updates of it are done at once."""
    if function.is_deleting:
        return {
            "State": FunctionVersionState.DELETING.value,
            "LastUpdateStatus": UpdateStatus.IN_PROGRESS.value,
        }
    return {
        "State": FunctionVersionState.ACTIVE_NON_INVOCABLE.value,
        "LastUpdateStatus": UpdateStatus.SUCCESSFUL.value,
    }


def _version_states(version: FunctionVersion) -> dict[str, object]:
    output: dict[str, object] = {"State": version.state.value}
    code, reason = version.state_reason_code, version.state_reason
    if version.state is FunctionVersionState.PENDING:
        code, reason = _BEING_CREATED
    if code:
        output |= {"StateReasonCode": code, "StateReason": reason}
    status = _update_status(version)
    output["LastUpdateStatus"] = status.value
    code, reason = version.update_reason_code, version.update_reason
    if status is UpdateStatus.IN_PROGRESS and version.state is FunctionVersionState.ACTIVE:
        code, reason = _BEING_UPDATED
    if code:
        output |= {"LastUpdateStatusReasonCode": code, "LastUpdateStatusReason": reason}
    return output


def _update_status(version: FunctionVersion) -> UpdateStatus:
    """The head is under way from its first publishing on, and all are while they are deleted."""
    is_coming = (
        version.state is FunctionVersionState.PENDING and version.version == LATEST_PUBLISHED
    )
    is_going = version.state is FunctionVersionState.DELETING
    return UpdateStatus.IN_PROGRESS if is_coming or is_going else version.update_status


def _settings(account: Account, function: Function, snapshot: Snapshot) -> dict[str, object]:
    told = snapshot.configuration
    output: dict[str, object] = {
        "FunctionName": function.name,
        "Role": told.role_arn,
        "Runtime": told.runtime,
        "Description": snapshot.description,
        "Timeout": told.timeout_s,
        "MemorySize": told.shape.memory_mib,
        "LastModified": timestamp(account.calendar(snapshot.modified_us)),
        "CodeSha256": snapshot.code.sha256,
        "ConfigSha256": snapshot.config_sha256,
        "RevisionId": snapshot.revision,
        "Architectures": [told.architecture],
        "LoggingConfig": {
            "LogFormat": "JSON",
            "ApplicationLogLevel": told.logging.application_log_level,
            "SystemLogLevel": told.logging.system_log_level,
            "LogGroup": told.logging.log_group,
        },
        "CapacityProviderConfig": _managed(told),
    }
    if snapshot.code.size is not None:
        output["CodeSize"] = snapshot.code.size
    if told.handler is not None:
        output["Handler"] = told.handler
    if told.environment is not None:
        output["Environment"] = {"Variables": dict(told.environment)}
    return output


def _managed(told: Configuration) -> dict[str, object]:
    return {
        "LambdaManagedInstancesCapacityProviderConfig": {
            "CapacityProviderArn": told.provider_arn,
            "PerExecutionEnvironmentMaxConcurrency": told.concurrency_limit,
            "ExecutionEnvironmentMemoryGiBPerVCpu": told.memory_gib_per_vcpu,
        }
    }
