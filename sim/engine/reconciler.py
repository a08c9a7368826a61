"""Brings the fleet of a capacity provider to what is wanted: placements, launches, drains, terminations.

Level-triggered: it looks at the fleet as it is and at the desired counts, never at how they came about,
so a failed launch, a lost instance and a scale-out are all the same gap to close.
"""

from collections import Counter
from collections.abc import Callable, Mapping

from sim.engine.execution_environments import ExecutionEnvironments
from sim.engine.journal import Journal
from sim.engine.kernel import Kernel, Priority
from sim.engine.launches import SCALING_LIMIT, Launches, LaunchOrder, grouped
from sim.engine.managed_instances import ManagedInstances
from sim.engine.timings import Timings
from sim.engine.versions import Versions
from sim.facts import InstanceType
from sim.model.capacity_provider import CapacityProvider
from sim.model.execution_environment import EnvironmentShape, ExecutionEnvironment
from sim.model.function_version import FunctionVersion
from sim.model.journal_entries import CapacityProviderChanged, LaunchFailed, PurposeOfLaunch
from sim.model.managed_instance import ManagedInstance
from sim.model.states import CapacityProviderState, EnvironmentState, ManagedInstanceState
from sim.placement.bin_packing import BinPacking, InstanceView, Plan, PlannedLaunch, VersionNeed
from sim.placement.departures import choose_departures
from sim.placement.instance_choice import InstanceRequirements, allocatable, candidates, cheapest


class Reconciler:
    """Closes the gap between what runs and what should run."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        journal: Journal,
        timings: Timings,
        instance_types: Mapping[str, InstanceType],
        requirements: Callable[[CapacityProvider], InstanceRequirements],
        launches: Launches,
        managed_instances: ManagedInstances,
        environments: ExecutionEnvironments,
        versions: Versions,
    ) -> None:
        self._kernel = kernel
        self._journal = journal
        self._timings = timings
        self._instance_types = instance_types
        self._requirements = requirements
        self._launches = launches
        self._managed_instances = managed_instances
        self._environments = environments
        self._versions = versions
        self._at_cap: dict[str, bool] = {}
        self._choices: dict[tuple[str, EnvironmentShape], tuple[InstanceType, ...]] = {}

    def reconcile(self, provider: CapacityProvider) -> None:
        """One round; calling it twice at one instant changes nothing more."""
        self._drain_unwanted(provider)
        self._drain_surplus(provider)
        self._drain_retiring(provider)
        if provider.state is CapacityProviderState.ACTIVE:
            self._grow(provider)
        self._versions.settle(
            provider,
            self._launches.gate(provider),
            is_at_cap=self._at_cap.get(provider.name, False),
        )
        self._terminate_empty(provider)
        self._finish_deletion(provider)

    def _drain_unwanted(self, provider: CapacityProvider) -> None:
        """A version that failed or is being deleted keeps no environment."""
        for version in provider.versions.values():
            if not version.wants_capacity:
                for environment in version.present():
                    self._drain(provider, version, environment, "version ends")

    def _drain_surplus(self, provider: CapacityProvider) -> None:
        for version in provider.versions.values():
            staying = self._staying(provider, version)
            surplus = len(staying) - version.desired_count
            if version.wants_capacity and surplus > 0:
                held = {i.instance_id: len(i.environments) for i in provider.instances.values()}
                for environment in choose_departures(staying, held, surplus):
                    self._drain(provider, version, environment, "scale-in")

    def _drain_retiring(self, provider: CapacityProvider) -> None:
        """Replacement first: a retiring instance keeps serving until others can; a draining one does not."""
        for instance in provider.instances.values():
            if not instance.is_retiring:
                continue
            is_over = instance.state is ManagedInstanceState.DRAINING
            for environment in list(instance.environments.values()):
                version = provider.versions[environment.version_arn]
                if environment.is_present and (is_over or self._is_replaced(provider, version)):
                    self._drain(provider, version, environment, "instance retires")

    def _is_replaced(self, provider: CapacityProvider, version: FunctionVersion) -> bool:
        ready = sum(
            e.state is EnvironmentState.READY for e in self._staying(provider, version)
        )
        return ready >= version.desired_count

    def _staying(
        self, provider: CapacityProvider, version: FunctionVersion
    ) -> list[ExecutionEnvironment]:
        """Environments of a version that are present on instances that stay."""
        return [
            e for e in version.present() if provider.instances[e.instance_id].takes_environments
        ]

    def _drain(
        self,
        provider: CapacityProvider,
        version: FunctionVersion,
        environment: ExecutionEnvironment,
        reason: str,
    ) -> None:
        instance = provider.instances[environment.instance_id]
        self._environments.drain(version, environment, instance, reason=reason)

    def _grow(self, provider: CapacityProvider) -> None:
        plan = self._plan(provider)
        for placement in plan.placements:
            version = provider.versions[placement.version_arn]
            self._environments.place(version, provider.instances[placement.instance_id])
        self._note_cap(provider, plan)
        if not plan.launches:
            return
        if self._launches.is_open(provider):
            orders = [self._order(provider, launch) for launch in plan.launches]
            self._launches.start(provider, grouped(orders))
        else:
            self._retry_when_open(provider)

    def _plan(self, provider: CapacityProvider) -> Plan:
        gate = self._launches.gate(provider)
        requirements = self._requirements(provider)
        instances = self._instance_views(provider, requirements)
        zone_counts = Counter(view.availability_zone for view in instances)
        packing = BinPacking(
            zones=provider.availability_zones(),
            zone_instance_counts=dict(zone_counts),
            vcpu_left=provider.vcpu_count_max - provider.vcpu_count() - gate.vcpu_in_flight(),
            allocatable=lambda t: allocatable(t, requirements.overhead),
            choose_type=lambda shape, count, vcpu_left: cheapest(
                self._candidates(provider, shape, requirements),
                shape=shape,
                overhead=requirements.overhead,
                count=count,
                vcpu_left=vcpu_left,
            ),
        )
        return packing.plan(instances, self._needs(provider))

    def _instance_views(
        self, provider: CapacityProvider, requirements: InstanceRequirements
    ) -> list[InstanceView]:
        """Instances that take environments now or soon, launches without an answer included."""
        there = [_view(i) for i in provider.instances.values() if i.takes_environments]
        coming = [
            InstanceView(
                None,
                order.availability_zone,
                is_ready=False,
                free=allocatable(order.instance_type, requirements.overhead),
            )
            for order in self._launches.gate(provider).in_flight
            for _ in range(order.count)
        ]
        return there + coming

    def _candidates(
        self, provider: CapacityProvider, shape: EnvironmentShape, requirements: InstanceRequirements
    ) -> tuple[InstanceType, ...]:
        key = (provider.arn, shape)
        if key not in self._choices:
            self._choices[key] = candidates(self._instance_types.values(), requirements, shape)
        return self._choices[key]

    def _needs(self, provider: CapacityProvider) -> list[VersionNeed]:
        needs = []
        for version in provider.versions.values():
            staying = self._staying(provider, version)
            missing = version.desired_count - len(staying)
            if version.wants_capacity and missing > 0:
                needs.append(
                    VersionNeed(
                        version_arn=version.arn,
                        shape=version.shape,
                        count=missing,
                        zone_counts=Counter(e.availability_zone for e in staying),
                        is_first_publish=version.state.value == "Pending",
                    )
                )
        return needs

    def _order(self, provider: CapacityProvider, launch: PlannedLaunch) -> LaunchOrder:
        purpose = PurposeOfLaunch.SCALE_OUT
        if launch.is_first_publish:
            purpose = PurposeOfLaunch.FIRST_PUBLISH
        elif any(i.is_retiring for i in provider.instances.values()):
            purpose = PurposeOfLaunch.REPLACEMENT
        return LaunchOrder(launch.instance_type, launch.availability_zone, 1, purpose)

    def _note_cap(self, provider: CapacityProvider, plan: Plan) -> None:
        """Write down once when `MaxVCpuCount` begins to hold launches back."""
        is_at_cap = plan.over_cap_count > 0
        was_at_cap = self._at_cap.get(provider.name, False)
        self._at_cap[provider.name] = is_at_cap
        if not is_at_cap or was_at_cap:
            return
        self._journal.append(
            LaunchFailed(
                time_us=self._kernel.now_us,
                capacity_provider=provider.name,
                availability_zone="",
                instance_type="",
                count=plan.over_cap_count,
                error_code="",
                reason_code=SCALING_LIMIT,
                message=(
                    f"{plan.over_cap_count} environments find no room: {provider.vcpu_count()} of "
                    f"{provider.vcpu_count_max} vCPUs are in use"
                ),
                retry_at_us=self._kernel.now_us + self._timings.scaler_tick_us,
            )
        )

    def _retry_when_open(self, provider: CapacityProvider) -> None:
        """Reconcile again at the instant when the gate opens, unless that is planned already."""
        gate = self._launches.gate(provider)
        if gate.retry_planned_us != gate.closed_until_us:
            gate.retry_planned_us = gate.closed_until_us
            self._kernel.call_at(
                gate.closed_until_us, Priority.SCALER, lambda: self.reconcile(provider)
            )

    def _terminate_empty(self, provider: CapacityProvider) -> None:
        """End instances without environments: at once when they retire, else after a grace."""
        now_us = self._kernel.now_us
        reasons = {i.instance_id: self._end_reason(provider, i, now_us) for i in provider.instances.values()}
        for reason in dict.fromkeys(r for r in reasons.values() if r):
            ending = [i for i in provider.instances.values() if reasons[i.instance_id] == reason]
            self._managed_instances.terminate(provider, ending, reason=reason)

    def _end_reason(self, provider: CapacityProvider, instance: ManagedInstance, now_us: int) -> str:
        """Why an instance ends now; empty when it stays."""
        if instance.environments or instance.is_going:
            return ""
        if provider.state is CapacityProviderState.DELETING:
            return "capacity provider deleted"
        if instance.is_retiring:
            return "end of lifetime"
        since_us = instance.empty_since_us
        if since_us is None or now_us - since_us < self._timings.empty_instance_grace_us:
            return ""
        return "no environments"

    def _finish_deletion(self, provider: CapacityProvider) -> None:
        is_deleting = provider.state is CapacityProviderState.DELETING
        if is_deleting and not provider.instances and not self._launches.gate(provider).in_flight:
            provider.move_to(CapacityProviderState.GONE)
            self._journal.append(
                CapacityProviderChanged(
                    time_us=self._kernel.now_us,
                    capacity_provider=provider.name,
                    old_state=CapacityProviderState.DELETING.value,
                    new_state=CapacityProviderState.GONE.value,
                    reason="last instance terminated",
                )
            )


def _view(instance: ManagedInstance) -> InstanceView:
    return InstanceView(
        instance.instance_id,
        instance.availability_zone,
        is_ready=instance.state is ManagedInstanceState.READY,
        free=EnvironmentShape(instance.free_vcpu(), instance.free_memory_mib()),
    )
