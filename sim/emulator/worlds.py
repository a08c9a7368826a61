"""The world that an emulator begins with: a scenario's, or a fresh account's; it begins now."""

from datetime import datetime
from importlib.resources import files
from pathlib import Path

from sim.scenario import Scenario, load_scenario, load_scenario_text

_FRESH = "fresh-account.yaml"


def scenario_of_emulator(file: Path | None, *, now: datetime) -> Scenario:
    """A scenario whose first traffic is at `now`, so that virtual time is never behind the wall's.

    Raises ConfigurationError and EnvironmentProblemError as `load_scenario` does.
    """
    starts = f"start_at={now.strftime('%Y-%m-%dT%H:%M:%SZ')}"
    if file is not None:
        return load_scenario(file, [starts])
    text = (files("sim.emulator") / "data" / _FRESH).read_text()
    return load_scenario_text(text, [starts], name=_FRESH)
