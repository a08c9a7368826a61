"""How fast this machine simulates: reference shapes, so that figures can be compared."""

import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time  # noqa: TID251 - a benchmark measures the machine

import numpy as np

from sim.dataplane.plane import (
    ArrivalBatch,
    DataPlane,
    DataPlaneParameters,
    FunctionSettings,
    Routing,
)
from sim.experiments.run import run
from sim.scenario import Scenario
from sim.units import MIB_PER_GIB, MINUTE_US, SECOND_US

_KIB_PER_MIB = 1024
_RATE_PER_S = 10_000.0
_IO_SHARE = 40.0 / 48.0
"""Share of waiting in the reference invocation: 40 ms of I/O to 8 ms of CPU."""
_WITHOUT_REFUSAL = 2.0


@dataclass(frozen=True, slots=True)
class ReferenceShape:
    """Environments of one vCPU under Poisson arrivals; `rho` is the load of what binds."""

    law: str = "env"
    """`env`: I/O 40 ms and CPU 8 ms mean; `ps`: CPU only; `loss`: waiting only."""
    routing: str = "power_of_two"
    environments: int = 100
    concurrency: int = 16
    rho: float = 0.8
    requests: int = 2_000_000
    repeats: int = 3


class _Drawn:
    """Arrivals drawn before the clock starts, cut into minutes."""

    def __init__(self, shape: ReferenceShape) -> None:
        generator = np.random.default_rng(1)
        count = shape.requests
        self.times_us = np.cumsum(generator.exponential(SECOND_US / _RATE_PER_S, count))
        cpu_us, io_us = _means_us(shape)
        self._batch = ArrivalBatch(
            times_us=self.times_us,
            function_index=np.zeros(count, dtype=np.int32),
            io_us=generator.exponential(io_us, count) if io_us else np.zeros(count),
            cpu_us=generator.exponential(cpu_us, count) if cpu_us else np.zeros(count),
            routing=generator.integers(0, 2**64, count, dtype=np.uint64),
        )

    def batches(self, index: int) -> Iterator[ArrivalBatch]:
        """Arrivals of one minute."""
        first, last = np.searchsorted(self.times_us, [index * MINUTE_US, (index + 1) * MINUTE_US])
        batch = self._batch
        yield ArrivalBatch(
            times_us=batch.times_us[first:last],
            function_index=batch.function_index[first:last],
            io_us=batch.io_us[first:last],
            cpu_us=batch.cpu_us[first:last],
            routing=batch.routing[first:last],
        )


def measure_data_plane(shape: ReferenceShape) -> dict[str, object]:
    """Requests per CPU second of the compiled data plane, median of the repeats."""
    arrivals = _Drawn(shape)
    _one_run(shape, arrivals)  # compiles, or loads from the cache
    rates = [_one_run(shape, arrivals) for _ in range(shape.repeats)]
    return {
        "law": shape.law,
        "routing": shape.routing,
        "environments": shape.environments,
        "concurrency": shape.concurrency,
        "rho": shape.rho,
        "requests": shape.requests,
        "repeats": shape.repeats,
        "rate_med": round(median(rates)),
    }


def measure_run(scenario: Scenario) -> dict[str, object]:
    """Time of one whole run, compiling included, and peak memory of the process, all included."""
    start_s, cpu_start_s = perf_counter(), process_time()
    result = run(scenario)
    wall_s, cpu_s = perf_counter() - start_s, process_time() - cpu_start_s
    requests = int(result.record.invocations.arrived.sum())
    return {
        "wall_s": round(wall_s, 3),
        "cpu_s": round(cpu_s, 3),
        "requests": requests,
        "rate_med": round(requests / wall_s),
        "requests_per_cpu_s": round(requests / cpu_s),
        "peak_rss_mib": round(peak_rss_mib(), 1),
    }


def peak_rss_mib() -> float:
    """Largest resident memory of this process so far.

    On Linux the figure of `getrusage` begins with that of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return float(line.split()[1]) / _KIB_PER_MIB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kib = peak / 1024 if sys.platform == "darwin" else peak
    return kib / _KIB_PER_MIB


def _means_us(shape: ReferenceShape) -> tuple[float, float]:
    """Mean CPU and I/O time that bring the binding resource to `rho` at the reference rate."""
    per_environment_us = shape.environments * shape.rho * SECOND_US / _RATE_PER_S
    match shape.law:
        case "loss":
            return 0.0, per_environment_us * shape.concurrency
        case "ps":
            return per_environment_us, 0.0
        case _:
            share = _IO_SHARE
            return per_environment_us, per_environment_us * share / (1 - share)


def _one_run(shape: ReferenceShape, arrivals: _Drawn) -> float:
    horizon_us = (int(arrivals.times_us[-1] // MINUTE_US) + 1) * MINUTE_US
    plane = DataPlane(
        functions=[
            FunctionSettings(
                name="reference",
                vcpu=1,
                concurrency_limit=shape.concurrency,
                memory_mib=2 * MIB_PER_GIB,
                memory_base_mib=0.0,
                memory_per_invocation_mib=0.0,
                disk_mib=MIB_PER_GIB,
                disk_per_invocation_mib=0.0,
                timeout_us=MINUTE_US,
            )
        ],
        arrivals=arrivals,
        parameters=DataPlaneParameters(
            cpu_refuse_fraction=_WITHOUT_REFUSAL,
            memory_refuse_fraction=_WITHOUT_REFUSAL,
            disk_refuse_fraction=_WITHOUT_REFUSAL,
            cpu_time_constant_us=SECOND_US,
            attempts_max=4,
            attempt_latency_us=0,
        ),
        routing=Routing(shape.routing),
        horizon_us=horizon_us,
    )
    for _ in range(shape.environments):
        plane.add_environment(function_index=0, speed=1.0, now_us=0)
    start_s = process_time()
    plane.advance(horizon_us)
    return shape.requests / (process_time() - start_s)
