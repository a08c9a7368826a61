"""Assembly: from a scenario and a seed to a system that can be advanced."""

from sim.assembly.launch_domain import launch_templates
from sim.assembly.needed_calls import NeededCall, Preflight, preflight
from sim.assembly.settings import instance_requirements
from sim.assembly.system import System, assemble, scenario_sha256

__all__ = [
    "NeededCall",
    "Preflight",
    "System",
    "assemble",
    "instance_requirements",
    "launch_templates",
    "preflight",
    "scenario_sha256",
]
