"""The names that notebooks and scripts import from `sim`; everything here stays stable."""

from os import PathLike
from pathlib import Path

from sim.experiments.result import Result, load_result
from sim.experiments.run import run
from sim.scenario import Scenario
from sim.scenario import load_scenario as _load_scenario

__all__ = ["Result", "Scenario", "load_result", "load_scenario", "run"]


def load_scenario(path: str | PathLike[str], **overrides: object) -> Scenario:
    """Read and check a scenario file, changed by keyword overrides.

    A keyword names a place in the file with `__` between the parts, its value is written as in the
    file: `load_scenario(path, duration="2h", functions__site__memory="8 GiB")`.

    Raises ConfigurationError with every mistake found, each with its place and its mend, and
    EnvironmentProblemError when the file cannot be read.
    """
    texts = [f"{name.replace('__', '.')}={value}" for name, value in overrides.items()]
    return _load_scenario(Path(path), texts)
