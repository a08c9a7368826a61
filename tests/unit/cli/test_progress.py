"""Progress reaches a log as a few lines and a quiet command not at all."""

import pytest

from sim.cli.options import Voice
from sim.cli.progress import progress_on


def a_voice(*, is_quiet: bool = False) -> Voice:
    """A voice without colours."""
    return Voice(is_json=False, is_quiet=is_quiet, has_color=False)


def test_log_gets_one_line_per_ten_percent(capsys: pytest.CaptureFixture[str]) -> None:
    """A thousand steps are told in ten lines on stderr, the last one at 100 %."""
    with progress_on("day", a_voice()) as advance:
        for step in range(1, 1001):
            advance(step, 1000)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"day: {tenth * 10} %" for tenth in range(1, 11)]


def test_quiet_command_tells_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """With `--quiet` nothing is written."""
    with progress_on("day", a_voice(is_quiet=True)) as advance:
        advance(1000, 1000)
    captured = capsys.readouterr()
    assert captured.err == captured.out == ""
