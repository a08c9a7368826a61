"""From a scenario and the facts to the settings of a world: every number gets its place here."""

from functools import cache

from sim.assembly.invoked_versions import InvokedVersion, called_versions, invoked_versions
from sim.controlplane.account import FunctionBehaviour, FunctionBehaviours
from sim.dataplane.boundary import (
    DataPlaneParameters,
    ErrorRetries,
    FunctionSettings,
    QueuePolicy,
    RetryPolicy,
    Routing,
)
from sim.engine.arrivals import BoundWorkload
from sim.engine.callers import BoundCallers
from sim.engine.ec2_authorization import Ec2Place
from sim.engine.ec2_laws import Ec2Rules
from sim.engine.operator_role_launcher import LaunchTemplate
from sim.engine.timings import Timings
from sim.engine.versions import PublishLimits
from sim.engine.world import WorldRules, WorldSettings
from sim.facts import Catalogue, instance_types
from sim.model.capacity_provider import Subnet
from sim.model.execution_environment import EnvironmentShape
from sim.placement.instance_choice import InstanceRequirements
from sim.placement.placement_rules import PlacementRules
from sim.scaling.adaptive_concurrency import AdaptiveConcurrency
from sim.scaling.target_tracking import TargetTracking
from sim.scenario import Scenario
from sim.scenario.function import Function, OtherFunctions
from sim.scenario.placement import Placement
from sim.scenario.queue import Queue
from sim.scenario.workload import Workload
from sim.units import MINUTE_US, SECOND_US

IMAGE_ID = "ami-00000000000000001"
"""The image of every launch; which one Lambda takes is unknown, its owner is documented."""


def world_settings(
    scenario: Scenario, facts: Catalogue, *, terminating_role_arn: str
) -> WorldSettings:
    """Everything about the world that is fixed before it starts."""
    others = scenario.other_functions
    reserved = facts.integer("vpc.subnet_reserved_addresses")
    return WorldSettings(
        place=Ec2Place(scenario.region, scenario.account.id),
        subnets=tuple(
            Subnet(
                subnet_id=s.id,
                availability_zone=s.availability_zone,
                address_count=s.address_count() - reserved,
                # All reserved addresses but one, the last of the range, lie at its beginning.
                first_address=s.address(reserved - 1),
                cidr=s.cidr,
            )
            for s in scenario.network.subnets
        ),
        security_groups=scenario.network.security_groups,
        instance_types=instance_types(),
        overhead=_overhead(facts),
        template=LaunchTemplate(
            vpc=scenario.network.vpc,
            image=IMAGE_ID,
            image_owner=facts.text("managed_instance.image_owner"),
            operator=facts.text("managed_instance.operator"),
            capacity_provider_tag=facts.text("managed_instance.capacity_provider_tag"),
        ),
        timings=Timings.of(facts),
        functions=tuple(_function_settings(v, facts) for v in invoked_versions(scenario)),
        other_function=None if others is None else _other_function(others, facts),
        admission=_admission(facts, record_every=scenario.record_every),
        routing=Routing(scenario.routing.value),
        terminating_role_arn=terminating_role_arn,
        publish_limits=PublishLimits(
            denied_attempts_max=facts.integer("launch.denied_attempts_max"),
            failed_init_max=facts.integer("execution_environment.failed_init_max"),
        ),
        is_first_burst_raced=facts.integer("capacity_provider.first_burst_race") == 1,
        ec2_rules=Ec2Rules.of(facts, vcpu_quota=scenario.account.vcpu_quota),
        horizon_us=scenario.preparation + scenario.duration,
    )


def _overhead(facts: Catalogue) -> EnvironmentShape:
    return EnvironmentShape(
        vcpu=facts.integer("managed_instance.overhead_vcpu"),
        memory_mib=facts.size_mib("managed_instance.overhead_memory"),
    )


def _retries(workload: Workload, facts: Catalogue) -> RetryPolicy | None:
    """What happens after a throttle, and to events after an error."""
    if workload.maximum_age is not None:
        return _events(workload, workload.maximum_age, facts)
    if workload.retries is None:
        return None
    return RetryPolicy(
        attempts_max=workload.retries.attempts_max,
        base_us=workload.retries.base,
        cap_us=workload.retries.cap,
    )


def _events(workload: Workload, maximum_age_us: int, facts: Catalogue) -> RetryPolicy:
    """What Lambda does with asynchronous events that are throttled or fail."""
    assert workload.maximum_retry_attempts is not None, "not resolved"
    return RetryPolicy(
        attempts_max=None,
        base_us=facts.duration_us("asynchronous.retry_base"),
        cap_us=facts.duration_us("asynchronous.retry_cap"),
        age_max_us=maximum_age_us,
        jitter_fraction=facts.number("asynchronous.retry_jitter_fraction"),
        errors=ErrorRetries(
            errors_max=1 + workload.maximum_retry_attempts,
            back_off_us=facts.duration_us("asynchronous.error_back_off"),
        ),
    )


def _queue(queue: Queue, facts: Catalogue) -> QueuePolicy:
    """How pollers receive the messages of a queue."""
    tick_us = facts.duration_us("queue.poller_tick")
    per_minute = facts.integer("queue.pollers_added_per_minute")
    return QueuePolicy(
        batch_max=queue.batch_size,
        window_us=queue.batching_window,
        visibility_us=queue.visibility_timeout,
        receives_max=queue.maximum_receives,
        pollers_min=min(facts.integer("queue.pollers_min"), queue.maximum_concurrency),
        pollers_max=queue.maximum_concurrency,
        pollers_step=per_minute * tick_us / MINUTE_US,
        tick_us=tick_us,
        retry_base_us=facts.duration_us("queue.retry_base"),
        retry_cap_us=facts.duration_us("queue.retry_cap"),
        is_partial=queue.report_batch_item_failures,
        retention_us=queue.retention,
    )


def _function_settings(version: InvokedVersion, facts: Catalogue) -> FunctionSettings:
    function, workload = version.function, version.workload
    queue = None if workload is None else workload.queue
    return FunctionSettings(
        name=version.name,
        vcpu=function.vcpu,
        concurrency_limit=function.concurrency_limit,
        memory_mib=function.memory,
        memory_base_mib=float(function.memory_base),
        memory_per_invocation_mib=float(function.memory_per_invocation),
        disk_mib=function.disk,
        disk_per_invocation_mib=float(function.disk_per_invocation),
        timeout_us=function.timeout,
        retries=None if workload is None else _retries(workload, facts),
        queue=None if queue is None else _queue(queue, facts),
        error_fraction=function.error_fraction,
        crash_fraction=function.crash_fraction,
        is_adaptive=function.adaptive_concurrency,
    )


def _admission(facts: Catalogue, *, record_every: int | None) -> DataPlaneParameters:
    return DataPlaneParameters(
        cpu_refuse_fraction=facts.number("admission.cpu_refuse_fraction"),
        memory_refuse_fraction=facts.number("admission.memory_refuse_fraction"),
        disk_refuse_fraction=facts.number("admission.disk_refuse_fraction"),
        cpu_time_constant_us=facts.duration_us("admission.cpu_time_constant"),
        attempts_max=facts.integer("router.attempts_max"),
        attempt_latency_us=facts.duration_us("router.attempt_latency"),
        record_every=record_every,
    )


def world_rules(placement: Placement, facts: Catalogue) -> WorldRules:
    """The scaling and placement strategies, with the numbers of the facts."""

    @cache
    def target_tracking(target_cpu_fraction: float) -> TargetTracking:
        return TargetTracking(
            target_cpu_fraction=target_cpu_fraction,
            target_concurrency_fraction=facts.number("scaler.target_concurrency_fraction"),
            scale_out_step_max=facts.number("scaler.scale_out_step_max"),
            scale_out_period_us=facts.duration_us("scaler.scale_out_period"),
            scale_in_threshold_fraction=facts.number("scaler.scale_in_threshold_fraction"),
            scale_in_sustain_us=facts.duration_us("scaler.scale_in_sustain"),
            scale_in_step_fraction=facts.number("scaler.scale_in_step_fraction"),
            scale_in_period_us=facts.duration_us("scaler.scale_in_period"),
        )

    @cache
    def requirements(
        architecture: str, allowed: tuple[str, ...], excluded: tuple[str, ...]
    ) -> InstanceRequirements:
        return instance_requirements(
            facts, architecture=architecture, allowed=allowed, excluded=excluded
        )

    return WorldRules(
        scaling_policy=lambda provider: target_tracking(provider.target_cpu_fraction),
        instance_requirements=lambda provider: requirements(
            provider.architecture,
            provider.allowed_instance_types,
            provider.excluded_instance_types,
        ),
        placement=PlacementRules(
            instance_choice=placement.instance_choice,
            packing=placement.packing,
            zone_balance=placement.zone_balance,
        ),
        adaptive_concurrency=AdaptiveConcurrency(
            cpu_fraction=facts.number("adaptive_concurrency.cpu_fraction"),
            increase_per_s=float(facts.integer("adaptive_concurrency.increase_per_s")),
            decrease_factor=facts.number("adaptive_concurrency.decrease_factor"),
        ),
    )


def instance_requirements(
    facts: Catalogue, *, architecture: str, allowed: tuple[str, ...], excluded: tuple[str, ...]
) -> InstanceRequirements:
    """What a provider allows, with what Lambda prefers among it."""
    return InstanceRequirements(
        architecture=architecture,
        allowed=allowed,
        excluded=excluded,
        overhead=_overhead(facts),
        newest_generations=facts.integer("placement.newest_generations"),
        sizes=facts.texts("placement.sizes"),
    )


def bound_workloads(scenario: Scenario) -> list[BoundWorkload]:
    """The workloads of streams with the demands of the functions that they call."""
    bound = []
    for workload, version in called_versions(scenario):
        if workload.arrivals is None:
            continue
        function = version.function
        bound.append(
            BoundWorkload(
                name=version.name,
                function_index=version.index,
                arrivals=workload.arrival_process(),
                io=function.io,
                cpu=function.cpu,
                correlation=function.correlation,
            )
        )
    return bound


def bound_callers(scenario: Scenario) -> list[BoundCallers]:
    """The workloads of callers with the demands of the functions that they call."""
    bound = []
    for workload, version in called_versions(scenario):
        if workload.callers is None:
            continue
        function = version.function
        bound.append(
            BoundCallers(
                name=version.name,
                function_index=version.index,
                count=workload.callers.users,
                think=workload.callers.think_time,
                io=function.io,
                cpu=function.cpu,
                correlation=function.correlation,
            )
        )
    return bound


def function_behaviours(scenario: Scenario) -> FunctionBehaviours:
    """How the functions behave."""
    visibility_us: dict[str, int] = {}
    for workload in scenario.workloads:
        if workload.queue is not None:
            known_us = visibility_us.get(workload.function, workload.queue.visibility_timeout)
            visibility_us[workload.function] = min(known_us, workload.queue.visibility_timeout)
    described = {
        function.name: FunctionBehaviour(
            init_us=function.init,
            init_failure_fraction=function.init_failure_fraction,
            timeout_us=function.timeout,
            timeout_max_us=visibility_us.get(function.name),
            work=function,
        )
        for function in scenario.functions
    }
    return FunctionBehaviours(described, _other_behaviour(scenario.other_functions))


def _other_behaviour(others: OtherFunctions | None) -> FunctionBehaviour | None:
    if others is None:
        return None
    return FunctionBehaviour(
        init_us=others.init,
        init_failure_fraction=others.init_failure_fraction,
        timeout_us=0,
        timeout_max_us=None,
        work=others,
    )


def _other_function(others: OtherFunctions, facts: Catalogue) -> FunctionSettings:
    """What the data plane knows of a function that a call creates, but for its size."""
    return FunctionSettings(
        name="",
        vcpu=1,
        concurrency_limit=facts.integer("execution_environment.concurrency_per_vcpu_max"),
        memory_mib=facts.size_mib("execution_environment.memory_min"),
        memory_base_mib=float(others.memory_base),
        memory_per_invocation_mib=float(others.memory_per_invocation),
        disk_mib=facts.size_mib("execution_environment.disk_min"),
        disk_per_invocation_mib=float(others.disk_per_invocation),
        timeout_us=facts.duration_us("function.timeout_default"),
        retries=None,
        queue=None,
    )


def timeout_s(function: Function) -> int:
    """The timeout as Lambda's API takes it: whole seconds, rounded up."""
    return -(-function.timeout // SECOND_US)
