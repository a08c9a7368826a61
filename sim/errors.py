"""Every failure that a person outside the program can cause or mend is one of these exceptions.

The tree, cut by what the caller can do about it:

    LmisimError                      anything below; never raised itself
    ├── ConfigurationError           exit code 2: mend the scenario or the command line
    └── EnvironmentProblemError      exit code 4: mend the machine (unreadable data, full disk)

A throttle, a denial or a lack of capacity in the simulated world is a value, never one of these;
a bug of ours is an `AssertionError`, never caught.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a scenario or in a command-line override, with its place and its mend."""

    file: str
    """What the person must open: a file name, `<text>`, or `argument 3` for the third override."""
    line: int
    """Line of the mistake, counted from 1."""
    column: int
    """Column of the mistake in characters, counted from 1, at most one past the end of the line."""
    path: str
    """Dotted place in the document, e.g. `functions.0.memory`; empty for the document itself."""
    code: str
    """Stable short name of the kind of mistake, e.g. `unknown-key`."""
    message: str
    """What is wrong: lower case, no full stop, user input in backticks."""
    help: str = ""
    """What to do about it; empty when the message already says so."""
    source_line: str = ""
    """The text of that line without its line end; empty when there is no text to show."""
    severity: str = "error"
    """`error` where the scenario is refused, else `warning` or `suggestion`."""

    def __str__(self) -> str:
        """The problem on one line, as compilers write it: `file:line:column: message`."""
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class LmisimError(Exception):
    """Root of the tree: the message is meant for a person and needs no traceback."""

    exit_code: ClassVar[int] = 2
    """What the command line returns to the shell when this error ends it."""


class ConfigurationError(LmisimError):
    """The scenario or an override is wrong; every problem found is told at once."""

    exit_code: ClassVar[int] = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems as `args`, so that the error survives a trip between processes."""
        self.problems: tuple[Problem, ...] = tuple(problems)
        assert self.problems, "a configuration error names at least one problem"
        super().__init__(self.problems)

    def __str__(self) -> str:
        """One line per problem; `sim.scenario.rendering` draws the long form with carets."""
        return "\n".join(str(problem) for problem in self.problems)


class EnvironmentProblemError(LmisimError):
    """The machine is in the way: a file cannot be read, a folder cannot be written."""

    exit_code: ClassVar[int] = 4


def reason_of(error: OSError) -> str:
    """Say why the machine refused a file, as messages here are written: lower case, no number."""
    return (error.strerror or "unknown reason").lower()
