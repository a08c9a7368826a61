"""How long things take: the facts `launch.*`, `execution_environment.*` and kin, typed."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from sim.facts import Catalogue

_DEVIATIONS_TO_P95 = NormalDist().inv_cdf(0.95)
"""How many standard deviations of a normal distribution its 95th percentile lies above the mean."""


@dataclass(frozen=True, slots=True)
class LognormalTime:
    """A lognormal span given by its median and 95th percentile, microseconds."""

    p50_us: int
    p95_us: int

    def draw_us(self, generator: np.random.Generator) -> int:
        """One span, rounded to the microsecond."""
        if self.p95_us <= self.p50_us:
            return self.p50_us
        sigma = math.log(self.p95_us / self.p50_us) / _DEVIATIONS_TO_P95
        return round(self.p50_us * math.exp(sigma * generator.standard_normal()))


@dataclass(frozen=True, slots=True)
class Timings:
    """Spans of the launch pipeline and of everything that waits, microseconds; and its batches."""

    api_latency_us: int
    pending: LognormalTime
    boot: LognormalTime
    lambda_agent_registration_us: int
    launch_timeout_us: int
    """Time from its launch within which an instance must have registered."""
    first_publish_extra_us: int
    retry_initial_us: int
    retry_max_us: int
    short_retry_initial_us: int
    short_retry_max_us: int
    instances_per_call: int
    """Most instances that Lambda names in one call of EC2."""
    health_check_period_us: int
    """Span between two looks at the status of instances."""
    failed_checks_max: int
    """Looks in a row that find an instance impaired before it is replaced."""
    publish_deadline_us: int
    environment_fetch_us: int
    container_start: LognormalTime
    environment_lifetime_us: int
    """Time in service after which an environment is replaced; zero: never for its age."""
    drain_max_us: int
    shutdown_us: int
    capacity_provider_activation_us: int
    empty_instance_grace_us: int
    consolidation_period_us: int
    """Span between two looks for an instance that others have room for; zero: there are none."""
    instance_lifetime_us: int
    lifetime_jitter_fraction: float
    """Share up to which the lifetime of each instance and environment is shortened."""
    replacement_lead_us: int
    patch_period_us: int
    """Span between two images that all instances are replaced for; zero: there is none."""
    patch_wave_fraction: float
    """Share of the instances that a wave of it replaces."""
    report_period_us: int
    scaler_tick_us: int
    metric_window_us: int

    @property
    def first_burst_us(self) -> int:
        """The longest that a provider's first launches take from their order to EC2."""
        return self.api_latency_us + self.first_publish_extra_us

    @classmethod
    def of(cls, facts: Catalogue) -> "Timings":
        """Read every span from the catalogue; a missing fact is a bug."""
        us = facts.duration_us

        def lognormal(name: str) -> LognormalTime:
            return LognormalTime(us(f"{name}_p50"), us(f"{name}_p95"))

        return cls(
            api_latency_us=us("launch.api_latency"),
            pending=lognormal("launch.pending"),
            boot=lognormal("launch.boot"),
            lambda_agent_registration_us=us("launch.lambda_agent_registration"),
            launch_timeout_us=us("launch.timeout"),
            first_publish_extra_us=us("launch.first_publish_extra"),
            retry_initial_us=us("launch.retry_initial"),
            retry_max_us=us("launch.retry_max"),
            short_retry_initial_us=us("launch.short_retry_initial"),
            short_retry_max_us=us("launch.short_retry_max"),
            instances_per_call=facts.integer("launch.instances_per_call"),
            health_check_period_us=us("managed_instance.health_check_period"),
            failed_checks_max=facts.integer("managed_instance.failed_checks_max"),
            publish_deadline_us=us("launch.publish_deadline"),
            environment_fetch_us=us("execution_environment.fetch"),
            container_start=lognormal("execution_environment.container_start"),
            environment_lifetime_us=us("execution_environment.lifetime"),
            drain_max_us=us("execution_environment.drain_max"),
            shutdown_us=us("termination.shutdown"),
            capacity_provider_activation_us=us("capacity_provider.activation"),
            empty_instance_grace_us=us("scaler.empty_instance_grace"),
            consolidation_period_us=us("scaler.consolidation_period"),
            instance_lifetime_us=us("managed_instance.lifetime"),
            lifetime_jitter_fraction=facts.number("managed_instance.lifetime_jitter_fraction"),
            replacement_lead_us=us("managed_instance.replacement_lead"),
            patch_period_us=us("managed_instance.patch_period"),
            patch_wave_fraction=facts.number("managed_instance.patch_wave_fraction"),
            report_period_us=us("lambda_agent.report_period"),
            scaler_tick_us=us("scaler.tick_period"),
            metric_window_us=us("scaler.metric_window"),
        )
