"""The small world that both simulators run: one provider, one function, one workload."""

from dataclasses import dataclass

from sim.assembly.settings import bound_workloads, world_rules, world_settings
from sim.assembly.system import System
from sim.dataplane.plane import DataPlaneParameters, FunctionSettings, Routing
from sim.engine.arrivals import MergedArrivals
from sim.engine.randomness import Streams
from sim.engine.timings import Timings
from sim.facts import InstanceType
from sim.model.execution_environment import EnvironmentShape
from sim.placement.instance_choice import InstanceRequirements
from sim.scaling.target_tracking import TargetTracking


@dataclass(frozen=True, slots=True)
class SmallWorld:
    """What is fixed before a run, read from the scenario as the assembled system reads it."""

    function: FunctionSettings
    parameters: DataPlaneParameters
    routing: Routing
    shape: EnvironmentShape
    init_us: int
    count_min: int
    count_max: int
    published_us: int
    """When the version is published: the second after the provider has become Active."""
    zones: tuple[str, ...]
    region: str
    vcpu_count_max: int
    instance_types: tuple[InstanceType, ...]
    requirements: InstanceRequirements
    policy: TargetTracking
    timings: Timings
    arrivals: MergedArrivals
    horizon_us: int

    @classmethod
    def of(cls, system: System) -> "SmallWorld":
        """The same world as a system that has just been advanced past its publish.

        Streams are made anew from the system's seed: every draw comes out the same.
        """
        scenario, facts = system.scenario, system.facts
        (provider,) = system.world.capacity_providers.by_name.values()
        (version,) = provider.versions.values()
        settings = world_settings(scenario, facts, terminating_role_arn="")
        rules = world_rules(scenario.placement, facts)
        return cls(
            function=settings.functions[0],
            parameters=settings.admission,
            routing=settings.routing,
            shape=version.shape,
            init_us=version.init_us,
            count_min=version.count_min,
            count_max=version.count_max,
            published_us=version.provided_since_us,
            zones=provider.availability_zones(),
            region=scenario.region,
            vcpu_count_max=provider.vcpu_count_max,
            instance_types=tuple(settings.instance_types.values()),
            requirements=rules.instance_requirements(provider),
            policy=rules.scaling_policy(provider),
            timings=settings.timings,
            arrivals=MergedArrivals(
                workloads=bound_workloads(scenario),
                streams=Streams(system.seed),
                start_us=scenario.preparation,
                horizon_us=settings.horizon_us,
            ),
            horizon_us=settings.horizon_us,
        )
