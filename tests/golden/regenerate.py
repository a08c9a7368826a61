"""Pins the results of the golden scenarios anew; the commit that needs it says why they moved.

Run it from the root of the repository: `python tests/golden/regenerate.py`.
"""

import sys

from golden_run import PINNED, SCENARIOS, as_text, boiled_down


def regenerate() -> None:
    """Run every golden scenario and write what came out."""
    PINNED.mkdir(exist_ok=True)
    for name, path in SCENARIOS.items():
        target = PINNED / f"{name}.json"
        target.write_text(as_text(boiled_down(path)), encoding="utf-8")
        sys.stdout.write(f"pinned {target.name}\n")


if __name__ == "__main__":
    regenerate()
