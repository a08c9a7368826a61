"""Progress of long runs: a bar where a person watches, a line per ten percent in a log."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sim.cli.options import Voice
from sim.units import HOUR_US

_LINES = 10
"""Lines that a log gets of one run."""


@contextmanager
def progress_on(name: str, speaker: Voice) -> Iterator[Callable[[int, int], None]]:
    """A function to call with the world time reached and the horizon, while the context is open."""
    if speaker.is_quiet:
        yield lambda _reached_us, _horizon_us: None
    elif sys.stderr.isatty():
        with _bar(name) as advance:
            yield advance
    else:
        yield _lines(name, speaker)


@contextmanager
def _bar(name: str) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.1f} of {task.total:.1f} h"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=1.0)

        def advance(reached_us: int, horizon_us: int) -> None:
            bar.update(task, completed=reached_us / HOUR_US, total=horizon_us / HOUR_US)

        yield advance


def _lines(name: str, speaker: Voice) -> Callable[[int, int], None]:
    told = 0

    def advance(reached_us: int, horizon_us: int) -> None:
        nonlocal told
        tenths = reached_us * _LINES // horizon_us
        if tenths > told:
            told = tenths
            speaker.say(f"{name}: {tenths * 100 // _LINES} %")

    return advance
