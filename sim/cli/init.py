"""`lmisim init`: a runnable scenario to start from, with the schema that editors check it by."""

import json
from pathlib import Path

import click

from sim.cli.options import voice, voice_options

SCHEMA_FILE = "lmisim.schema.json"


@click.command("init")
@click.argument("folder", default=".", metavar="[DIR]", type=click.Path(path_type=Path))
@click.option("--example", default="first-run", show_default=True, help="Which example to write.")
@click.option("--list", "is_listing", is_flag=True, help="Only name the examples.")
@voice_options
def command(
    *, folder: Path, example: str, is_listing: bool, is_json: bool, is_quiet: bool, no_color: bool
) -> int:
    """Write an example scenario into DIR, with its traces and a schema for editors."""
    from sim.experiments.examples import example_names, write_example, write_new
    from sim.scenario import scenario_schema

    speaker = voice(is_json=is_json, is_quiet=is_quiet, no_color=no_color)
    if is_listing:
        names = example_names()
        speaker.data({"examples": list(names)})
        if not is_json:
            click.echo("\n".join(names))
        return 0
    files = write_example(example, folder)
    schema = folder / SCHEMA_FILE
    if not schema.exists():
        text = json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n"
        files += write_new({schema: text.encode()})
    speaker.data({"files": [str(f) for f in files]})
    for file in files:
        speaker.say(f"wrote {file}")
    speaker.say(f"next: lmisim run {files[0]}")
    return 0
