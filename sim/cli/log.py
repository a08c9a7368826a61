"""`lmisim log`: the system logs of a saved run's capacity providers, as AWS has them."""

import json
from pathlib import Path

import click

from sim.cli.options import voice, voice_options


@click.command("log")
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--provider", help="Only this capacity provider [default: all].")
@click.option(
    "--level",
    type=click.Choice(["DEBUG", "INFO", "WARN"]),
    default="INFO",
    show_default=True,
    help="System log level: WARN tells failures only.",
)
@voice_options
def command(
    *,
    run_folder: Path,
    provider: str | None,
    level: str,
    is_json: bool,
    is_quiet: bool,
    no_color: bool,
) -> int:
    """Tell the system logs of the capacity providers of the saved RUN, one JSON object per line.

    Members and events are Lambda's: timestamp, level, operation, message and metadata of Launching,
    Launched, LaunchFailed, Terminating, Terminated, TerminateFailed and HealthCheckFailed.
    """
    from sim.experiments.run_folder import load_record
    from sim.metrics.system_log import LogLevel, as_written, system_log
    from sim.scenario.suggestions import did_you_mean

    record = load_record(run_folder)
    known = [profile.name for profile in record.capacity_providers]
    if provider is not None and provider not in known:
        advice = did_you_mean(provider, known) or "the scenario has their names"
        raise click.UsageError(f"there is no capacity provider `{provider}`: {advice}")
    events = [
        as_written(record, entry)
        for entry in system_log(record, LogLevel(level))
        if provider in (None, entry.capacity_provider)
    ]
    if is_json:
        voice(is_json=is_json, is_quiet=is_quiet, no_color=no_color).data({"events": events})
    else:
        for event in events:
            click.echo(json.dumps(event, ensure_ascii=False))
    return 0
