"""The data plane as oracles use it: Poisson arrivals, demand laws, and measures by replication."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.dataplane.boundary import CallerSource
from sim.dataplane.plane import ArrivalBatch, DataPlane, Routing
from sim.model.invocation_record import THROTTLE_OUTCOMES, InvocationRecord, Outcome
from sim.units import MINUTE_US, SECOND_US
from tests.unit.dataplane.data_plane_builders import a_function, parameters

REPLICATIONS = 30
MS = 1000.0
Law = Callable[[np.random.Generator, float, int], NDArray[np.float64]]


def deterministic(generator, mean_us, count):
    """The mean, always."""
    return np.full(count, mean_us)


def exponential(generator, mean_us, count):
    """Coefficient of variation 1."""
    return generator.exponential(mean_us, count)


def lognormal(generator, mean_us, count):
    """Sigma 1: coefficient of variation 1.31."""
    return mean_us * generator.lognormal(-0.5, 1.0, count)


def bimodal(generator, mean_us, count):
    """Nine in ten take half the mean, one in ten takes five and a half means."""
    return mean_us * np.where(generator.random(count) < 0.9, 0.5, 5.5)


LAWS = {law.__name__: law for law in (deterministic, exponential, lognormal, bimodal)}


@dataclass(frozen=True, slots=True)
class PoissonArrivals:
    """Poisson arrivals with independent demands, drawn minute by minute."""

    seed: int
    rate_per_s: float
    io_us: float
    cpu_us: float
    law: Law
    end_minute: int | None = None
    """First minute without arrivals, if they end."""

    def batches(self, index):
        """The same arrivals for the same seed and minute."""
        yield self.minute(index)

    def minute(self, index):
        """All of a minute."""
        generator = np.random.default_rng([self.seed, index])
        is_over = self.end_minute is not None and index >= self.end_minute
        count = 0 if is_over else generator.poisson(self.rate_per_s * MINUTE_US / SECOND_US)
        return ArrivalBatch(
            times_us=np.sort(generator.uniform(index, index + 1, count)) * MINUTE_US,
            function_index=np.zeros(count, dtype=np.int32),
            io_us=self.law(generator, self.io_us, count),
            cpu_us=self.law(generator, self.cpu_us, count),
            routing=generator.integers(0, 2**64, count, dtype=np.uint64),
        )


def a_fleet(
    *,
    minutes: int,
    arrivals: Any,
    environments: int = 1,
    vcpu: int = 1,
    limit: int,
    attempts: int = 1,
    routing: Routing = Routing.RANDOM,
    callers: Sequence[CallerSource] = (),
    **overrides: Any,
) -> DataPlane:
    """Environments of one function in which nothing but the concurrency limit refuses."""
    plane = DataPlane(
        functions=[a_function(vcpu=vcpu, concurrency_limit=limit, **overrides)],
        arrivals=arrivals,
        parameters=parameters(attempts_max=attempts, attempt_latency_us=0),
        routing=routing,
        horizon_us=minutes * MINUTE_US,
        callers=callers,
    )
    for _ in range(environments):
        plane.add_environment(function_index=0, speed=1.0, now_us=0)
    return plane


def run_to_end(plane: DataPlane) -> InvocationRecord:
    """Advance over the whole horizon and close the record."""
    horizon_us = plane.record.minute_count * MINUTE_US
    plane.advance(horizon_us)
    return plane.finish(now_us=horizon_us)


@dataclass(frozen=True, slots=True)
class Measures:
    """One number per replication in each array."""

    throttled: NDArray[np.float64]
    """Share of arrivals refused."""
    latency_us: NDArray[np.float64]
    cpu: NDArray[np.float64]
    """Busy over given vCPUs."""
    in_flight: NDArray[np.float64]
    """Mean per environment."""


def replicated(
    *,
    minutes: int,
    warm_up: int = 1,
    replications: int = REPLICATIONS,
    rate_per_s: float,
    io_us: float = 0.0,
    cpu_us: float = 0.0,
    law: Law = exponential,
    **fleet: Any,
) -> Measures:
    """Run a fleet once per seed; what happens before `warm_up` minutes is not measured."""
    rows = []
    for seed in range(replications):
        arrivals = PoissonArrivals(seed, rate_per_s, io_us, cpu_us, law)
        record = run_to_end(a_fleet(minutes=minutes, arrivals=arrivals, **fleet))
        rows.append(_measure(record, warm_up, fleet.get("vcpu", 1)))
    return Measures(*np.array(rows).T)


def _measure(record: InvocationRecord, warm_up: int, vcpu: int) -> tuple[float, ...]:
    outcomes = record.outcomes[0, warm_up:].sum(axis=0)
    service_us = record.environment_us[0, warm_up:].sum()
    return (
        outcomes[list(THROTTLE_OUTCOMES)].sum() / record.arrived[0, warm_up:].sum(),
        record.latency_sum_us[0, warm_up:].sum() / outcomes[Outcome.COMPLETED],
        record.busy_vcpu_us[0, warm_up:].sum() / service_us / vcpu,
        record.concurrency_us[0, warm_up:].sum() / service_us,
    )
