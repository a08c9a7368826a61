"""The life of published function versions: pending until their minimum is ready, then active, at last gone."""

from collections.abc import Callable

from sim.engine.execution_environments import ExecutionEnvironments
from sim.engine.journal import Journal
from sim.engine.kernel import Kernel, Priority
from sim.engine.launches import SCALING_LIMIT, LaunchGate
from sim.engine.timings import Timings
from sim.model.capacity_provider import CapacityProvider
from sim.model.function_version import FunctionVersion
from sim.model.journal_entries import FunctionVersionChanged
from sim.model.states import EnvironmentState, FunctionVersionState

_REASON_TEXTS = {
    SCALING_LIMIT: (
        "MinimumExecutionEnvironments can't be provisioned because CapacityProvider has reached "
        "maxVCpuCount limit. Increase maxVCpuCount in the CapacityProvider configuration and try again."
    ),
}
"""State reasons that were seen in AWS. Source: powertools-lambda-typescript issue 5735."""

_DENIED = "InsufficientRolePermissions"


class Versions:
    """Moves versions between their states as the fleet allows."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        journal: Journal,
        timings: Timings,
        environments: ExecutionEnvironments,
        denied_attempts_max: int,
        on_change: Callable[[str], None],
    ) -> None:
        self._kernel = kernel
        self._journal = journal
        self._timings = timings
        self._environments = environments
        self._denied_attempts_max = denied_attempts_max
        self._on_change = on_change

    def publish(self, provider: CapacityProvider, version: FunctionVersion) -> None:
        """Begin to provide a version; it becomes Active when its minimum of environments is ready."""
        provider.versions[version.arn] = version
        self._record(version, old_state="")
        deadline_us = self._kernel.now_us + self._timings.publish_deadline_us
        self._kernel.call_at(
            deadline_us, Priority.LIFECYCLE, lambda: self._on_change(provider.name)
        )
        self._on_change(provider.name)

    def delete(self, provider: CapacityProvider, version: FunctionVersion) -> None:
        """Begin to end a version: its environments drain, then it is gone."""
        self._change(version, FunctionVersionState.DELETING)
        self._on_change(provider.name)

    def settle(self, provider: CapacityProvider, gate: LaunchGate, *, is_at_cap: bool) -> None:
        """Make every move that the present fleet allows."""
        for version in list(provider.versions.values()):
            match version.state:
                case FunctionVersionState.PENDING:
                    self._settle_pending(provider, version, gate, is_at_cap=is_at_cap)
                case FunctionVersionState.DELETING if not version.environments:
                    self._change(version, FunctionVersionState.GONE)
                    del provider.versions[version.arn]
                case _:
                    pass

    def _settle_pending(
        self, provider: CapacityProvider, version: FunctionVersion, gate: LaunchGate, *, is_at_cap: bool
    ) -> None:
        if version.ready_count() >= version.count_min:
            self._activate(version)
            return
        is_nothing_coming = not gate.in_flight and not any(
            i.is_coming for i in provider.instances.values()
        )
        starting = version.ready_count() < len(version.present())
        if is_at_cap and is_nothing_coming and not starting:
            self._fail(version, SCALING_LIMIT, _REASON_TEXTS[SCALING_LIMIT])
        elif self._is_denied_for_good(gate) or self._is_overdue(version):
            code = gate.last_reason_code or "InternalError"
            self._fail(version, code, gate.last_message or "Internal error occurred during publishing")

    def _is_denied_for_good(self, gate: LaunchGate) -> bool:
        return (
            gate.last_reason_code == _DENIED and gate.failure_count >= self._denied_attempts_max
        )

    def _is_overdue(self, version: FunctionVersion) -> bool:
        return self._kernel.now_us >= version.published_us + self._timings.publish_deadline_us

    def _activate(self, version: FunctionVersion) -> None:
        self._change(version, FunctionVersionState.ACTIVE)
        for environment in version.present():
            if environment.state is EnvironmentState.READY:
                self._environments.serve(version, environment)

    def _fail(self, version: FunctionVersion, code: str, reason: str) -> None:
        version.desired_count = 0
        self._change(version, FunctionVersionState.FAILED, code, reason)

    def _change(
        self, version: FunctionVersion, target: FunctionVersionState, code: str = "", reason: str = ""
    ) -> None:
        old = version.state
        version.move_to(target)
        self._record(version, old_state=old.value, code=code, reason=reason)

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
