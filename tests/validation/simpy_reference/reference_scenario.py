"""The scenario of the small world: a load step that throttles and scales out, then a scale-in."""

from sim.assembly import System, assemble
from sim.scenario import Scenario
from tests.property.engine.engine_worlds import a_function, a_scenario

_SHORT_IO = {"kind": "exponential", "mean": "40ms"}
_LONG_IO = {"kind": "lognormal", "p50": "3s", "p99": "40s"}


def step_scenario(*, rate_per_s: float, cpu: str = "50ms") -> Scenario:
    """CPU decides: short invocations, throttled by use of CPU and by concurrency."""
    return _stepped(rate_per_s, cpu={"kind": "exponential", "mean": cpu}, io=_SHORT_IO)


def long_scenario(*, rate_per_s: float) -> Scenario:
    """Concurrency decides: invocations of seconds, some over the timeout, and drains that last."""
    return _stepped(rate_per_s, cpu={"kind": "exponential", "mean": "2ms"}, io=_LONG_IO)


def _stepped(rate_per_s: float, **demands: object) -> Scenario:
    """40 minutes: 2.5 times the rate from minute 5 to 12, then back; one vCPU environments.

    Without consolidation: the reference has none.
    """
    function = a_function(per_execution_environment_max_concurrency=16, **demands)
    step = {"kind": "step", "rate": f"{rate_per_s}/s", "at": "5m", "factor": 2.5, "back_at": "12m"}
    return a_scenario(
        functions=[function],
        arrivals=step,
        duration="40m",
        assumptions={"scaler.consolidation_period": "0s"},
    )


def coupled(scenario: Scenario, seed: int) -> System:
    """The shipped simulator at the end of the scenario."""
    system = assemble(scenario, seed=seed)
    system.advance_to(system.horizon_us)
    return system
