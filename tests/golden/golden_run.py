"""Runs a golden scenario and boils it down to digests and a few numbers; script and module in one.

`python tests/golden/golden_run.py SCENARIO.yaml` writes the result as JSON, from any folder.
"""

import json
import sys
from collections import Counter
from pathlib import Path

from sim.experiments.run import run
from sim.model.journal_entries import (
    ApiCalled,
    AuthorizationDecided,
    FunctionVersionChanged,
    InstanceChanged,
    JournalEntry,
    LaunchFailed,
    WorldEnded,
)
from sim.scenario import load_scenario

SCENARIOS = {
    path.stem: path
    for path in (
        *sorted((Path(__file__).parent / "scenarios").glob("*.yaml")),
        Path(__file__).parents[2] / "configs" / "queue-burst.yaml",
    )
}
"""The golden scenarios by name: written for this, or handed out with the program."""
PINNED = Path(__file__).parent / "pinned"


def boiled_down(path: Path) -> dict[str, object]:
    """Digests and a small summary of one run, in the types of JSON."""
    record = run(load_scenario(path)).record
    ended = record.journal[-1]
    assert isinstance(ended, WorldEnded)
    return {
        "journal_sha256": record.journal_sha256,
        "invocations_sha256": ended.invocations_sha256,
        "invariant_violations": list(record.invariants.violations),
        "invocations": {
            "arrived": ended.arrived,
            "completed": ended.completed,
            "throttled": ended.throttled,
        },
        **_journal_counts(record.journal),
    }


def _journal_counts(journal: tuple[JournalEntry, ...]) -> dict[str, object]:
    calls = [e for e in journal if isinstance(e, ApiCalled)]
    failures = [e for e in journal if isinstance(e, LaunchFailed)]
    denials = [e for e in journal if isinstance(e, AuthorizationDecided) and e.reason]
    versions = [e for e in journal if isinstance(e, FunctionVersionChanged)]
    moves = [e for e in journal if isinstance(e, InstanceChanged)]
    return {
        "entries": _counted(e.kind for e in journal),
        "calls": _counted(f"{c.operation} {c.error_code}".strip() for c in calls),
        "launch_failures": _counted(f.reason_code for f in failures),
        "denials": _counted(f"{d.action} {d.result} {d.statement}".strip() for d in denials),
        "version_states": [v.new_state for v in versions],
        "instances_ended": _counted(m.reason for m in moves if m.new_state == "shutting-down"),
    }


def _counted(things) -> dict[str, int]:
    return dict(sorted(Counter(things).items()))


def as_text(result: dict[str, object]) -> str:
    """The form in which results are pinned and compared."""
    return json.dumps(result, indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_text(boiled_down(Path(sys.argv[1]))))
