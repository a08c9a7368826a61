"""Assembly: from a scenario and a seed to a system that can be advanced."""

from sim.assembly.system import System, assemble, scenario_sha256

__all__ = ["System", "assemble", "scenario_sha256"]
