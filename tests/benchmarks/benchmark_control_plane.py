"""Prints how fast the control plane is: a fleet of 15,000 vCPUs, and 1,000 idle providers.

Run as `python tests/benchmarks/benchmark_control_plane.py [repeats [idle_hours]]`: a line of JSON.
An event is a SimPy event that happened or a journal entry that was written; both are counted, and
nothing else. Times are CPU seconds of whole runs, data plane included, medians of interleaved
repeats; a small run before them compiles. The fleet has 7,500 instances of two vCPUs. The idle day
begins when all providers serve; making them is counted in `idle_cpu_s` only.
"""

import json
import statistics
import sys
import time  # noqa: TID251 - a benchmark measures the machine
from pathlib import Path

import yaml

from sim.assembly import assemble
from sim.experiments.benchmarks import peak_rss_mib
from sim.scenario import Scenario, load_scenario, load_scenario_text

CONFIG = Path(__file__).parents[2] / "configs" / "scaling-throughput.yaml"
COUNT = "script.0.input.FunctionScalingConfig.MinExecutionEnvironments"
INSTANCES = 7500
PROVIDERS = 1000
PREPARATION_MINUTES = 40
"""Time until the last of the providers, made one a second, serves."""


def idle_providers(count: int, hours: int) -> Scenario:
    """As many providers with one function each, one environment of which runs; nobody calls."""
    document = yaml.safe_load(CONFIG.read_text())
    provider, function = document["capacity_providers"][0], document["functions"][0]
    subnets = provider["subnets"]
    document["capacity_providers"] = [
        {**provider, "name": f"provider-{n}", "subnets": [subnets[n % len(subnets)]]}
        for n in range(count)
    ]
    document["functions"] = [
        {
            **function,
            "name": f"function-{n}",
            "capacity_provider": f"provider-{n}",
            "min_execution_environments": 1,
        }
        for n in range(count)
    ]
    changes = {"preparation": f"{PREPARATION_MINUTES}m", "duration": f"{hours}h"}
    del document["script"], document["workloads"]
    return load_scenario_text(json.dumps(document | changes))


def large_fleet(count: int) -> Scenario:
    """One provider that grows to so many instances of two vCPUs."""
    return load_scenario(CONFIG, [f"{COUNT}={count}"])


def measure(scenario: Scenario) -> tuple[int, float, float]:
    """Events, CPU seconds of the whole run, and CPU seconds of the time with traffic."""
    started_s = time.process_time()
    system = assemble(scenario, seed=1)
    system.advance_to(system.traffic_start_us)
    prepared_s = time.process_time()
    system.advance_to(system.horizon_us)
    ended_s = time.process_time()
    system.finish()
    assert system.observers.report().violations == ()
    events = system.foundation.kernel.step_count + len(system.foundation.journal.entries)
    return events, time.process_time() - started_s, ended_s - prepared_s


def main(repeats: int = 3, idle_hours: int = 24) -> None:
    """Alternate the two worlds, so that a noisy machine disturbs both alike."""
    measure(large_fleet(10))
    worlds = [large_fleet(INSTANCES), idle_providers(PROVIDERS, idle_hours)]
    fleet, idle = zip(*([measure(world) for world in worlds] for _ in range(repeats)), strict=True)
    hour_s = statistics.median(steady_s for _, _, steady_s in idle) / idle_hours
    figures = {
        "benchmark": "control_plane",
        "fleet_events": fleet[0][0],
        "fleet_cpu_s": round(statistics.median(cpu_s for _, cpu_s, _ in fleet), 2),
        "fleet_events_per_s": round(statistics.median(n / cpu_s for n, cpu_s, _ in fleet)),
        "idle_events": idle[0][0],
        "idle_cpu_s": round(statistics.median(cpu_s for _, cpu_s, _ in idle), 2),
        "idle_events_per_s": round(statistics.median(n / cpu_s for n, cpu_s, _ in idle)),
        "idle_hours": idle_hours,
        "idle_day_s": round(24 * hour_s, 1),
        "peak_rss_mib": round(peak_rss_mib(), 1),
        "repeats": repeats,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
