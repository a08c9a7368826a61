"""Target tracking as a table: what is seen, what is decided, and the reason given."""

import pytest

from sim.scaling.decision import ScalingAction, VersionView
from sim.scaling.target_tracking import TargetTracking
from sim.units import MINUTE_US

NOW_US = 60 * MINUTE_US
OUT, IN, HOLD = ScalingAction.SCALE_OUT, ScalingAction.SCALE_IN, ScalingAction.HOLD


def a_policy(**overrides):
    """The rule with the numbers of the facts, a concurrency target of a half for round cases."""
    settings = {
        "target_cpu_fraction": 0.5,
        "target_concurrency_fraction": 0.5,
        "scale_out_step_max": 2.0,
        "scale_out_period_us": MINUTE_US,
        "scale_in_threshold_fraction": 0.75,
        "scale_in_sustain_us": 5 * MINUTE_US,
        "scale_in_step_fraction": 0.1,
        "scale_in_period_us": 5 * MINUTE_US,
    }
    return TargetTracking(**(settings | overrides))


def a_view(ready=10, **overrides):
    """Ten environments at their target, nothing decided lately."""
    settings = {
        "now_us": NOW_US,
        "ready_count": ready,
        "desired_count": ready,
        "count_min": 3,
        "count_max": 1000,
        "measured_count": float(ready),
        "cpu_fraction": 0.5,
        "concurrency_fraction": 0.0,
        "scaled_out_us": None,
        "scaled_in_us": None,
        "low_since_us": None,
    }
    return VersionView(**(settings | overrides))


LOW = {"cpu_fraction": 0.1, "low_since_us": NOW_US - 5 * MINUTE_US}

CASES = {
    "at the target": (a_view(), HOLD, 10),
    "cpu above the target": (a_view(cpu_fraction=0.6), OUT, 12),
    "a little above is rounded up": (a_view(cpu_fraction=0.505), OUT, 11),
    "concurrency above the target": (a_view(concurrency_fraction=0.75), OUT, 15),
    "the larger of both counts": (a_view(cpu_fraction=0.6, concurrency_fraction=0.7), OUT, 14),
    "the step is capped at twice the ready": (a_view(3, cpu_fraction=1.0), OUT, 6),
    "far above is capped too": (a_view(cpu_fraction=0.5, concurrency_fraction=2.0), OUT, 20),
    "environments under way count": (a_view(cpu_fraction=0.6, desired_count=12), HOLD, 12),
    "only what is missing is added": (a_view(cpu_fraction=0.7, desired_count=12), OUT, 14),
    "a cap below what is desired holds": (a_view(3, cpu_fraction=1.5, desired_count=7), HOLD, 7),
    "within the scale-out period": (
        a_view(cpu_fraction=0.6, scaled_out_us=NOW_US - MINUTE_US + 1),
        HOLD,
        10,
    ),
    "after the scale-out period": (
        a_view(cpu_fraction=0.6, scaled_out_us=NOW_US - MINUTE_US),
        OUT,
        12,
    ),
    "never above the maximum": (a_view(cpu_fraction=0.9, count_max=12), OUT, 12),
    "at the maximum": (a_view(cpu_fraction=0.9, count_max=10), HOLD, 10),
    "new environments bore no load": (a_view(20, cpu_fraction=0.6, measured_count=12.0), HOLD, 20),
    "the measured ones set the need": (a_view(20, cpu_fraction=1.0, measured_count=12.0), OUT, 24),
    "between threshold and target": (a_view(cpu_fraction=0.4), HOLD, 10),
    "low, but just now": (a_view(cpu_fraction=0.1), HOLD, 10),
    "low, not long enough": (
        a_view(cpu_fraction=0.1, low_since_us=NOW_US - 5 * MINUTE_US + 1),
        HOLD,
        10,
    ),
    "low for long": (a_view(**LOW), IN, 9),
    "low, one step of ten percent": (a_view(40, **LOW), IN, 36),
    "low, one at least": (a_view(4, **LOW), IN, 3),
    "low, at the minimum": (a_view(3, **LOW), HOLD, 3),
    "low, the need is not undercut": (a_view(40, **(LOW | {"cpu_fraction": 0.37})), IN, 36),
    "low, within the scale-in period": (
        a_view(**LOW, scaled_in_us=NOW_US - 5 * MINUTE_US + 1),
        HOLD,
        10,
    ),
    "low, after the scale-in period": (a_view(**LOW, scaled_in_us=NOW_US - 5 * MINUTE_US), IN, 9),
    "low, what never came is given up": (a_view(10, **LOW, desired_count=30), IN, 10),
    "nothing is ready": (a_view(0, desired_count=3, cpu_fraction=0.0), HOLD, 3),
    "no load at all": (a_view(10, **(LOW | {"cpu_fraction": 0.0})), IN, 9),
}


@pytest.mark.parametrize(("view", "action", "desired"), CASES.values(), ids=CASES.keys())
def test_each_case_is_decided_as_the_rule_says(view, action, desired):
    """Action and count of the case, with a reason, and a hold that changes nothing."""
    decision = a_policy().decide(view)
    assert (decision.action, decision.desired_count) == (action, desired)
    assert decision.reason
    assert (decision.action is HOLD) == (decision.desired_count == view.desired_count)


def test_the_reason_names_the_metric_that_drives():
    """CPU or concurrency, with its value and its target; a capped step says so."""
    policy = a_policy()
    by_cpu = policy.decide(a_view(3, cpu_fraction=1.0, measured_count=4.0))
    assert by_cpu.reason == "CPU 100% against a target of 50%, capped at one step"
    by_slots = policy.decide(a_view(concurrency_fraction=0.75))
    assert by_slots.reason.startswith("concurrency 75% of the limit against a target of 50%")


def test_a_small_step_still_is_a_step():
    """A step bound of 1.2 lets three environments become four, not stay three for ever."""
    decision = a_policy(scale_out_step_max=1.2).decide(a_view(3, cpu_fraction=1.0))
    assert (decision.action, decision.desired_count) == (OUT, 4)


def test_low_is_told_even_when_nothing_may_be_done_yet():
    """The scaler remembers since when it is low, so a hold has to say it."""
    policy = a_policy()
    assert policy.decide(a_view(cpu_fraction=0.1)).is_low
    assert policy.decide(a_view(3, **LOW)).is_low
    assert not policy.decide(a_view(cpu_fraction=0.4)).is_low
    assert not policy.decide(a_view(0, cpu_fraction=0.0)).is_low
