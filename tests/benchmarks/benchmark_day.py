"""Prints what a simulated day takes: the demo's day at a mean of 1,000 requests a second.

Run as `python tests/benchmarks/benchmark_day.py [mean_per_s]`: one line of JSON with wall seconds,
requests, rate and peak resident memory. Compiling or loading the kernels is included, as a user
would feel it.
"""

import json
import sys
import time  # noqa: TID251 - a benchmark measures the machine
from pathlib import Path

from sim.experiments.benchmarks import peak_rss_mib
from sim.experiments.run import run
from sim.scenario import load_scenario

CONFIG = Path(__file__).parents[2] / "configs" / "world-cup-opening-day.yaml"
SECONDS_OF_DAY = 86_400


def main(mean_per_s: float = 1000.0) -> None:
    """Scale the day to the mean rate, run it, print the figures."""
    trace = load_scenario(CONFIG).workloads[0].trace
    scale = mean_per_s * SECONDS_OF_DAY / trace.total
    scenario = load_scenario(CONFIG, [f"workloads.0.arrivals.scale={scale:.6f}"])
    start_s = time.perf_counter()
    cpu_start_s = time.process_time()
    result = run(scenario)
    wall_s = time.perf_counter() - start_s
    cpu_s = time.process_time() - cpu_start_s
    requests = int(result.record.invocations.arrived.sum())
    figures = {
        "benchmark": "day",
        "requests": requests,
        "wall_s": round(wall_s, 2),
        "cpu_s": round(cpu_s, 2),
        "requests_per_cpu_s": round(requests / cpu_s),
        "peak_rss_mib": round(peak_rss_mib(), 1),
        "journal_entries": len(result.record.journal),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(*(float(argument) for argument in sys.argv[1:]))
