"""lmisim: what AWS Lambda Managed Instances would do with your traffic, permissions and failures.

import sim
scenario = sim.load_scenario("configs/world-cup-opening-day.yaml", duration="2h")
result = sim.run(scenario, seed=7)
result.summary["throttle_rate"], result.instances
"""

import gc
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.public import load_result, load_scenario, run

__all__ = ["load_result", "load_scenario", "run"]


def __getattr__(name: str) -> Any:
    """Load the public names when they are first used: importing `sim` alone stays cheap."""
    if name in __all__:
        was_collecting = gc.isenabled()
        gc.disable()  # what is imported is no garbage: to look for it takes a tenth of a start
        try:
            from sim import public
        finally:
            if gc.get_freeze_count() == 0:
                gc.freeze()
                gc.unfreeze()  # all that is there counts as old, without a look at it
            if was_collecting:
                gc.enable()
        return getattr(public, name)
    raise AttributeError(f"module `sim` has no attribute `{name}`")
