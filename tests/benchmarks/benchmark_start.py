"""Prints how long it takes to start: `lmisim --help`, and the first result of a small scenario.

Run as `python tests/benchmarks/benchmark_start.py [repeats]`: one line of JSON, medians.

A first result is there when a new process has imported everything, loaded `configs/first-run.yaml`
and run it; how long the process then takes to end is not counted. It is warm if the kernel's
machine code is kept, cold if the kernel has to be compiled. The data plane's
own part is the first run of a tiny data plane, in a process that has imported everything. Python's
bytecode is kept, as it is after an installation, whatever the environment says. Beside wall time
stands CPU time, which other programs of the machine disturb less.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time  # noqa: TID251 - a benchmark measures the machine
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).parents[2]

BYTECODE = str(Path(tempfile.gettempdir()) / "lmisim-benchmark-bytecode")

FIRST_RESULT = """
import sim
sim.run(sim.load_scenario("configs/first-run.yaml"))
import time
print(time.time(), time.process_time())
"""

DATA_PLANE = """
import sys, time
sys.path.insert(0, "tests/unit/dataplane")
import sim.experiments.run
from data_plane_builders import a_plane, arrivals_at, finished
plane, _ = a_plane(arrivals_at([0.0, 0.0], cpu_us=1e6))
start_s, cpu_start_s = time.perf_counter(), time.process_time()
finished(plane)
print(time.perf_counter() - start_s, time.process_time() - cpu_start_s)
"""


class Taken(NamedTuple):
    """Wall and CPU time in seconds."""

    wall_s: float
    cpu_s: float


def run_python(arguments: list[str], kept: str | None = None) -> str:
    """What a process of Python prints; it keeps its kernel in that folder, if one is given."""
    folder = {} if kept is None else {"NUMBA_CACHE_DIR": kept}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": BYTECODE, **folder}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, *arguments]
    done = subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    return done.stdout.decode()


def whole(arguments: list[str]) -> Taken:
    """What a whole process of Python takes."""
    before, start_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run_python(arguments)
    wall_s, after = time.perf_counter() - start_s, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Taken(wall_s, cpu_s)


def first_result(kept: str) -> Taken:
    """Until a new process has its first result."""
    start_s = time.time()
    ended_s, cpu_s = map(float, run_python(["-c", FIRST_RESULT], kept).split())
    return Taken(ended_s - start_s, cpu_s)


def one_round(warm: str) -> dict[str, Taken]:
    """Everything once, so that a noisy machine disturbs all alike; a kernel is kept in `warm`."""
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        return {
            "help": whole(["-m", "sim.cli", "--help"]),
            "bare_python": whole(["-c", "pass"]),
            "first_result_cold": first_result(first),
            "first_result_warm": first_result(warm),
            "data_plane_cold": Taken(*map(float, run_python(["-c", DATA_PLANE], second).split())),
            "data_plane_warm": Taken(*map(float, run_python(["-c", DATA_PLANE], warm).split())),
        }


def main(repeats: int = 5) -> None:
    """Measure some rounds and print their medians."""
    with tempfile.TemporaryDirectory() as warm:
        run_python(["-c", FIRST_RESULT], warm)
        run_python(["-c", DATA_PLANE], warm)
        rounds = [one_round(warm) for _ in range(repeats)]
    figures: dict[str, object] = {"benchmark": "start", "repeats": repeats}
    for name in rounds[0]:
        figures[f"{name}_ms"] = round(1000 * median(taken[name].wall_s for taken in rounds))
        figures[f"{name}_cpu_ms"] = round(1000 * median(taken[name].cpu_s for taken in rounds))
    figures["ratio"] = round(median(t["help"].wall_s / t["bare_python"].wall_s for t in rounds), 2)
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
