"""lmisim: what AWS Lambda Managed Instances would do with your traffic, permissions and failures.

import sim
scenario = sim.load_scenario("configs/world-cup-opening-day.yaml", duration="2h")
result = sim.run(scenario, seed=7)
result.summary["throttle_rate"], result.instances
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.public import load_result, load_scenario, run

__all__ = ["load_result", "load_scenario", "run"]


def __getattr__(name: str) -> Any:
    """Load the public names when they are first used: importing `sim` alone stays cheap."""
    if name in __all__:
        from sim import public

        return getattr(public, name)
    raise AttributeError(f"module `sim` has no attribute `{name}`")
