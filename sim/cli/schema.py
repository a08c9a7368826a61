"""`lmisim schema`: the JSON Schema of scenarios, so that editors complete and check."""

import json

import click

from sim.cli.options import voice_options


@click.command("schema")
@voice_options
def command(*, is_json: bool, is_quiet: bool, no_color: bool) -> int:
    """Print the JSON Schema of scenarios. It is JSON with or without --json."""
    del is_json, is_quiet, no_color
    from sim.scenario import scenario_schema

    click.echo(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))
    return 0
