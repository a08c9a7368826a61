"""The limits of environments: down by a factor while the CPU is full, up by a step otherwise."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.scaling.adaptive_concurrency import AdaptiveConcurrency

RULE = AdaptiveConcurrency(cpu_fraction=0.85, increase_per_s=1.0, decrease_factor=0.9)


def adapted(limits, cpu_fraction, *, period_s=10.0, limit_max=64.0):
    """The limits after a period."""
    return RULE.adapted(
        np.array(limits, dtype=float),
        cpu_fraction=np.array(cpu_fraction, dtype=float),
        period_s=period_s,
        limit_max=np.full(len(limits), limit_max),
    ).tolist()


def test_limit_falls_by_the_factor_while_the_cpu_is_full():
    """At and above 85 %: nine tenths are left."""
    assert adapted([40, 40], [0.85, 1.0]) == [36.0, 36.0]


def test_limit_rises_by_the_step_otherwise():
    """One for each of the ten seconds, however idle."""
    assert adapted([40, 40], [0.0, 0.84]) == [50.0, 50.0]


@given(
    st.lists(st.tuples(st.floats(1.0, 64.0), st.floats(0.0, 1.0)), min_size=1, max_size=20),
    st.floats(0.0, 60.0),
)
def test_limits_stay_between_one_and_the_configured_one(environments, period_s):
    """Whatever was reported."""
    limits, fractions = zip(*environments, strict=True)
    found = adapted(limits, fractions, period_s=period_s)
    assert all(1.0 <= limit <= 64.0 for limit in found)
