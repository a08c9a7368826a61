"""The `lmisim` command: parses words and loads a command's module only when it is called for."""

import importlib
import sys
import traceback
from collections.abc import Mapping
from typing import NoReturn

import click

from sim.version import VERSION

_COMMANDS: Mapping[str, tuple[str, str]] = {
    "run": ("sim.cli.run", "Run a scenario and leave a folder with its report."),
    "validate": ("sim.cli.validate", "Check a scenario and show every mistake with its place."),
    "schema": ("sim.cli.schema", "Print the JSON Schema of scenarios, for editors."),
    "init": ("sim.cli.init", "Write a runnable example scenario to start from."),
    "report": ("sim.cli.report", "Write the report of a saved run again."),
    "metrics": ("sim.cli.metrics", "Tell a saved run as CloudWatch would, in its shapes."),
    "log": ("sim.cli.log", "Tell the system logs of a saved run's capacity providers."),
    "analytic": ("sim.cli.analytic", "Answer a scenario by closed forms, at once."),
    "iam": ("sim.cli.iam", "Check, compare, minimize and evaluate permissions."),
    "serve": ("sim.cli.serve", "Serve AWS's APIs to real clients: the emulator."),
    "bench": ("sim.cli.bench", "Measure the speed of this machine with lmisim."),
}
"""Every command with the module that holds it and its one line of help."""

_USAGE_EXIT = 2
_OWN_MISTAKE_EXIT = 3
_INTERRUPTED_EXIT = 130


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used, so that help answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, in the order of the table."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None if there is none."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        command = importlib.import_module(_COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="lmisim")
def lmisim() -> None:
    """Simulate AWS Lambda Managed Instances: launches, permissions, throttles, latency and cost.

    Start with:  lmisim init  and then  lmisim run scenario.yaml
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit.

    Exit codes: 0 fine; 1 it ran and a threshold or an expectation failed; 2 usage or configuration
    error; 3 an invariant was violated or lmisim itself is wrong; 4 the machine is in the way; 130
    interrupted.
    """
    try:
        result = lmisim.main(arguments, prog_name="lmisim", standalone_mode=False)
    except click.ClickException as error:
        error.show(sys.stderr)
        sys.exit(_USAGE_EXIT)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        sys.exit(_INTERRUPTED_EXIT)
    except Exception as error:
        _exit_for(error)
    else:
        sys.exit(result if isinstance(result, int) else 0)


def _exit_for(error: Exception) -> NoReturn:
    """Exit with the code of a failure that a person can mend; anything else is our own mistake."""
    from sim.cli.failures import tell

    code = tell(error)
    if code is None:
        traceback.print_exception(error)
        click.echo("this is a mistake in lmisim, not in your scenario: please report it", err=True)
        sys.exit(_OWN_MISTAKE_EXIT)
    sys.exit(code)
