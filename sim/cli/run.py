"""`lmisim run`: one scenario, one seed, one folder with everything that came of it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.options import Voice, voice, voice_options
from sim.cli.progress import progress_on

if TYPE_CHECKING:
    from sim.experiments.result import Result
    from sim.scenario import Scenario

FAILED_EXIT = 1
INVARIANT_EXIT = 3


@click.command("run")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[PATH.TO.VALUE=X]...")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Seed in place of the scenario's.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Run folder [default: results/NAME-SEED-DIGEST]."
)
@click.option("--no-report", is_flag=True, help="Leave out report.html.")
@voice_options
def command(  # noqa: PLR0913 - click hands over one parameter per option
    *,
    scenario: Path,
    overrides: tuple[str, ...],
    seed: int | None,
    out: Path | None,
    no_report: bool,
    is_json: bool,
    is_quiet: bool,
    no_color: bool,
) -> int:
    """Run SCENARIO and leave a run folder with its tables, summary and report.

    Values of the scenario can be changed on the spot:

        lmisim run configs/world-cup-opening-day.yaml duration=2h workloads.0.arrivals.scale=3
    """
    from sim.scenario import load_scenario, scenario_findings

    speaker = voice(is_json=is_json, is_quiet=is_quiet, no_color=no_color)
    loaded = load_scenario(scenario, overrides)
    findings = len(scenario_findings(scenario, overrides))
    if findings:
        speaker.say(f"findings about policies: {findings}; `lmisim validate` shows them")
    # The engine compiles and imports for a moment; a wrong scenario was refused before that.
    from sim.experiments.expectations import unmet_expectations
    from sim.experiments.run import run
    from sim.experiments.run_folder import refuse_foreign
    from sim.experiments.thresholds import failures

    folder = out or _default_folder(loaded, loaded.seed if seed is None else seed)
    refuse_foreign(folder)
    with progress_on(loaded.name, speaker) as progress:
        result = run(loaded, seed, progress=progress)
    result.save(folder, with_report=not no_report)
    failed = failures(loaded.thresholds.bounds(), result.summary)
    unmet = unmet_expectations(result.record)
    _tell(speaker, result, folder, has_report=not no_report)
    for text in failed:
        speaker.say(f"threshold failed: {text}", fg="red")
    for text in unmet:
        speaker.say(f"expectation failed: {text}", fg="red")
    violations = result.record.invariants.violations
    for text in violations:
        speaker.say(f"invariant violated: {text}", fg="red")
    speaker.data(
        {
            **result.summary,
            "run_dir": str(folder),
            "thresholds_failed": failed,
            "expectations_failed": unmet,
        }
    )
    if violations:
        return INVARIANT_EXIT
    return FAILED_EXIT if failed or unmet else 0


def _default_folder(scenario: "Scenario", seed: int) -> Path:
    """Named by what the run depends on: another scenario or seed gets another folder."""
    from sim.assembly import scenario_sha256

    return Path("results") / f"{scenario.name}-{seed}-{scenario_sha256(scenario)[:8]}"


def _tell(speaker: Voice, result: "Result", folder: Path, *, has_report: bool) -> None:
    from sim.experiments.headline import headline

    speaker.say(headline(result.record, result.tables, result.summary))
    page = folder / "report.html" if has_report else folder
    speaker.say(f"{'report' if has_report else 'run'}: {page}")
