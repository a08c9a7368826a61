"""Prints how long `lmisim --help` takes beside an empty Python: medians of whole processes.

Run as `python tests/benchmarks/benchmark_start.py [repeats]`: one line of JSON.
"""

import json
import statistics
import subprocess
import sys
import time  # noqa: TID251 - a benchmark measures the machine


def seconds(command: list[str]) -> float:
    """Wall time of one process."""
    start_s = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start_s


def main(repeats: int = 9) -> None:
    """Alternate the two commands, so that a noisy machine disturbs both alike."""
    help_command = [sys.executable, "-m", "sim.cli", "--help"]
    bare_command = [sys.executable, "-c", "pass"]
    pairs = [(seconds(help_command), seconds(bare_command)) for _ in range(repeats)]
    figures = {
        "benchmark": "start",
        "help_ms": round(1000 * statistics.median(p[0] for p in pairs)),
        "bare_python_ms": round(1000 * statistics.median(p[1] for p in pairs)),
        "ratio": round(statistics.median(p[0] / p[1] for p in pairs), 2),
        "repeats": repeats,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
