"""A finished run as people use it: pandas frames, a summary, a report, a folder on disk.

What makes frames and pages is imported when the first one is asked for: a run needs none of it, and
it takes 90 MiB and most of the time that importing this package takes.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sim.model.run_record import RunRecord
from sim.scenario import Scenario, load_scenario

if TYPE_CHECKING:
    import pandas as pd

    from sim.metrics import Tables


class Result:
    """One run. Every frame is made when it is first asked for, from the two records of the run."""

    def __init__(self, record: RunRecord, scenario: Scenario) -> None:
        self.record = record
        self.scenario = scenario

    @cached_property
    def tables(self) -> "Tables":
        """All tables of the run."""
        from sim.metrics import build_tables

        return build_tables(self.record)

    @cached_property
    def summary(self) -> Mapping[str, object]:
        """The content of `summary.json`."""
        from sim.metrics import summary

        return summary(self.record, self.tables)

    @property
    def events(self) -> "pd.DataFrame":
        """The journal: a row per API call, decision and state change, with a line of text."""
        return self.tables.events

    @property
    def metrics(self) -> "pd.DataFrame":
        """Instances, vCPUs and environments per minute, capacity provider and Availability Zone."""
        return self.tables.capacity

    @property
    def invocations(self) -> "pd.DataFrame":
        """Invocations per function and minute: counts by outcome, latency percentiles, load."""
        return self.tables.minutes

    @property
    def instances(self) -> "pd.DataFrame":
        """One row per managed instance: type, zone, times, who ended it, cost."""
        return self.tables.instances

    @property
    def decisions(self) -> "pd.DataFrame":
        """Every IAM decision with the statement that made it."""
        return self.tables.decisions

    @property
    def cost(self) -> "pd.DataFrame":
        """The bill by item."""
        return self.tables.cost

    def list_metrics(self) -> Mapping[str, object]:
        """The metrics of the run, in the shape of CloudWatch's ListMetrics."""
        from sim.experiments.metric_data import metric_list

        return metric_list(self.record)

    def metric_data(self, queries: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
        """Answer CloudWatch's `MetricDataQueries`, in the shape of GetMetricData.

        Raises ConfigurationError with every mistake in the queries.
        """
        from sim.experiments.metric_data import metric_data
        from sim.experiments.metric_queries import read_metric_request

        return metric_data(self.record, read_metric_request(json.dumps(list(queries))))

    def save(self, folder: str | Path, *, with_report: bool = True) -> Path:
        """Write the run folder, whole or not at all, and return its path.

        Raises EnvironmentProblemError when the folder cannot be written, or holds something that is
        not a run.
        """
        from sim.experiments.run_folder import RunContent, save_run

        content = RunContent(self.record, self.tables, self.summary, self.scenario)
        return save_run(content, Path(folder), with_report=with_report)

    def report(self, path: str | Path) -> Path:
        """Write the report page to a file and return its path."""
        from sim.reporting import write_report

        return write_report(self.record, Path(path), self.tables)

    def _repr_html_(self) -> str:
        from sim.reporting.snippets import result_html

        return result_html(self.record, self.tables)

    def __repr__(self) -> str:
        record = self.record
        arrived = int(record.invocations.arrived.sum())
        return f"<Result {record.scenario_name} seed={record.seed} arrived={arrived}>"


def load_result(folder: str | Path) -> Result:
    """Read back a saved run with its scenario; its tables and report come out as they were.

    Raises EnvironmentProblemError when the folder is not a run of this version of the format.
    """
    from sim.experiments.run_folder import load_record

    path = Path(folder)
    return Result(load_record(path), load_scenario(path / "scenario.resolved.json"))
