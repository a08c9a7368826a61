"""What a run archives: the scenario with every default written out; it loads to an equal one."""

import json

from sim.scenario.models import Scenario
from sim.scenario.texts import JsonObject
from sim.scenario.yaml_source import UNPRINTABLE


def to_resolved(scenario: Scenario) -> JsonObject:
    """Write a scenario as plain JSON values, quantities as text with units.

    Loading the result (with the same folder for traces) gives an equal Scenario.
    """
    written: JsonObject = scenario.model_dump(mode="json")
    return written


def resolved_text(scenario: Scenario) -> str:
    """The same as JSON text that `load_scenario` reads: YAML takes no escaped surrogate pairs."""
    text = json.dumps(to_resolved(scenario), ensure_ascii=False, indent=2)
    return UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"
