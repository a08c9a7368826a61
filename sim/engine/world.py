"""The world: wires kernel, EC2, fleet, scaler and data plane together, and offers the levers to act on them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sim.dataplane.plane import (
    ArrivalSource,
    DataPlane,
    DataPlaneParameters,
    FunctionSettings,
    Routing,
    ThrottleSignal,
)
from sim.engine.capacity_providers import CapacityProviders
from sim.engine.conductor import Conductor
from sim.engine.ec2 import Authority, Ec2
from sim.engine.ec2_authorization import Ec2Place
from sim.engine.execution_environments import ExecutionEnvironments
from sim.engine.fleet_load import FleetLoad
from sim.engine.foundation import Foundation
from sim.engine.lambda_agents import LambdaAgents
from sim.engine.launches import Launches, LaunchTemplate
from sim.engine.managed_instances import ManagedInstances
from sim.engine.reconciler import Reconciler
from sim.engine.role_sessions import RoleAssumption, RoleSessions
from sim.engine.scaler import Scaler, ScalingPolicy
from sim.engine.timings import Timings
from sim.engine.versions import Versions
from sim.facts import InstanceType
from sim.model.capacity_provider import CapacityProvider, Subnet
from sim.model.execution_environment import EnvironmentShape
from sim.model.invocation_record import InvocationRecord
from sim.placement.instance_choice import InstanceRequirements


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """Everything that is fixed before a world starts."""

    place: Ec2Place
    subnets: tuple[Subnet, ...]
    security_groups: tuple[str, ...]
    instance_types: Mapping[str, InstanceType]
    overhead: EnvironmentShape
    template: LaunchTemplate
    timings: Timings
    functions: tuple[FunctionSettings, ...]
    admission: DataPlaneParameters
    routing: Routing
    terminating_role_arn: str
    """ARN of the service-linked role, the only one that EC2 lets terminate managed instances."""
    denied_attempts_max: int
    """Denied launch attempts after which a first publish fails (fact `launch.denied_attempts_max`)."""
    horizon_us: int


@dataclass(frozen=True, slots=True)
class WorldRules:
    """The strategies of the world, as functions of the provider they work for."""

    scaling_policy: Callable[[CapacityProvider], ScalingPolicy]
    instance_requirements: Callable[[CapacityProvider], InstanceRequirements]


class World:
    """One world. Time moves only through `advance_to`; everything else is done through the levers."""

    def __init__(
        self,
        *,
        foundation: Foundation,
        settings: WorldSettings,
        rules: WorldRules,
        arrivals: ArrivalSource,
        authority: Authority,
        role_assumption: RoleAssumption,
    ) -> None:
        self.foundation = foundation
        self.settings = settings
        kernel, journal, timings = foundation.kernel, foundation.journal, settings.timings
        self.data_plane = DataPlane(
            functions=settings.functions,
            arrivals=arrivals,
            parameters=settings.admission,
            routing=settings.routing,
            horizon_us=settings.horizon_us,
        )
        self.role_sessions = RoleSessions(kernel, role_assumption, settings.terminating_role_arn)
        self.ec2 = self._make_ec2(authority)
        self.capacity_providers = CapacityProviders(
            kernel=kernel,
            journal=journal,
            activation_us=timings.capacity_provider_activation_us,
            on_change=self._request,
        )
        load = FleetLoad(self.data_plane, settings.functions)
        self._lambda_agents = LambdaAgents(
            kernel=kernel,
            journal=journal,
            source=load,
            function_names=tuple(f.name for f in settings.functions),
            period_us=timings.report_period_us,
            window_us=timings.metric_window_us,
        )
        environments = ExecutionEnvironments(
            kernel=kernel,
            journal=journal,
            streams=foundation.streams,
            identifiers=foundation.identifiers,
            timings=timings,
            routing=load,
            on_change=self._request,
        )
        self.versions = Versions(
            kernel=kernel,
            journal=journal,
            timings=timings,
            environments=environments,
            denied_attempts_max=settings.denied_attempts_max,
            on_change=self._request,
        )
        reconciler = self._make_reconciler(rules, environments)
        self._scaler = Scaler(
            kernel=kernel,
            journal=journal,
            providers=self.capacity_providers.by_name,
            policy=rules.scaling_policy,
            load=self._lambda_agents.load,
            reconcile=reconciler.reconcile,
            tick_us=timings.scaler_tick_us,
        )
        self._conductor = Conductor(kernel, self.data_plane, self._take_signal)
        self._lambda_agents.start()
        self._scaler.start()

    def advance_to(self, time_us: int) -> None:
        """Let everything happen up to and including events at `time_us`."""
        self._conductor.advance_to(time_us)

    def finish(self) -> InvocationRecord:
        """Close the data plane's record at the present instant; nothing can happen afterwards."""
        return self.data_plane.finish(now_us=self.foundation.kernel.now_us)

    def _request(self, provider_name: str) -> None:
        self._scaler.request(provider_name)

    def _take_signal(self, signal: ThrottleSignal) -> None:
        self._lambda_agents.throttling_started(signal.function_index, signal.reason.value)

    def _make_ec2(self, authority: Authority) -> Ec2:
        settings, foundation = self.settings, self.foundation
        return Ec2(
            kernel=foundation.kernel,
            journal=foundation.journal,
            identifiers=foundation.identifiers,
            authority=authority,
            place=settings.place,
            subnets=settings.subnets,
            security_groups=settings.security_groups,
            instance_types=settings.instance_types,
            overhead=settings.overhead,
            terminating_role_arn=settings.terminating_role_arn,
        )

    def _make_reconciler(self, rules: WorldRules, environments: ExecutionEnvironments) -> Reconciler:
        settings, foundation = self.settings, self.foundation
        managed_instances = ManagedInstances(
            kernel=foundation.kernel,
            streams=foundation.streams,
            timings=settings.timings,
            ec2=self.ec2,
            role_sessions=self.role_sessions,
            on_change=self._request,
        )
        launches = Launches(
            kernel=foundation.kernel,
            journal=foundation.journal,
            streams=foundation.streams,
            timings=settings.timings,
            ec2=self.ec2,
            role_sessions=self.role_sessions,
            managed_instances=managed_instances,
            template=settings.template,
            on_change=self._request,
        )
        return Reconciler(
            kernel=foundation.kernel,
            journal=foundation.journal,
            timings=settings.timings,
            instance_types=settings.instance_types,
            requirements=rules.instance_requirements,
            launches=launches,
            managed_instances=managed_instances,
            environments=environments,
            versions=self.versions,
        )
