"""Scopes and spans of troubles: what they cover, when they hold, and whom they strike."""

import pytest
from engine_bench import OPERATOR_ROLE_ARN, Bench, a_session
from test_engine_ec2 import a_launch

from sim.engine.ec2_slow_boots import SlowBoot
from sim.engine.randomness import Streams
from sim.engine.troubles import TroubleScope, TroubleSpan

OPERATOR = a_session(OPERATOR_ROLE_ARN)


def an_instance(bench):
    """An xlarge in zone a."""
    (instance,) = bench.ec2.run_instances(OPERATOR, a_launch(count=1))
    return instance


@pytest.mark.parametrize(
    ("scope", "is_covered"),
    [
        (TroubleScope(), True),
        (TroubleScope(instance_types=("c8g.*", "m7g.*")), True),
        (TroubleScope(instance_types=("c8g.*", "m7g")), False),
        (TroubleScope(availability_zones=("us-east-1b",)), False),
        (TroubleScope(availability_zones=()), False),
        (TroubleScope(instances=("i-none",)), False),
    ],
)
def test_a_scope_covers_what_all_its_parts_mean(scope, is_covered):
    """One pattern of each part has to match; no pattern matches nothing."""
    assert scope.covers(an_instance(Bench())) == is_covered


def test_patterns_that_overlap_make_one_trouble():
    """A boot that two patterns mean is five times as long, not twenty-five times."""
    bench = Bench()
    scope = TroubleScope(instance_types=("m7g.*", "*"))
    bench.ec2.laws.slow_boots.add(SlowBoot(5.0, scope, TroubleSpan(0, 1)))
    assert bench.ec2.boot_factor(an_instance(bench)) == 5.0


def test_a_span_holds_from_its_start_to_before_its_end():
    """Half open, as every time here."""
    span = TroubleSpan(10, 20)
    assert [span.holds(now_us) for now_us in (9, 10, 19, 20)] == [False, True, True, False]


def test_a_thing_is_struck_always_or_never_and_an_event_each_time_anew():
    """One answer for a thing; events of one kind get both answers."""
    streams, span = Streams(seed=1), TroubleSpan(0, 1, probability=0.5)
    assert len({span.strikes(streams, "a thing") for _ in range(20)}) == 1
    assert {span.strikes_once(streams) for _ in range(20)} == {True, False}
    assert all(span.for_certain().strikes_once(streams) for _ in range(20))


@pytest.mark.parametrize("wrong", [{"end_us": 0}, {"probability": 1.5}])
def test_a_span_without_time_or_with_no_probability_is_our_own_mistake(wrong):
    """People's mistakes are refused at the edge."""
    with pytest.raises(AssertionError):
        TroubleSpan(**({"start_us": 0, "end_us": 1} | wrong))
