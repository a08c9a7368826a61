"""`lmisim report`: the page of a saved run, written again."""

from pathlib import Path

import click

from sim.cli.options import voice, voice_options


@click.command("report")
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), help="File to write [default: RUN/report.html]."
)
@voice_options
def command(
    *, run_folder: Path, out: Path | None, is_json: bool, is_quiet: bool, no_color: bool
) -> int:
    """Write the report of the saved RUN again."""
    from sim.experiments.run_folder import load_record
    from sim.reporting import write_report

    speaker = voice(is_json=is_json, is_quiet=is_quiet, no_color=no_color)
    path = write_report(load_record(run_folder), out or run_folder / "report.html")
    speaker.data({"files": [str(path)]})
    speaker.say(f"report: {path}")
    return 0
