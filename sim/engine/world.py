"""The world: wires clock, EC2, fleet, scaler and data plane together, and offers the levers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from sim.dataplane.plane import (
    ArrivalSource,
    CallerSource,
    CrashSignal,
    DataPlane,
    DataPlaneParameters,
    EnvironmentSize,
    FunctionSettings,
    Invocation,
    Routing,
    Signal,
    ThrottleReason,
    ThrottleSignal,
)
from sim.engine.alias_routes import AliasRoutes
from sim.engine.capacity_providers import CapacityProviders
from sim.engine.conductor import Conductor
from sim.engine.consolidation import Consolidation
from sim.engine.ec2 import Authority, Ec2
from sim.engine.ec2_authorization import Ec2Place
from sim.engine.ec2_laws import Ec2Rules, Ec2Site
from sim.engine.execution_environments import ExecutionEnvironments
from sim.engine.fleet_load import FleetLoad
from sim.engine.foundation import Foundation
from sim.engine.init_failures import InitFailures
from sim.engine.instance_health import InstanceHealth
from sim.engine.instance_losses import InstanceLosses
from sim.engine.instance_patches import InstancePatches
from sim.engine.instance_retirements import InstanceRetirements
from sim.engine.instance_status_looks import InstanceStatusLooks
from sim.engine.instance_troubles import InstanceTroubles
from sim.engine.lambda_agents import LambdaAgents
from sim.engine.launches import Launches
from sim.engine.managed_instances import ManagedInstances
from sim.engine.operator_role_launcher import LaunchTemplate, OperatorRoleLauncher
from sim.engine.planning import Planning
from sim.engine.reconciler import Reconciler
from sim.engine.role_sessions import RoleAssumption, RoleSessions
from sim.engine.scaler import Scaler, ScalingPolicy
from sim.engine.timings import Timings
from sim.engine.version_indexes import VersionIndexes
from sim.engine.versions import PublishLimits, Versions
from sim.facts import InstanceType
from sim.model.capacity_provider import CapacityProvider, Subnet
from sim.model.execution_environment import EnvironmentShape, ExecutionEnvironment
from sim.model.function_version import FunctionVersion
from sim.model.invocation_record import InvocationRecord
from sim.model.managed_instance import ManagedInstance
from sim.placement.instance_choice import InstanceRequirements
from sim.placement.placement_rules import PlacementRules
from sim.scaling.adaptive_concurrency import AdaptiveConcurrency


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
    """One for each function, under its name, then one for each qualified version that is called."""
    other_function: FunctionSettings | None
    """What every function is like that is not among these; None: there is no other."""
    admission: DataPlaneParameters
    routing: Routing
    terminating_role_arn: str
    """ARN of the service-linked role, the only one that EC2 lets terminate managed instances."""
    publish_limits: PublishLimits
    is_first_burst_raced: bool
    """Whether versions that are published together may overshoot the cap on vCPUs (fact
    `capacity_provider.first_burst_race`)."""
    ec2_rules: Ec2Rules
    horizon_us: int


@dataclass(frozen=True, slots=True)
class WorldRules:
    """The strategies of the world, some as functions of the provider they work for."""

    scaling_policy: Callable[[CapacityProvider], ScalingPolicy]
    instance_requirements: Callable[[CapacityProvider], InstanceRequirements]
    placement: PlacementRules
    adaptive_concurrency: AdaptiveConcurrency
    """How the limits of environments follow their CPU use, for functions that want that."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Who calls the functions."""

    arrivals: ArrivalSource
    callers: tuple[CallerSource, ...] = ()


class World:
    """One world. Time moves only through `advance_to`; all else is done through the levers."""

    def __init__(
        self,
        *,
        foundation: Foundation,
        settings: WorldSettings,
        rules: WorldRules,
        traffic: Traffic,
        authority: Authority,
        role_assumption: RoleAssumption,
    ) -> None:
        self.foundation = foundation
        self.settings = settings
        kernel, journal, timings = foundation.kernel, foundation.journal, settings.timings
        self.data_plane = DataPlane(
            functions=settings.functions,
            arrivals=traffic.arrivals,
            parameters=settings.admission,
            routing=settings.routing,
            horizon_us=settings.horizon_us,
            callers=traffic.callers,
        )
        self.role_sessions = RoleSessions(kernel, role_assumption, settings.terminating_role_arn)
        self.ec2 = self._make_ec2(authority)
        self.capacity_providers = CapacityProviders(
            kernel=kernel,
            journal=journal,
            activation_us=timings.capacity_provider_activation_us,
            on_change=self._request,
        )
        self._load = FleetLoad(self.data_plane, settings.functions, rules.adaptive_concurrency)
        self._lambda_agents = self._make_lambda_agents(self._load)
        names = [function.name for function in settings.functions]
        self.version_indexes = VersionIndexes(names, add=self._add_function)
        self.alias_routes = self._make_alias_routes()
        self.init_failures = InitFailures(foundation.streams, lambda: kernel.now_us)
        self._environments = self._make_environments(self._load)
        self.versions = self._make_versions()
        self._managed_instances = self._make_managed_instances()
        self._planning = self._make_planning(rules)
        self._launches = self._make_launches()
        reconciler = self._make_reconciler()
        self._status_looks = self._make_status_looks()
        self._instance_health = self._make_instance_health()
        self._instance_losses = self._make_instance_losses()
        self._instance_retirements = self._make_instance_retirements()
        self.instance_patches = self._make_instance_patches()
        self.instance_troubles = self._make_instance_troubles()
        self._scaler = Scaler(
            foundation=foundation,
            providers=self.capacity_providers.by_name,
            policy=rules.scaling_policy,
            load=self._lambda_agents.load,
            reconcile=reconciler.reconcile,
            tick_us=timings.scaler_tick_us,
        )
        self._conductor = Conductor(kernel, self.data_plane, self._take_signal)
        self._lambda_agents.start()
        self._scaler.start()
        self._make_consolidation().start()
        self.instance_patches.start()

    def advance_to(self, time_us: int) -> None:
        """Let everything happen up to and including events at `time_us`."""
        self._conductor.advance_to(time_us)

    @property
    def horizon_us(self) -> int:
        """How far the world's time goes at present."""
        return self.data_plane.horizon_us

    def extend(self, horizon_us: int) -> None:
        """Let the world's time go on to a later horizon, a minute or more before the present one.

        Workloads end where they were to end.
        """
        self.data_plane.extend(horizon_us)

    def invoke(self, invocation: Invocation) -> ThrottleReason | None:
        """Let one more invocation arrive at this instant; why it was throttled, if it was."""
        reason, signals = self.data_plane.invoke(invocation)
        for signal in signals:
            self._conductor.schedule(signal)
        return reason

    def environment_sizes(self) -> dict[str, EnvironmentSize]:
        """What the youngest environment of each function version has had, by its counted name."""
        functions = self.data_plane.functions
        return {functions[index].name: size for index, size in self._load.sizes.items()}

    def finish(self) -> InvocationRecord:
        """Close the data plane's record at the present instant; nothing can happen afterwards."""
        return self.data_plane.finish(now_us=self.foundation.kernel.now_us)

    def _add_function(self, like: int | None, name: str) -> int:
        """Another version of the function at an index: it behaves alike, and nobody calls it.

        Without an index it is the first one of a function that nobody has described.
        """
        described = self.settings.other_function
        function = described if like is None else self.data_plane.functions[like]
        assert function is not None, f"{name} is no function of this world"
        index = self._load.add_function(replace(function, name=name, retries=None, queue=None))
        self._lambda_agents.add_function(name)
        return index

    def _forget_version(self, version: FunctionVersion) -> None:
        self.version_indexes.release(version.function_index)
        self._scaler.forget(version.arn)

    def _request(self, provider_name: str) -> None:
        self._scaler.request(provider_name)

    def _take_signal(self, signal: Signal) -> None:
        match signal:
            case ThrottleSignal():
                self._lambda_agents.throttling_started(signal.function_index, signal.reason.value)
            case CrashSignal():
                self._environments.crash(signal.row)
            case _:
                assert_never(signal)

    def _instance_of(self, environment: ExecutionEnvironment, provider: str) -> ManagedInstance:
        return self.capacity_providers.by_name[provider].instances[environment.instance_id]

    def _make_alias_routes(self) -> AliasRoutes:
        return AliasRoutes(self.version_indexes.index_of, self.data_plane.share_arrivals)

    def _make_environments(self, load: FleetLoad) -> ExecutionEnvironments:
        return ExecutionEnvironments(
            foundation=self.foundation,
            timings=self.settings.timings,
            routing=load,
            instance_of=self._instance_of,
            init_failures=self.init_failures,
            on_change=self._request,
        )

    def _make_instance_troubles(self) -> InstanceTroubles:
        return InstanceTroubles(
            foundation=self.foundation,
            timings=self.settings.timings,
            environments=self._environments,
            managed_instances=self._managed_instances,
            losses=self._instance_losses,
        )

    def _make_lambda_agents(self, load: FleetLoad) -> LambdaAgents:
        return LambdaAgents(
            kernel=self.foundation.kernel,
            journal=self.foundation.journal,
            source=load,
            function_names=tuple(f.name for f in self.settings.functions),
            period_us=self.settings.timings.report_period_us,
            window_us=self.settings.timings.metric_window_us,
        )

    def _make_status_looks(self) -> InstanceStatusLooks:
        return InstanceStatusLooks(
            foundation=self.foundation,
            timings=self.settings.timings,
            ec2=self.ec2,
            role_sessions=self.role_sessions,
        )

    def _make_instance_health(self) -> InstanceHealth:
        return InstanceHealth(
            foundation=self.foundation,
            timings=self.settings.timings,
            ec2=self.ec2,
            looks=self._status_looks,
            providers=self.capacity_providers.by_name,
            on_change=self._request,
        )

    def _make_ec2(self, authority: Authority) -> Ec2:
        settings = self.settings
        site = Ec2Site(
            place=settings.place,
            subnets=settings.subnets,
            security_groups=settings.security_groups,
            instance_types=settings.instance_types,
            overhead=settings.overhead,
            terminating_role_arn=settings.terminating_role_arn,
            rules=settings.ec2_rules,
            vpc=settings.template.vpc,
        )
        return Ec2(foundation=self.foundation, authority=authority, site=site)

    def _make_versions(self) -> Versions:
        return Versions(
            foundation=self.foundation,
            timings=self.settings.timings,
            environments=self._environments,
            limits=self.settings.publish_limits,
            on_gone=self._forget_version,
            on_change=self._request,
        )

    def _make_planning(self, rules: WorldRules) -> Planning:
        return Planning(
            kernel=self.foundation.kernel,
            instance_types=self.settings.instance_types,
            requirements=rules.instance_requirements,
            rules=rules.placement,
            region=self.settings.place.region,
            is_first_burst_raced=self.settings.is_first_burst_raced,
        )

    def _make_consolidation(self) -> Consolidation:
        return Consolidation(
            foundation=self.foundation,
            timings=self.settings.timings,
            providers=self.capacity_providers.by_name,
            planning=self._planning,
            gate=self._launches.gate,
            managed_instances=self._managed_instances,
        )

    def _make_reconciler(self) -> Reconciler:
        return Reconciler(
            providers=self.capacity_providers,
            planning=self._planning,
            launches=self._launches,
            managed_instances=self._managed_instances,
            environments=self._environments,
            versions=self.versions,
        )

    def _make_managed_instances(self) -> ManagedInstances:
        return ManagedInstances(
            foundation=self.foundation,
            timings=self.settings.timings,
            ec2=self.ec2,
            role_sessions=self.role_sessions,
            on_change=self._request,
        )

    def _make_instance_losses(self) -> InstanceLosses:
        return InstanceLosses(
            ec2=self.ec2,
            providers=self.capacity_providers.by_name,
            managed_instances=self._managed_instances,
            environments=self._environments,
            on_change=self._request,
        )

    def _make_instance_retirements(self) -> InstanceRetirements:
        return InstanceRetirements(
            foundation=self.foundation,
            timings=self.settings.timings,
            scheduled_events=self.ec2.laws.scheduled_events,
            looks=self._status_looks,
            managed_instances=self._managed_instances,
            losses=self._instance_losses,
        )

    def _make_instance_patches(self) -> InstancePatches:
        return InstancePatches(
            foundation=self.foundation,
            timings=self.settings.timings,
            providers=self.capacity_providers.by_name,
            managed_instances=self._managed_instances,
        )

    def _make_launches(self) -> Launches:
        return Launches(
            foundation=self.foundation,
            timings=self.settings.timings,
            launcher=OperatorRoleLauncher(
                ec2=self.ec2, role_sessions=self.role_sessions, template=self.settings.template
            ),
            follow=self._managed_instances.follow,
            on_change=self._request,
        )
