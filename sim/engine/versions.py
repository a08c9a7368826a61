"""The life of function versions: pending until their minimum is ready, active, off, gone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sim.engine.execution_environments import ExecutionEnvironments
from sim.engine.foundation import Foundation
from sim.engine.kernel import Priority
from sim.engine.launch_gate import LaunchGate
from sim.engine.launch_reasons import INVALID_CONFIGURATION, SCALING_LIMIT
from sim.engine.timings import Timings
from sim.model.capacity_provider import CapacityProvider
from sim.model.function_version import FunctionVersion, VersionSize
from sim.model.journal_entries import FunctionVersionChanged, FunctionVersionUpdated
from sim.model.states import (
    PUBLISHED_AGAIN,
    EnvironmentState,
    FunctionVersionState,
    InitFailureReason,
    UpdateStatus,
)
from sim.placement.plans import Shortage

_REASON_TEXTS = {
    SCALING_LIMIT: (
        "MinimumExecutionEnvironments can't be provisioned because CapacityProvider has reached "
        "maxVCpuCount limit. Increase maxVCpuCount in the CapacityProvider configuration and try "
        "again."
    ),
    INVALID_CONFIGURATION: "No instance type that CapacityProvider may launch fits the function.",
}
"""State reasons; the first was seen in AWS (powertools-lambda-typescript issue 5735), the other is
assumed."""

_INIT_TEXTS: Mapping[InitFailureReason, str] = {
    InitFailureReason.INIT_TIMEOUT: "The function's init did not end in the time it may take.",
    InitFailureReason.RUNTIME_INIT_ERROR: (
        "The function's init failed in every execution environment that was started."
    ),
    InitFailureReason.EXTENSION_INIT_ERROR: "An extension failed in its init.",
    InitFailureReason.INVALID_ENTRY_POINT: "The entry point of the function cannot be started.",
    InitFailureReason.INVALID_WORKING_DIRECTORY: "The working directory does not exist.",
    InitFailureReason.PERMISSION_DENIED: "The entry point of the function may not be executed.",
    InitFailureReason.TOO_MANY_EXTENSIONS: "The function has more extensions than it may have.",
    InitFailureReason.INIT_RESOURCE_EXHAUSTED: (
        "The function's init needed more than its execution environment has."
    ),
}
"""State reasons of failed inits, assumed: the codes are known, their sentences are not."""

_SHORTAGE_CODES: Mapping[Shortage, str] = {
    Shortage.VCPU_CAP: SCALING_LIMIT,
    Shortage.NO_INSTANCE_TYPE: INVALID_CONFIGURATION,
}
"""Shortages that end a publish, once nothing is under way that could end them."""


@dataclass(frozen=True, slots=True)
class PublishLimits:
    """What ends a publishing before its deadline."""

    denied_attempts_max: int
    """Denied launch attempts (fact `launch.denied_attempts_max`)."""
    failed_init_max: int
    """Failed inits (fact `execution_environment.failed_init_max`)."""


class Versions:
    """Moves versions between their states as the fleet allows."""

    def __init__(
        self,
        *,
        foundation: Foundation,
        timings: Timings,
        environments: ExecutionEnvironments,
        limits: PublishLimits,
        on_gone: Callable[[FunctionVersion], None],
        on_change: Callable[[str], None],
    ) -> None:
        self._kernel = foundation.kernel
        self._journal = foundation.journal
        self._timings = timings
        self._environments = environments
        self._limits = limits
        self._on_gone = on_gone
        self._on_change = on_change

    def publish(self, provider: CapacityProvider, version: FunctionVersion) -> None:
        """Begin to provide a version: Active when its minimum of environments is ready."""
        assert version.arn not in provider.versions, f"{version.arn} was published already"
        provider.versions[version.arn] = version
        self._record(version, old_state="")
        self._provide(provider)

    def publish_again(
        self, provider: CapacityProvider, version: FunctionVersion, size: VersionSize
    ) -> None:
        """Replace what runs of a version: its environments serve on until new ones are ready.

        Those keep the size that they were started with; so does the version if the update fails.

        A version that failed is Pending anew, and one that is off stays so. Assumed for all three:
        AWS says only that the version is updated.
        """
        version.publishing += 1
        version.size, version.size_before = size, version.size
        is_running = version.state is FunctionVersionState.ACTIVE
        if version.update_status is UpdateStatus.FAILED and not is_running:
            self._update(version, UpdateStatus.SUCCESSFUL)
        if version.state is FunctionVersionState.FAILED:
            self._begin_anew(provider, version)
        elif is_running:
            version.provided_since_us, version.failed_init_count = self._kernel.now_us, 0
            for environment in version.present():
                if not environment.leaves_for:
                    version.environments.retire(environment, PUBLISHED_AGAIN)
            self._update(version, UpdateStatus.IN_PROGRESS)
            self._provide(provider)

    def rescale(
        self,
        provider: CapacityProvider,
        version: FunctionVersion,
        *,
        count_min: int,
        count_max: int,
    ) -> None:
        """Give a version other bounds; 0 and 0 deactivate it, others bring it back from there.

        Bounds of a version that runs count from the scaler's next look. Source: Lambda developer
        guide, LMI scaling; that a reactivated version is Pending like a new one is assumed.
        """
        version.count_min, version.count_max = count_min, count_max
        version.is_minimum_met = False
        if count_max == 0:
            self._deactivate(provider, version)
        elif version.state is FunctionVersionState.DEACTIVATED:
            self._begin_anew(provider, version)
        elif version.state is FunctionVersionState.PENDING:
            version.desired_count = count_min
        else:
            version.desired_count = min(max(version.desired_count, count_min), count_max)

    def delete(self, provider: CapacityProvider, version: FunctionVersion) -> None:
        """Begin to end a version: its environments drain, then it is gone."""
        self._change(version, FunctionVersionState.DELETING)
        self._on_change(provider.name)

    def settle(self, provider: CapacityProvider, gate: LaunchGate) -> None:
        """Make every move that the present fleet allows."""
        for version in list(provider.versions.values()):
            version.is_minimum_met |= version.ready_count() >= version.count_min
            if version.is_minimum_met and version.ready_count() <= version.count_max:
                version.applied_bounds = version.count_min, version.count_max
            match version.state:
                case FunctionVersionState.PENDING:
                    self._settle_pending(provider, version, gate)
                case FunctionVersionState.ACTIVE:
                    if version.update_status is UpdateStatus.IN_PROGRESS:
                        self._settle_update(provider, version, gate)
                case FunctionVersionState.DEACTIVATING if not version.environments:
                    self._change(version, FunctionVersionState.DEACTIVATED)
                case FunctionVersionState.DELETING if not version.environments:
                    self._change(version, FunctionVersionState.GONE)
                    del provider.versions[version.arn]
                    self._on_gone(version)
                case _:
                    pass

    def _provide(self, provider: CapacityProvider) -> None:
        """Let a version that has become Pending get its minimum, or fail at the deadline."""
        deadline_us = self._kernel.now_us + self._timings.publish_deadline_us
        self._kernel.call_at(
            deadline_us, Priority.LIFECYCLE, lambda: self._on_change(provider.name)
        )
        self._on_change(provider.name)

    def _deactivate(self, provider: CapacityProvider, version: FunctionVersion) -> None:
        if version.state is FunctionVersionState.DEACTIVATED:
            return
        version.desired_count = 0
        self._change(version, FunctionVersionState.DEACTIVATING)
        self._on_change(provider.name)

    def _begin_anew(self, provider: CapacityProvider, version: FunctionVersion) -> None:
        version.desired_count = version.count_min
        version.provided_since_us, version.failed_init_count = self._kernel.now_us, 0
        self._change(version, FunctionVersionState.PENDING)
        self._provide(provider)

    def _settle_pending(
        self, provider: CapacityProvider, version: FunctionVersion, gate: LaunchGate
    ) -> None:
        if version.ready_count() >= version.count_min:
            self._activate(version)
            return
        failure = self._failure(provider, version, gate)
        if failure is not None:
            self._fail(version, *failure)

    def _settle_update(
        self, provider: CapacityProvider, version: FunctionVersion, gate: LaunchGate
    ) -> None:
        """End an update: when all that ran before has left, or when the new cannot be provided."""
        is_alone = version.published_count() == version.present_count()
        if is_alone and version.ready_count() >= version.count_min:
            self._update(version, UpdateStatus.SUCCESSFUL)
            return
        failure = self._failure(provider, version, gate)
        if failure is not None:
            self._take_back(provider, version)
            self._update(version, UpdateStatus.FAILED, *failure)

    def _take_back(self, provider: CapacityProvider, version: FunctionVersion) -> None:
        """Keep what ran before, and let go of what was to replace it."""
        for environment in version.present():
            if environment.publishing == version.publishing:
                instance = provider.instances[environment.instance_id]
                self._environments.drain(version, environment, instance, reason="update failed")
            elif environment.leaves_for == PUBLISHED_AGAIN:
                version.environments.keep(environment)
        version.publishing -= 1
        assert version.size_before is not None
        version.size = version.size_before
        self._on_change(provider.name)

    def _failure(
        self, provider: CapacityProvider, version: FunctionVersion, gate: LaunchGate
    ) -> tuple[str, str] | None:
        """Reason code and text when a publishing cannot succeed any more."""
        if version.failed_init_count >= self._limits.failed_init_max:
            failure = version.init_failure_reason
            return failure.value, _INIT_TEXTS[failure]
        code = self._final_shortage(provider, version, gate)
        if code:
            return code, _REASON_TEXTS[code]
        if self._is_denied_for_good(version, gate) or self._is_overdue(version):
            text = gate.last_message or "Internal error occurred during publishing"
            return gate.last_reason_code or "InternalError", text
        return None

    def _final_shortage(
        self, provider: CapacityProvider, version: FunctionVersion, gate: LaunchGate
    ) -> str:
        """Reason code when the version lacks room and nothing is under way; empty otherwise."""
        unmet = gate.unmet.get(version.arn)
        if unmet is None or gate.in_flight:
            return ""
        is_moving = any(i.is_coming or i.is_going for i in provider.instances.values())
        return "" if is_moving else _SHORTAGE_CODES.get(unmet.shortage, "")

    def _is_denied_for_good(self, version: FunctionVersion, gate: LaunchGate) -> bool:
        """Whether launches were refused often enough while this version lacked environments."""
        count = sum(denied_us >= version.provided_since_us for denied_us in gate.denied_us)
        is_often = count >= self._limits.denied_attempts_max
        return is_often and version.published_count() < version.count_min

    def _is_overdue(self, version: FunctionVersion) -> bool:
        return self._kernel.now_us >= version.provided_since_us + self._timings.publish_deadline_us

    def _activate(self, version: FunctionVersion) -> None:
        self._change(version, FunctionVersionState.ACTIVE)
        for environment in version.present():
            if environment.state is EnvironmentState.READY:
                self._environments.serve(version, environment)

    def _fail(self, version: FunctionVersion, code: str, reason: str) -> None:
        version.desired_count = 0
        self._change(version, FunctionVersionState.FAILED, code, reason)
        # Its environments have to go, which only another round can do.
        self._on_change(version.capacity_provider)

    def _change(
        self,
        version: FunctionVersion,
        target: FunctionVersionState,
        code: str = "",
        reason: str = "",
    ) -> None:
        old = version.state
        version.move_to(target)
        version.state_reason_code, version.state_reason = code, reason
        self._record(version, old_state=old.value, code=code, reason=reason)

    def _update(
        self, version: FunctionVersion, status: UpdateStatus, code: str = "", reason: str = ""
    ) -> None:
        version.update_to(status)
        version.update_reason_code, version.update_reason = code, reason
        self._journal.append(
            FunctionVersionUpdated(
                time_us=self._kernel.now_us,
                function=version.function,
                version=version.version,
                capacity_provider=version.capacity_provider,
                status=status.value,
                reason_code=code,
                reason=reason,
            )
        )

    def _record(
        self, version: FunctionVersion, *, old_state: str, code: str = "", reason: str = ""
    ) -> None:
        self._journal.append(
            FunctionVersionChanged(
                time_us=self._kernel.now_us,
                function=version.function,
                version=version.version,
                capacity_provider=version.capacity_provider,
                old_state=old_state,
                new_state=version.state.value,
                reason_code=code,
                reason=reason,
            )
        )
