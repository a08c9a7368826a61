"""Laws of target tracking, whatever is seen."""

import math
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from sim.scaling.decision import ScalingAction, VersionView
from sim.scaling.target_tracking import TargetTracking
from sim.units import MINUTE_US

NOW_US = 60 * MINUTE_US
PAST = st.none() | st.integers(0, NOW_US)
FRACTION = st.floats(0.0, 3.0)


@st.composite
def policies(draw):
    """Any numbers that the facts accept."""
    return TargetTracking(
        target_cpu_fraction=draw(st.floats(0.01, 1.0)),
        target_concurrency_fraction=draw(st.floats(0.01, 1.0)),
        scale_out_step_max=draw(st.floats(1.01, 4.0)),
        scale_out_period_us=draw(st.integers(0, 5 * MINUTE_US)),
        scale_in_threshold_fraction=draw(st.floats(0.01, 0.99)),
        scale_in_sustain_us=draw(st.integers(0, 15 * MINUTE_US)),
        scale_in_step_fraction=draw(st.floats(0.001, 1.0)),
        scale_in_period_us=draw(st.integers(0, 15 * MINUTE_US)),
    )


@st.composite
def views(draw):
    """Any version whose desired count is within its bounds, as the control plane keeps it."""
    count_min = draw(st.integers(1, 50))
    count_max = count_min + draw(st.integers(0, 200))
    desired = draw(st.integers(count_min, count_max))
    ready = draw(st.integers(0, desired + 20))
    return VersionView(
        now_us=NOW_US,
        ready_count=ready,
        desired_count=desired,
        count_min=count_min,
        count_max=count_max,
        measured_count=draw(st.floats(0.0, ready + 20.0)),
        cpu_fraction=draw(FRACTION),
        concurrency_fraction=draw(FRACTION),
        scaled_out_us=draw(PAST),
        scaled_in_us=draw(PAST),
        low_since_us=draw(PAST),
    )


@given(policy=policies(), view=views())
def test_the_count_stays_within_the_bounds_of_the_version(policy, view):
    """Never under the minimum, never above the maximum."""
    decision = policy.decide(view)
    assert view.count_min <= decision.desired_count <= view.count_max


@given(policy=policies(), view=views())
def test_the_action_says_what_happens_to_the_count(policy, view):
    """Out is more, in is less, hold is the same."""
    decision = policy.decide(view)
    change = decision.desired_count - view.desired_count
    expected = {
        ScalingAction.SCALE_OUT: change > 0,
        ScalingAction.SCALE_IN: change < 0,
        ScalingAction.HOLD: change == 0,
    }
    assert expected[decision.action]


@given(policy=policies(), view=views())
def test_a_step_out_is_bounded_and_a_step_in_is_slow(policy, view):
    """Out: at most the step over the ready ones. In: one share, or what never became ready."""
    decision = policy.decide(view)
    if decision.action is ScalingAction.SCALE_OUT:
        bound = max(view.ready_count + 1, math.floor(view.ready_count * policy.scale_out_step_max))
        assert decision.desired_count <= bound
    if decision.action is ScalingAction.SCALE_IN:
        step = max(1, math.floor(view.desired_count * policy.scale_in_step_fraction))
        assert decision.desired_count >= min(view.desired_count - step, view.ready_count)


@given(policy=policies(), view=views(), more=FRACTION)
def test_more_load_never_means_fewer_environments(policy, view, more):
    """Out of the scale-in band the decision grows with the load."""
    busier = replace(view, cpu_fraction=view.cpu_fraction + more)
    assume(policy.decide(view).action is not ScalingAction.SCALE_IN)
    assert policy.decide(busier).desired_count >= policy.decide(view).desired_count


@given(policy=policies(), view=views())
def test_low_and_scale_out_exclude_each_other(policy, view):
    """A version that grows is not remembered as low."""
    decision = policy.decide(view)
    assert not (decision.is_low and decision.action is ScalingAction.SCALE_OUT)
    if decision.action is ScalingAction.SCALE_IN:
        assert decision.is_low
