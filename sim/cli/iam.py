"""`lmisim iam`: decisions of the policy engine for requests in a file."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.options import voice, voice_options
from sim.errors import EnvironmentProblemError

if TYPE_CHECKING:
    from sim.experiments.preflight import PreflightCheck

DENIED_EXIT = 1


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


@command.command("check")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[PATH.TO.VALUE=X]...")
@voice_options
def check(
    *, scenario: Path, overrides: tuple[str, ...], is_json: bool, is_quiet: bool, no_color: bool
) -> int:
    """Judge every call that SCENARIO needs, before anything runs.

    Prints who needs what, which statement decides, and for each denial the smallest change that
    would let it pass. Ends with 1 if something needed is denied.
    """
    from sim.cli.permission_text import preflight_text
    from sim.experiments.preflight import check_permissions
    from sim.scenario import load_scenario

    speaker = voice(is_json=is_json, is_quiet=is_quiet, no_color=no_color)
    checks = check_permissions(load_scenario(scenario, overrides))
    if is_json:
        speaker.data({"checks": [_check_object(c) for c in checks]})
    else:
        click.echo(preflight_text(checks))
    return DENIED_EXIT if any(c.is_blocking for c in checks) else 0


@command.command("diff")
@click.argument("first")
@click.argument("second")
@voice_options
def diff(*, first: str, second: str, is_json: bool, is_quiet: bool, no_color: bool) -> int:
    """Compare two operator policies on everything that Lambda asks at a launch.

    FIRST and SECOND are JSON files, or AWS managed policies such as
    AWSLambdaManagedEC2ResourceOperator@v4. Each line is a witness: a request that one allows and
    the other does not. Ends with 1 if there is any.
    """
    from sim.cli.permission_text import difference_text
    from sim.experiments.operator_policies import differences, named_policy

    speaker = voice(is_json=is_json, is_quiet=is_quiet, no_color=no_color)
    found = differences(named_policy(first), named_policy(second))
    if is_json:
        speaker.data({"differences": [asdict(one) for one in found]})
    else:
        click.echo(difference_text(found, first=first, second=second))
    return DENIED_EXIT if found else 0


@command.command("minimize")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[PATH.TO.VALUE=X]...")
@voice_options
def minimize(
    *, scenario: Path, overrides: tuple[str, ...], is_json: bool, is_quiet: bool, no_color: bool
) -> int:
    """Propose the least-privilege operator policy for SCENARIO, as a JSON document."""
    from sim.experiments.operator_policies import document_text, least_privilege
    from sim.scenario import load_scenario

    speaker = voice(is_json=is_json, is_quiet=is_quiet, no_color=no_color)
    document = least_privilege(load_scenario(scenario, overrides))
    if is_json:
        speaker.data({"policy": document})
    else:
        click.echo(document_text(document))
    return 0


def _check_object(check: "PreflightCheck") -> dict[str, object]:
    return {
        "call": check.purpose,
        "caller": check.caller,
        "action": check.action,
        "resource": check.resource,
        "decision": check.decision,
        "decided_by": check.decided_by,
        "fix": check.fix,
        "needed": check.is_needed,
        "details": list(check.details),
    }


def _lines(path: Path) -> Iterator[str]:
    """Lines of a text file or a gzipped one; EnvironmentProblemError if it cannot be read."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            yield from (line for line in lines if line.strip())
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise EnvironmentProblemError(f"cannot read `{path}`: {error}") from error
