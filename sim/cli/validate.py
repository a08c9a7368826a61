"""`lmisim validate`: every mistake of a scenario at once, each with its place and its mend."""

from pathlib import Path

import click

from sim.cli.failures import problem_object
from sim.cli.options import voice, voice_options
from sim.errors import ConfigurationError


@click.command("validate")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[PATH.TO.VALUE=X]...")
@voice_options
def command(
    *, scenario: Path, overrides: tuple[str, ...], is_json: bool, is_quiet: bool, no_color: bool
) -> int:
    """Check SCENARIO without running it.

    Mistakes end with 2. Findings about its policies (wildcards where none work, conditions that can
    never hold, statements that are wider than they look) are shown, and the scenario is valid.
    """
    from sim.scenario import load_scenario, render, scenario_findings

    speaker = voice(is_json=is_json, is_quiet=is_quiet, no_color=no_color)
    try:
        loaded = load_scenario(scenario, overrides)
    except ConfigurationError as error:
        if not is_json:
            raise
        speaker.data({"valid": False, "errors": [problem_object(p) for p in error.problems]})
        return error.exit_code
    findings = scenario_findings(scenario, overrides)
    speaker.data({"valid": True, "errors": [], "findings": [problem_object(f) for f in findings]})
    if findings:
        speaker.say(render(findings))
    speaker.say(f"{scenario}: `{loaded.name}` is valid")
    return 0
