"""The options that every command takes, and how it speaks."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

SCHEMA_VERSION = 1
"""Version of the JSON objects that commands print."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How a command talks: data to stdout, everything for people to stderr."""

    is_json: bool
    is_quiet: bool
    has_color: bool

    def data(self, content: Mapping[str, object]) -> None:
        """Print the one JSON object of a command, if it was asked for."""
        if self.is_json:
            click.echo(
                json.dumps({"schema_version": SCHEMA_VERSION, **content}, ensure_ascii=False)
            )

    def say(self, text: str, **style: Any) -> None:
        """Tell a person something, unless it should be quiet."""
        if not self.is_quiet:
            click.secho(text, err=True, color=None if self.has_color else False, **style)


def voice_options(function: Function) -> Function:
    """Add `--json`, `--quiet` and `--no-color` to a command."""
    for option in (
        click.option("--no-color", "no_color", is_flag=True, help="No colours in messages."),
        click.option("--quiet", "-q", "is_quiet", is_flag=True, help="Only errors on stderr."),
        click.option("--json", "is_json", is_flag=True, help="One JSON object on stdout."),
    ):
        function = option(function)
    return function


def voice(*, is_json: bool, is_quiet: bool, no_color: bool) -> Voice:
    """The voice that the options ask for; `NO_COLOR` is respected by click."""
    return Voice(is_json=is_json, is_quiet=is_quiet, has_color=not no_color)
