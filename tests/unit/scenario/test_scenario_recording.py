"""How many invocations are recorded one by one can be written in a scenario."""

from collections.abc import Callable

import pytest

from sim.assembly.settings import world_settings
from sim.errors import Problem
from sim.facts import catalogue
from sim.scenario import Scenario, to_resolved

Load = Callable[..., Scenario]
Problems = Callable[..., tuple[Problem, ...]]
SAME = ("seed: 1998", "seed: 1998")


def test_recording_reaches_the_data_plane_and_is_off_by_default(load: Load) -> None:
    """`record_every: 1000` is kept and archived; without it there is no trace of it."""
    for scenario, every in ((load(), None), (load(*SAME, "record_every=1000"), 1000)):
        settings = world_settings(scenario, catalogue(), terminating_role_arn="role")
        assert settings.admission.record_every == every
        assert to_resolved(scenario).get("record_every") == every
        assert ("record_every" in to_resolved(scenario)) is (every is not None)


@pytest.mark.parametrize("written", ["0", "-5", "1.5", "often"])
def test_recording_takes_a_positive_whole_number(problems: Problems, written: str) -> None:
    """Anything else is told at its place."""
    (problem,) = problems(*SAME, f"record_every={written}")
    assert problem.path == "record_every"
