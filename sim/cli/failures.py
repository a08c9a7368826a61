"""How failures reach a person: text on stderr, or the object of a problem for scripts."""

import click

from sim.errors import ConfigurationError, LmisimError, Problem
from sim.scenario.rendering import render


def tell(error: Exception) -> int | None:
    """Write a failure that a person can mend to stderr; its exit code, or None if it is our bug."""
    match error:
        case ConfigurationError():
            click.echo(render(error.problems), err=True)
        case LmisimError():
            click.echo(f"error: {error}", err=True)
        case _:
            return None
    return error.exit_code


def problem_object(problem: Problem) -> dict[str, object]:
    """A problem as scripts and editors read it."""
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "path": problem.path,
        "code": problem.code,
        "message": problem.message,
        "help": problem.help,
        "severity": problem.severity,
    }
