"""`lmisim iam`: decisions of the policy engine for requests in a file."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import click

from sim.cli.options import voice_options
from sim.errors import EnvironmentProblemError


@click.group("iam")
def command() -> None:
    """Evaluate IAM decisions."""


@command.command("evaluate")
@click.option(
    "--cases",
    required=True,
    type=click.Path(path_type=Path),
    help="Requests with their policies, one JSON object a line; may be gzipped.",
)
@click.option("--explain", "with_reason", is_flag=True, help="Add the reason to every decision.")
@voice_options
def evaluate(
    *, cases: Path, with_reason: bool, is_json: bool, is_quiet: bool, no_color: bool
) -> int:
    """Print one decision a line, in the order of the file.

    The lines are JSON with or without --json: {"id": ..., "decision": ...}, the decision being
    Allowed, ImplicitlyDenied or ExplicitlyDenied.
    """
    del is_json, is_quiet, no_color
    from sim.iam import evaluate as decide
    from sim.iam import explain, read_case

    for number, line in enumerate(_lines(cases), start=1):
        try:
            case = read_case(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise EnvironmentProblemError(f"{cases}:{number}: {error}") from error
        decision = decide(case.request, case.policies)
        shown: dict[str, object] = {"id": case.id, "decision": decision.result.value}
        if with_reason:
            shown["reason"] = explain(decision)
        click.echo(json.dumps(shown, ensure_ascii=False))
    return 0


def _lines(path: Path) -> Iterator[str]:
    """Lines of a text file or a gzipped one; EnvironmentProblemError if it cannot be read."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            yield from (line for line in lines if line.strip())
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise EnvironmentProblemError(f"cannot read `{path}`: {error}") from error
