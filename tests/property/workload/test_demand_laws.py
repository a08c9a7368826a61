"""Laws of demands that are put together, for any percentiles and any mixture."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.units import format_duration
from sim.workload.demands.mixture import MixtureDemand
from sim.workload.demands.quantiles import QuantilesDemand

SHARES = np.concatenate(([0.0, 1e-9], np.linspace(0.001, 0.999, 61), [1.0 - 2**-53]))
durations = st.integers(1, 10**9).map(format_duration)
CV = st.floats(0.05, 5.0)


@st.composite
def percentiles(draw):
    """Write any percentiles, with atoms and steep rises."""
    inner = draw(st.lists(st.floats(0.001, 0.999), max_size=5, unique=True))
    demands_us = sorted(draw(st.lists(st.integers(1, 10**9), min_size=7, max_size=7)))
    shares = [0.0, *sorted(inner), 1.0]
    texts = [format_duration(demand_us) for demand_us in demands_us]
    return {"kind": "quantiles", "points": dict(zip(shares, texts, strict=False))}


simple = st.one_of(
    st.fixed_dictionaries({"kind": st.just("constant"), "value": durations}),
    st.fixed_dictionaries({"kind": st.just("exponential"), "mean": durations}),
    st.fixed_dictionaries({"kind": st.just("gamma"), "mean": durations, "cv": CV}),
    st.fixed_dictionaries({"kind": st.just("weibull"), "mean": durations, "cv": CV}),
    st.fixed_dictionaries({"kind": st.just("lognormal"), "mean": durations, "cv": CV}),
    percentiles(),
)


def mixtures(demands):
    """Write a mixture of up to four of the given demands."""
    part = st.fixed_dictionaries({"weight": st.floats(0.01, 100.0), "demand": demands})
    parts = st.lists(part, min_size=1, max_size=4)
    return st.fixed_dictionaries({"kind": st.just("mixture"), "parts": parts})


@given(percentiles())
@settings(max_examples=150, deadline=None)
def test_percentiles_rise_and_are_met(written):
    """Quantiles never fall, meet the given points, and lie inside the ends; so does the mean."""
    demand = QuantilesDemand.model_validate(written)
    demands_us = demand.quantile(SHARES)
    assert np.all(np.diff(demands_us) >= 0.0)
    shares = np.array(list(demand.points))[:-1]
    given_us = np.array(list(demand.points.values()), dtype=float)
    np.testing.assert_allclose(demand.quantile(shares), given_us[:-1], rtol=1e-9)
    assert given_us[0] * (1 - 1e-9) <= demand.mean_us <= given_us[-1] * (1 + 1e-9)
    assert demand.cv >= 0.0


@given(mixtures(st.one_of(simple, mixtures(simple))))
@settings(max_examples=60, deadline=None)
def test_quantiles_of_any_mixture_undo_its_shares(written):
    """Quantiles never fall; at one the share is reached, just below it is not yet passed.

    All to nine digits, as they promise.
    """
    demand = MixtureDemand.model_validate(written)
    demands_us = demand.quantile(SHARES)
    assert np.all(demands_us[1:] >= demands_us[:-1] * (1 - 1e-9))
    assert np.all(demand.cumulative(demands_us * (1 + 1e-9)) >= SHARES - 1e-7)
    just_below = demand.cumulative(demands_us * (1 - 1e-9))
    positive = demands_us > 0.0
    assert np.all(just_below[positive] <= SHARES[positive] + 1e-7)
