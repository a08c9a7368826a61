"""`lmisim analytic`: the instant answer by closed forms, without simulating."""

from pathlib import Path

import click

from sim.cli.options import voice, voice_options


@click.command("analytic")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[PATH.TO.VALUE=X]...")
@voice_options
def command(
    *, scenario: Path, overrides: tuple[str, ...], is_json: bool, is_quiet: bool, no_color: bool
) -> int:
    """Answer SCENARIO by closed forms: the fleet always in its steady state, launches instant.

    Good for a first look and as a yardstick; throttles while a fleet grows are not in it.
    """
    from sim.experiments.analytic import analytic_answer
    from sim.scenario import load_scenario

    speaker = voice(is_json=is_json, is_quiet=is_quiet, no_color=no_color)
    totals = analytic_answer(load_scenario(scenario, overrides)).totals()
    speaker.data(totals)
    if not is_json:
        for name, value in totals.items():
            click.echo(f"{name:20} {value:,.4g}")
    return 0
