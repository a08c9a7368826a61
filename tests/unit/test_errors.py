"""Claims about the tree of errors that people meet."""

import pickle

import pytest

from sim.errors import ConfigurationError, EnvironmentProblemError, LmisimError, Problem


def a_problem(*, line: int = 3, message: str = "unknown key `memroy`") -> Problem:
    """Build a problem in `sim.yaml`."""
    return Problem("sim.yaml", line, 5, "functions.0", "unknown-key", message)


def test_configuration_error_reads_as_one_line_per_problem() -> None:
    """A configuration error turned into text names file, line and column of every problem."""
    error = ConfigurationError([a_problem(), a_problem(line=9, message="missing key `name`")])

    assert str(error) == "sim.yaml:3:5: unknown key `memroy`\nsim.yaml:9:5: missing key `name`"


def test_configuration_error_survives_pickling() -> None:
    """A configuration error raised in a worker process arrives with its problems."""
    error = pickle.loads(pickle.dumps(ConfigurationError([a_problem()])))

    assert error.problems == (a_problem(),)


def test_configuration_error_without_problems_is_a_bug() -> None:
    """Raising a configuration error that names nothing is refused."""
    with pytest.raises(AssertionError):
        ConfigurationError([])


@pytest.mark.parametrize(
    ("kind", "exit_code"), [(ConfigurationError, 2), (EnvironmentProblemError, 4)]
)
def test_exit_codes_tell_the_families_apart(kind: type[LmisimError], exit_code: int) -> None:
    """The exit code says whether to mend the scenario (2) or the machine (4)."""
    assert kind.exit_code == exit_code
