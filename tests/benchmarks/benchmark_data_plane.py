"""Prints how many requests per CPU second the data plane handles, beside its pure-Python twin.

Run as `python tests/benchmarks/benchmark_data_plane.py [requests] [repeats]`: one line of JSON.
Law: 100 environments of 16 slots and one vCPU at load 0.8, I/O 40 ms and CPU 8 ms exponential,
power of two choices, CPU refusal at 0.85. Arrivals and demands are drawn before the clock starts
and nothing is compiled while it runs. Rates are medians; the ratio is on a shorter stream.

Beside it: many slots that are held long, attempts per second under overload with retries, and calls
of callers in a closed loop (their rounds are drawn while the clock runs).
"""

import json
import statistics
import sys
import time  # noqa: TID251 - a benchmark measures the machine
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "unit" / "dataplane")]

from data_plane_builders import (  # noqa: E402
    FixedArrivals,
    FixedCallers,
    a_function,
    arrivals_at,
    exponential,
    parameters,
)
from data_plane_twin import TwinPlane  # noqa: E402

from sim.dataplane.plane import ArrivalBatch, DataPlane, RetryPolicy, Routing  # noqa: E402
from sim.units import MINUTE_US, SECOND_US  # noqa: E402

RATE_PER_S = 10_000.0
TWIN_REQUESTS = 30_000


RETRIES = RetryPolicy(attempts_max=3, base_us=SECOND_US, cap_us=20 * SECOND_US)


def draw(requests, *, io_us=40_000.0, cpu_us=8_000.0):
    """Poisson arrivals with exponential demands."""
    generator = np.random.default_rng(1)
    return FixedArrivals(
        ArrivalBatch(
            times_us=np.cumsum(generator.exponential(SECOND_US / RATE_PER_S, requests)),
            function_index=np.zeros(requests, dtype=np.int32),
            io_us=generator.exponential(io_us, requests),
            cpu_us=generator.exponential(cpu_us, requests),
            routing=generator.integers(0, 2**64, requests, dtype=np.uint64),
        )
    )


def requests_per_cpu_second(kind, arrivals, *, minutes=None, callers=(), **function):
    """Attempts of one run of a plane over all arrivals, or of callers for some minutes."""
    minutes = minutes or int(arrivals.batch.times_us[-1] // MINUTE_US) + 1
    plane = kind(
        functions=[a_function(**function)],
        arrivals=arrivals,
        parameters=parameters(cpu_refuse_fraction=0.85, attempts_max=16),
        routing=Routing.POWER_OF_TWO,
        horizon_us=minutes * MINUTE_US,
        callers=callers,
    )
    for _ in range(100):
        plane.add_environment(function_index=0, speed=1.0, now_us=0)
    start_s = time.process_time()
    plane.advance(minutes * MINUTE_US)
    return plane.record.attempts.sum() / (time.process_time() - start_s)


def other_shapes(requests):
    """Attempts per CPU second away from the reference shape; the faster of two runs each."""
    callers = FixedCallers(
        firsts_us=np.linspace(0, SECOND_US, 5000),
        think_us=500_000.0,
        io_us=40_000.0,
        cpu_us=8_000.0,
        law=exponential,
    )
    shapes = {
        "256 slots held": (draw(requests, io_us=256 * 8_000.0, cpu_us=1.0), {}, 256),
        "1600 slots held": (draw(requests, io_us=1600 * 8_000.0, cpu_us=1.0), {}, 1600),
        "retries at load 1.2": (draw(requests, cpu_us=12_000.0), {"retries": RETRIES}, 16),
        "5000 callers": (arrivals_at([]), {"callers": [callers], "minutes": 2}, 16),
    }
    return {
        name: round(
            max(
                requests_per_cpu_second(DataPlane, arrivals, concurrency_limit=limit, **more)
                for _ in range(2)
            )
        )
        for name, (arrivals, more, limit) in shapes.items()
    }


def main(requests=3_000_000, repeats=5):
    """Measure both, interleaved, and print the result."""
    arrivals, short = draw(requests), draw(TWIN_REQUESTS)
    requests_per_cpu_second(DataPlane, short)
    rates, ratios = [], []
    for _ in range(repeats):
        rates.append(requests_per_cpu_second(DataPlane, arrivals))
        twin_rate = requests_per_cpu_second(TwinPlane, short)
        ratios.append(requests_per_cpu_second(DataPlane, short) / twin_rate)
    result = {
        "law": "100 environments x 16 slots, 1 vCPU, load 0.8, I/O 40 ms + CPU 8 ms, power of two",
        "requests": requests,
        "repeats": repeats,
        "rate_med": round(statistics.median(rates)),
        "rate_min": round(min(rates)),
        "rate_max": round(max(rates)),
        "twin_ratio_med": round(statistics.median(ratios), 1),
        "other_shapes": other_shapes(requests),
    }
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
