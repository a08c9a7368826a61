"""`lmisim metrics`: what CloudWatch would tell of a saved run, in CloudWatch's shapes."""

import json
from collections.abc import Mapping
from pathlib import Path

import click

from sim.cli.options import SCHEMA_VERSION, voice, voice_options
from sim.errors import EnvironmentProblemError, reason_of


@click.command("metrics")
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--queries",
    type=click.Path(path_type=Path),
    help="Input of GetMetricData, or its MetricDataQueries alone, as JSON or YAML.",
)
@click.option("--all", "is_all", is_flag=True, help="Every metric with its usual statistic.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write [default: stdout].")
@voice_options
def command(  # noqa: PLR0913 - click hands over one parameter per option
    *,
    run_folder: Path,
    queries: Path | None,
    is_all: bool,
    out: Path | None,
    is_json: bool,
    is_quiet: bool,
    no_color: bool,
) -> int:
    """Tell the saved RUN as CloudWatch would, under AWS's names, dimensions, units and periods.

    Without options the metrics of the run are listed, in the shape of ListMetrics. With --queries
    they are answered in the shape of GetMetricData, the files that `aws cloudwatch get-metric-data`
    takes and gives:

        lmisim metrics results/mine --queries queries.json > metrics.json
    """
    from sim.experiments.metric_data import all_metric_data, metric_data, metric_list
    from sim.experiments.metric_queries import load_metric_request
    from sim.experiments.run_folder import load_record

    if queries is not None and is_all:
        raise click.UsageError("`--queries` and `--all` exclude each other")
    speaker = voice(is_json=is_json, is_quiet=is_quiet, no_color=no_color)
    request = None if queries is None else load_metric_request(queries)
    record = load_record(run_folder)
    if request is not None:
        answer = metric_data(record, request)
    else:
        answer = all_metric_data(record) if is_all else metric_list(record)
    if is_json:
        answer = {"schema_version": SCHEMA_VERSION, **answer}
    _write(answer, out, is_on_one_line=is_json)
    if out is not None:
        speaker.say(f"metrics: {out}")
    return 0


def _write(answer: Mapping[str, object], out: Path | None, *, is_on_one_line: bool) -> None:
    indent = None if is_on_one_line else 4
    text = json.dumps(answer, ensure_ascii=False, allow_nan=False, indent=indent)
    if out is None:
        click.echo(text)
        return
    try:
        out.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise EnvironmentProblemError(f"cannot write `{out}`: {reason_of(error)}") from error
