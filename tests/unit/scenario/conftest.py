"""An example scenario in a folder of its own, and the two things tests do with it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sim.errors import ConfigurationError, Problem
from sim.scenario import Scenario, load_scenario_text, render

EXAMPLE = (Path(__file__).parent / "example.yaml").read_text(encoding="utf-8")
TRACE = "period,count\n1998-06-10 00:00:00,13\n1998-06-10 00:01:00,0\n1998-06-10 00:02:00,7\n"

Load = Callable[..., Scenario]


def _changed(old: str, new: str) -> str:
    assert EXAMPLE.count(old) == 1, f"`{old}` must stand once in the example"
    return EXAMPLE.replace(old, new)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A scenario's folder with one trace of three minutes."""
    (tmp_path / "traces").mkdir()
    (tmp_path / "traces" / "three-minutes.csv").write_text(TRACE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def load(folder: Path) -> Load:
    """Load the example with one text replaced and with overrides."""

    def load_example(old: str = "seed: 1998", new: str = "seed: 1998", *overrides: str) -> Scenario:
        text = _changed(old, new)
        return load_scenario_text(text, overrides, name="world.yaml", folder=folder)

    return load_example


@pytest.fixture
def problems(load: Load) -> Callable[..., tuple[Problem, ...]]:
    """Problems of the example with one text replaced and with overrides."""

    def problems_of(
        old: str = "seed: 1998", new: str = "seed: 1998", *overrides: str
    ) -> tuple[Problem, ...]:
        with pytest.raises(ConfigurationError) as caught:
            load(old, new, *overrides)
        return caught.value.problems

    return problems_of


@pytest.fixture
def shown(problems: Callable[..., tuple[Problem, ...]]) -> Callable[..., str]:
    """The same problems, as a person sees them."""

    def shown_as_text(*arguments: str) -> str:
        return render(problems(*arguments))

    return shown_as_text
