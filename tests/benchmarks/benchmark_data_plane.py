"""Prints how many requests per CPU second the data plane handles, beside its pure-Python twin.

Run as `python tests/benchmarks/benchmark_data_plane.py [requests] [repeats]`: one line of JSON.
Law: 100 environments of 16 slots and one vCPU at load 0.8, I/O 40 ms and CPU 8 ms exponential,
power of two choices, CPU refusal at 0.85. Arrivals and demands are drawn before the clock starts
and nothing is compiled while it runs. Rates are medians; the ratio is on a shorter stream.
"""

import json
import statistics
import sys
import time  # noqa: TID251 - a benchmark measures the machine
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "unit" / "dataplane")]

from data_plane_builders import FixedArrivals, a_function, parameters  # noqa: E402
from data_plane_twin import TwinPlane  # noqa: E402

from sim.dataplane.plane import ArrivalBatch, DataPlane, Routing  # noqa: E402
from sim.units import MINUTE_US, SECOND_US  # noqa: E402

RATE_PER_S = 10_000.0
TWIN_REQUESTS = 30_000


def draw(requests):
    """Poisson arrivals with exponential demands."""
    generator = np.random.default_rng(1)
    return FixedArrivals(
        ArrivalBatch(
            times_us=np.cumsum(generator.exponential(SECOND_US / RATE_PER_S, requests)),
            function_index=np.zeros(requests, dtype=np.int32),
            io_us=generator.exponential(40_000.0, requests),
            cpu_us=generator.exponential(8_000.0, requests),
            routing=generator.integers(0, 2**64, requests, dtype=np.uint64),
        )
    )


def requests_per_cpu_second(kind, arrivals):
    """One run of a plane over all arrivals."""
    minutes = int(arrivals.batch.times_us[-1] // MINUTE_US) + 1
    plane = kind(
        functions=[a_function()],
        arrivals=arrivals,
        parameters=parameters(cpu_refuse_fraction=0.85, attempts_max=16),
        routing=Routing.POWER_OF_TWO,
        horizon_us=minutes * MINUTE_US,
    )
    for _ in range(100):
        plane.add_environment(function_index=0, speed=1.0, now_us=0)
    start_s = time.process_time()
    plane.advance(minutes * MINUTE_US)
    return len(arrivals.batch.times_us) / (time.process_time() - start_s)


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
    }
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
