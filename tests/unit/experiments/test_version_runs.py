"""A run with several versions: each is scaled, counted and told on its own."""

import json
import re
from functools import cache
from pathlib import Path

from sim.experiments.result import Result, load_result
from sim.experiments.run import run
from sim.metrics import build_tables
from sim.metrics.cloudwatch import MetricKey, metric_series
from sim.model.invocation_record import Outcome
from sim.model.journal_entries import FunctionVersionUpdated, ScalingDecided
from sim.reporting import write_report
from sim.scenario import load_scenario
from sim.units import MINUTE_US

CONFIG = Path(__file__).parents[3] / "configs" / "lifecycle" / "new-version.yaml"
MINUTES = 70


@cache
def a_run() -> Result:
    """The scenario that is handed out, up to after the deletion of version 1."""
    return run(load_scenario(CONFIG, overrides=[f"duration={MINUTES}m"]))


def completed(name: str, first: int, last: int) -> int:
    """Completed invocations in some minutes of the traffic."""
    record = a_run().record
    index = record.invocations.function_names.index(name)
    start = record.traffic_start_us // MINUTE_US
    return int(
        record.invocations.outcomes[index, start + first : start + last, Outcome.COMPLETED].sum()
    )


def test_callers_move_and_nobody_is_turned_away() -> None:
    """Version 2 has no work before it is called and all of it at the end; laws hold."""
    record = a_run().record
    assert record.invocations.function_names == ("site", "search", "site:2")
    assert record.invocations.outcomes[:, :, Outcome.COMPLETED + 1 :].sum() == 0
    assert (completed("site:2", 0, 20), completed("site", 47, MINUTES)) == (0, 0)
    assert completed("site", 0, 20) > 70_000
    assert completed("site:2", 47, 60) > 45_000
    assert record.invariants.violations == ()


def test_every_version_is_scaled_by_its_own_load() -> None:
    """While version 1 idles at its minimum, version 2 bears the load."""
    loads = {
        (e.function, e.version): e.concurrency_fraction
        for e in a_run().record.journal
        if isinstance(e, ScalingDecided) and e.time_us <= (10 + 55) * MINUTE_US
    }
    assert set(loads) == {("site", "1"), ("site", "2"), ("search", "$LATEST.PUBLISHED")}
    assert loads["site", "1"] == 0.0
    assert loads["site", "2"] > 0.0


def test_the_head_is_replaced_while_it_serves() -> None:
    """Its update succeeds within minutes, and environments of both kinds served meanwhile."""
    updates = [e for e in a_run().record.journal if isinstance(e, FunctionVersionUpdated)]
    assert [(e.version, e.status) for e in updates] == [
        ("$LATEST.PUBLISHED", "InProgress"),
        ("$LATEST.PUBLISHED", "Successful"),
    ]
    assert updates[1].time_us - updates[0].time_us < 5 * MINUTE_US


def test_metrics_are_told_by_function_and_by_version() -> None:
    """What is told of a function is the sum of its versions; environments are told by version."""
    series = metric_series(a_run().record)

    def total(**by: str) -> float:
        key = MetricKey("AWS/Lambda", "Invocations", tuple(sorted(by.items())))
        return float(series[key].samples().sums.sum())

    parts = [total(FunctionName="site", Resource=f"site:{number}") for number in (1, 2)]
    assert min(parts) > 0
    assert total(FunctionName="site") == sum(parts)
    resources = {
        dict(key.dimensions)["Resource"]
        for key in series
        if key.name == "ExecutionEnvironmentCPUUtilization"
    }
    assert resources == {"site:1", "site:2", "search:$LATEST.PUBLISHED"}


def test_reports_and_run_folders_hold_every_version(tmp_path: Path) -> None:
    """The tables have a row for each, the page names it, and a saved run comes back the same."""
    result = a_run()
    tables = build_tables(result.record)
    assert set(tables.minutes["function"]) == {"site", "search", "site:2"}
    page = write_report(result.record, tmp_path / "report.html", tables).read_text(encoding="utf-8")
    assert re.search(r"site:2", page)
    assert "published again: Successful" in page
    again = load_result(result.save(tmp_path / "run"))
    assert json.dumps(again.summary, default=str) == json.dumps(result.summary, default=str)
