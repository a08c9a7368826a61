"""The scaler: every decision is written down, memories belong to versions, requests are merged."""

from dataclasses import dataclass, field

from engine_bench import Bench, Dials, a_provider

from sim.engine.foundation import Foundation
from sim.engine.lambda_agents import Load
from sim.engine.randomness import Streams
from sim.engine.scaler import Scaler
from sim.model.journal_entries import ScalingDecided
from sim.model.states import CapacityProviderState
from sim.scaling.decision import ScalingAction, ScalingDecision
from sim.units import SECOND_US

TICK_US = 15 * SECOND_US
LOAD = Load(environment_count=2.5, cpu_fraction=0.4, concurrency_fraction=0.2)


@dataclass
class ScriptedPolicy:
    """Answers with the next of its decisions and keeps what it was shown."""

    answers: list
    views: list = field(default_factory=list)

    def decide(self, view):
        """The next answer."""
        self.views.append(view)
        action, desired, is_low, *is_settled = self.answers[
            min(len(self.views), len(self.answers)) - 1
        ]
        return ScalingDecision(desired, action, "because", is_low, *is_settled)


def a_scaler(policy, provider):
    """A started scaler over one provider; returns it with its world and the rounds it asked for."""
    foundation, rounds = Foundation(Streams(seed=1)), []
    scaler = Scaler(
        foundation=foundation,
        providers={"web": provider},
        policy=lambda _: policy,
        load=lambda index: LOAD,
        reconcile=lambda p: rounds.append((foundation.kernel.now_us, p.name)),
        tick_us=TICK_US,
    )
    scaler.start()
    return scaler, foundation, rounds


def ticked(answers, ticks):
    """What a policy saw of an active version over some ticks, and the journal."""
    bench = Bench()
    version = bench.published()
    policy = ScriptedPolicy(answers)
    _, foundation, _ = a_scaler(policy, bench.provider)
    for _ in range(ticks):
        while (next_us := foundation.kernel.peek_us()) <= foundation.kernel.now_us:
            foundation.kernel.step()
        foundation.kernel.step()
        assert next_us == foundation.kernel.now_us
    return version, policy.views, foundation.journal.entries


def test_a_decision_is_written_down_with_what_was_seen():
    """A hold is journalled as well as a scale-out, load and counts with it."""
    hold, out = (ScalingAction.HOLD, 3, False), (ScalingAction.SCALE_OUT, 5, False)
    version, _, entries = ticked([hold, out, (ScalingAction.HOLD, 5, False)], ticks=3)
    assert all(isinstance(e, ScalingDecided) for e in entries)
    seen = [(e.time_us, e.action, e.ready_count, e.starting_count) for e in entries]
    assert seen == [
        (TICK_US, "hold", 3, 0),
        (2 * TICK_US, "scale_out", 3, 0),
        (3 * TICK_US, "hold", 3, 2),
    ]
    assert version.desired_count == 5
    assert {e.cpu_fraction for e in entries} == {0.4}


def test_what_was_seen_and_decided_before_is_not_written_again():
    """Three equal holds make one entry; a further environment makes one more."""
    hold = (ScalingAction.HOLD, 3, False)
    _, views, entries = ticked([hold], ticks=3)
    assert len(views) == 3
    assert [e.time_us for e in entries] == [TICK_US]
    _, _, entries = ticked([hold, hold, (ScalingAction.HOLD, 4, False)], ticks=5)
    assert [(e.time_us, e.desired_count) for e in entries] == [
        (TICK_US, 3),
        (3 * TICK_US, 4),
        (4 * TICK_US, 4),
    ]


def test_what_no_time_changes_is_not_decided_again():
    """After a settled answer the policy is not asked until something else is seen."""
    _, views, entries = ticked([(ScalingAction.HOLD, 3, False, True)], ticks=4)
    assert len(views) == len(entries) == 1


def test_the_policy_is_shown_load_bounds_and_history():
    """Measured count, since when it is low, and when it scaled last."""
    low_hold = (ScalingAction.HOLD, 3, True)
    answers = [
        low_hold,
        low_hold,
        (ScalingAction.SCALE_IN, 3, True),
        (ScalingAction.HOLD, 3, False),
    ]
    _, views, _ = ticked(answers, ticks=5)
    assert {view.measured_count for view in views} == {2.5}
    assert [view.low_since_us for view in views] == [None, TICK_US, TICK_US, TICK_US, None]
    assert [view.scaled_in_us for view in views] == [None, None, None, 3 * TICK_US, 3 * TICK_US]
    assert [view.scaled_out_us for view in views] == [None] * 5


def test_requests_of_one_instant_make_one_round():
    """However often a provider is asked for, it is reconciled once, and later again."""
    scaler, foundation, rounds = a_scaler(ScriptedPolicy([]), a_provider(Dials()))
    for _ in range(3):
        scaler.request("web")
    while foundation.kernel.peek_us() == 0:
        foundation.kernel.step()
    scaler.request("web")
    while foundation.kernel.peek_us() == 0:
        foundation.kernel.step()
    assert rounds == [(0, "web"), (0, "web")]


def test_a_provider_that_is_gone_is_left_alone():
    """No round on the tick once the last instance of a deleted provider has ended."""
    provider = a_provider(Dials(), state=CapacityProviderState.GONE)
    _, foundation, rounds = a_scaler(ScriptedPolicy([]), provider)
    while foundation.kernel.now_us < 2 * TICK_US:
        foundation.kernel.step()
    assert rounds == []
