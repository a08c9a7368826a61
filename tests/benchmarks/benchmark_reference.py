"""Prints how fast data plane and coupled run are beside the same worlds written in SimPy alone.

Run as `python tests/benchmarks/benchmark_reference.py [rounds] [--hundred-million]`: one line of
JSON. Both sides handle the same requests with the same results (tests/validation proves it). Rounds
are interleaved, figures are medians of them with the range. Rates count CPU time and nothing is
compiled while a clock runs; only two threads are a matter of wall time. In `environment_law`
arrivals and demands are drawn before; in `coupled_run` both sides draw theirs inside, and
`coupled_run_without_draws` takes that time off both.
"""

import json
import statistics
import subprocess
import sys
import time  # noqa: TID251 - a benchmark measures the machine
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sim.assembly import assemble  # noqa: E402
from sim.dataplane.plane import ArrivalBatch, DataPlane, Routing  # noqa: E402
from sim.units import MINUTE_US, SECOND_US  # noqa: E402
from tests.unit.dataplane.data_plane_builders import (  # noqa: E402
    FixedArrivals,
    a_function,
    parameters,
)
from tests.validation.simpy_reference.reference_clock import ReferenceClock  # noqa: E402
from tests.validation.simpy_reference.reference_router import ReferenceRouter  # noqa: E402
from tests.validation.simpy_reference.reference_run import reference_run  # noqa: E402
from tests.validation.simpy_reference.reference_scenario import (  # noqa: E402
    coupled,
    step_scenario,
)
from tests.validation.simpy_reference.small_world import SmallWorld  # noqa: E402

LAW = "16 slots, 1 vCPU, load 0.8, I/O 40 ms + CPU 8 ms, power of two, CPU refused at 0.85"
PER_ENVIRONMENT_PER_S = 100.0
KERNEL_REQUESTS = 2_000_000
SIMPY_REQUESTS = 60_000
RULES = {"cpu_refuse_fraction": 0.85, "attempts_max": 16}
DAY = ROOT / "configs" / "world-cup-opening-day.yaml"
LONG_RUN = [
    "duration=5000s",
    "workloads.0.arrivals={kind: constant, rate: 20000/s}",
    "capacity_providers.0.scaling.max_vcpu_count=4000",
]
STEP = {"rate_per_s": 450.0, "cpu": "10ms"}
"""The coupled scenario: 1.36 M requests, a step of 2.5 times, launches, scale-in, 3 % throttled."""


def draw(requests: int, environments: int) -> FixedArrivals:
    """Poisson arrivals at load 0.8 with exponential demands."""
    generator = np.random.default_rng(1)
    gap_us = SECOND_US / (PER_ENVIRONMENT_PER_S * environments)
    return FixedArrivals(
        ArrivalBatch(
            times_us=np.cumsum(generator.exponential(gap_us, requests)),
            function_index=np.zeros(requests, dtype=np.int32),
            io_us=generator.exponential(40_000.0, requests),
            cpu_us=generator.exponential(8_000.0, requests),
            routing=generator.integers(0, 2**64, requests, dtype=np.uint64),
        )
    )


def minutes_of(arrivals: FixedArrivals) -> int:
    """World minutes that the arrivals take."""
    return int(arrivals.batch.times_us[-1] // MINUTE_US) + 1


def a_plane(arrivals: FixedArrivals, environments: int) -> DataPlane:
    """A fleet that has not handled anything yet."""
    plane = DataPlane(
        functions=[a_function()],
        arrivals=arrivals,
        parameters=parameters(**RULES),
        routing=Routing.POWER_OF_TWO,
        horizon_us=minutes_of(arrivals) * MINUTE_US,
    )
    for _ in range(environments):
        plane.add_environment(function_index=0, speed=1.0, now_us=0)
    return plane


def advance(plane: DataPlane) -> None:
    """Everything until the horizon."""
    plane.advance(plane.record.minute_count * MINUTE_US)


def cpu_s(action: Callable[[], object]) -> float:
    """CPU seconds of an action."""
    start_s = time.process_time()
    action()
    return time.process_time() - start_s


def kernel_rate(arrivals: FixedArrivals, environments: int) -> float:
    """Requests per CPU second of the data plane."""
    plane = a_plane(arrivals, environments)
    return len(arrivals.batch.times_us) / cpu_s(lambda: advance(plane))


def simpy_rate(arrivals: FixedArrivals, environments: int) -> float:
    """Requests per CPU second of the same law in SimPy."""
    clock = ReferenceClock()
    router = ReferenceRouter(clock, a_function(), parameters(**RULES), Routing.POWER_OF_TWO)
    for _ in range(environments):
        router.add()
    minutes = minutes_of(arrivals)
    clock.process(router.run(arrivals, 0, minutes))
    return len(arrivals.batch.times_us) / cpu_s(lambda: clock.run(until=minutes * MINUTE_US))


def thread_scaling(arrivals: FixedArrivals) -> float:
    """How much sooner two runs end side by side than one after the other; wall time."""
    one_by_one = [a_plane(arrivals, 100) for _ in range(2)]
    side_by_side = [a_plane(arrivals, 100) for _ in range(2)]
    start_s = time.perf_counter()
    for plane in one_by_one:
        advance(plane)
    serial_s = time.perf_counter() - start_s
    with ThreadPoolExecutor(2) as threads:
        start_s = time.perf_counter()
        list(threads.map(advance, side_by_side))
        return serial_s / (time.perf_counter() - start_s)


@dataclass(frozen=True)
class CoupledTimes:
    """CPU seconds of one world in both simulators."""

    ours_s: float
    theirs_s: float
    draws_s: float
    """Of them the drawing of arrivals and demands, which both do in the same way."""
    requests: int


def coupled_times(seed: int) -> CoupledTimes:
    """Run the scenario in both, one after the other."""
    system = assemble(step_scenario(**STEP), seed=seed)
    ours_s = cpu_s(lambda: system.advance_to(system.horizon_us))
    world = SmallWorld.of(system)
    minutes = range(world.horizon_us // MINUTE_US)
    return CoupledTimes(
        ours_s=ours_s,
        theirs_s=cpu_s(lambda: reference_run(world, seed)),
        draws_s=cpu_s(lambda: [list(world.arrivals.batches(minute)) for minute in minutes]),
        requests=int(system.finish().arrived.sum()),
    )


def spread(values: list[float], digits: int = 1) -> dict[str, float]:
    """Median and range."""
    return {
        "median": round(statistics.median(values), digits),
        "min": round(min(values), digits),
        "max": round(max(values), digits),
    }


def hundred_million() -> dict[str, object]:
    """10^8 requests of the opening day's function in a process of their own, all memory counted.

    Constant 20,000 a second for 5,000 s; imports and compiled code count like everything else.
    """
    code = (
        "import json; from sim.experiments.benchmarks import measure_run;"
        "from sim.scenario import load_scenario;"
        f"print(json.dumps(measure_run(load_scenario({str(DAY)!r}, {LONG_RUN!r}))))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    figures: dict[str, object] = json.loads(run.stdout)
    return figures


def measured(rounds: int) -> dict[str, object]:
    """All figures but the memory of 10^8 requests."""
    streams = {n: draw(KERNEL_REQUESTS, n) for n in (100, 1_000)}
    short, huge = draw(SIMPY_REQUESTS, 100), draw(KERNEL_REQUESTS // 2, 100_000)
    coupled(step_scenario(rate_per_s=40.0), seed=1)  # load every kernel: it throttles and drains
    kernel_rate(short, 100)
    lists: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        lists.setdefault(name, []).append(value)

    requests = 0
    for number in range(rounds):
        kernel = kernel_rate(streams[100], 100)
        simpy = simpy_rate(short, 100)
        note("kernel_per_cpu_s", kernel)
        note("simpy_per_cpu_s", simpy)
        note("environment_law_ratio", kernel / simpy)
        note("kernel_1000_environments_per_cpu_s", kernel_rate(streams[1_000], 1_000))
        note("kernel_100000_environments_per_cpu_s", kernel_rate(huge, 100_000))
        note("two_threads_ratio", thread_scaling(streams[100]))
        both = coupled_times(number + 1)
        requests = both.requests
        note("coupled_run_ratio", both.theirs_s / both.ours_s)
        undrawn = (both.theirs_s - both.draws_s) / (both.ours_s - both.draws_s)
        note("coupled_run_without_draws_ratio", undrawn)
        note("coupled_per_cpu_s", requests / both.ours_s)
    figures: dict[str, object] = {
        name: spread(values, 0 if "per_cpu_s" in name else 2) for name, values in lists.items()
    }
    return figures | {"coupled_requests": requests}


def main(rounds: int = 3, *, is_long: bool = False) -> None:
    """Measure and print."""
    figures = {"benchmark": "reference", "law": LAW, "rounds": rounds, **measured(rounds)}
    if is_long:
        figures["hundred_million"] = hundred_million()
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if not argument.startswith("--")]
    main(*numbers, is_long="--hundred-million" in sys.argv)
