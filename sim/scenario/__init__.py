"""YAML becomes located errors or one frozen, fully resolved `Scenario`."""

from sim.scenario.loading import load_scenario, load_scenario_text
from sim.scenario.models import Scenario
from sim.scenario.policy_findings import scenario_findings
from sim.scenario.rendering import render
from sim.scenario.resolved import resolved_text, to_resolved
from sim.scenario.schema import scenario_schema

__all__ = [
    "Scenario",
    "load_scenario",
    "load_scenario_text",
    "render",
    "resolved_text",
    "scenario_findings",
    "scenario_schema",
    "to_resolved",
]
