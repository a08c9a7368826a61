"""The moments of every demand family are exact, and its settings refuse what makes no sense."""

import math
from itertools import pairwise

import numpy as np
import pytest
from pydantic import ValidationError

from sim.workload.demands.bounded_pareto import BoundedParetoDemand
from sim.workload.demands.mixture import MixtureDemand
from sim.workload.demands.quantiles import QuantilesDemand
from sim.workload.demands.samples import SamplesDemand
from sim.workload.demands.weibull import WeibullDemand

EIGHT_MS = {"kind": "constant", "value": "8ms"}


def a_weibull(**parts):
    """Build a Weibull demand."""
    return WeibullDemand.model_validate(parts)


def a_pareto(shape=1.5, lowest="2ms", highest="2s"):
    """Build a bounded Pareto demand."""
    written = {"shape": shape, "lowest": lowest, "highest": highest}
    return BoundedParetoDemand.model_validate(written)


def a_quantiles(**points):
    """Build a demand from percentiles: `p50="8ms"`."""
    written = {f"{name.removeprefix('p')}%": text for name, text in points.items()}
    return QuantilesDemand.model_validate({"points": written})


def a_mixture(*parts):
    """Build a mixture of (weight, demand) pairs."""
    written = [{"weight": weight, "demand": demand} for weight, demand in parts]
    return MixtureDemand.model_validate({"parts": written})


def nested(depth):
    """Write mixtures inside each other, as settings."""
    if depth == 0:
        return EIGHT_MS
    return {"kind": "mixture", "parts": [{"weight": 1, "demand": nested(depth - 1)}]}


def moment(demand, order, edges_us):
    """Mean of demand**order in powers of ms, from the shares that need more than each demand.

    Gauss quadrature in the logarithm of the demand, between edges where the shares may bend.
    """
    nodes, weights = np.polynomial.legendre.leggauss(60)
    logarithms = np.log(np.array(edges_us) / 1000.0)
    total = np.exp(order * logarithms[0])
    for low, high in pairwise(logarithms):
        places = low + (high - low) * (nodes + 1.0) / 2.0
        more = 1.0 - demand.cumulative(1000.0 * np.exp(places))
        total += (high - low) / 2.0 * np.sum(weights * order * np.exp(order * places) * more)
    return float(total)


def test_weibull_by_shape_and_scale_has_the_closed_moments():
    """Shape 1 is exponential; shape 2 (Rayleigh) has mean sqrt(pi)/2 and cv sqrt(4/pi - 1)."""
    plain, rayleigh = a_weibull(shape=1, scale="10ms"), a_weibull(shape=2, scale="10ms")
    assert (plain.mean_us, plain.cv) == pytest.approx((10_000.0, 1.0))
    assert rayleigh.mean_us == pytest.approx(10_000.0 * math.sqrt(math.pi) / 2.0)
    assert rayleigh.cv == pytest.approx(math.sqrt(4.0 / math.pi - 1.0))


@pytest.mark.parametrize("cv", [0.01, 0.3, 1.0, 2.5, 15.0])
def test_weibull_by_mean_and_cv_is_the_one_with_its_shape_and_scale(cv):
    """The shape found for a cv has that cv, and with its scale the mean as given."""
    demand = a_weibull(mean="20ms", cv=cv)
    same = a_weibull(shape=demand.shape, scale=f"{round(demand.scale_us)}us")
    assert same.cv == pytest.approx(cv, rel=1e-9)
    assert demand.scale_us * math.gamma(1.0 + 1.0 / demand.shape) == pytest.approx(20_000.0)


@pytest.mark.parametrize("parts", [{"mean": "1ms"}, {"mean": "1ms", "shape": 1.0}, {}])
def test_weibull_wants_exactly_one_pair(parts):
    """Anything but one full pair is refused."""
    with pytest.raises(ValidationError, match="expected `mean` and `cv`, or `shape` and `scale`"):
        a_weibull(**parts)


@pytest.mark.parametrize("shape", [0.3, 1.0, 1.0 + 1e-9, 1.5, 2.0, 5.0])
def test_bounded_pareto_has_the_moments_of_its_quantiles(shape):
    """Mean and cv are those of the numeric integral, also where the formula has a gap (1 and 2)."""
    demand = a_pareto(shape=shape)
    first, second = (moment(demand, order, np.geomspace(2e3, 2e6, 8)) for order in (1, 2))
    assert demand.mean_us == pytest.approx(1000.0 * first, rel=1e-9)
    assert demand.cv == pytest.approx(math.sqrt(second / first**2 - 1.0), rel=1e-7)


def test_bounded_pareto_stays_between_its_bounds():
    """The least share has the lowest demand, the greatest the highest; outside there is nothing."""
    demand = a_pareto()
    ends_us = demand.quantile(np.array([0.0, 1.0 - 2**-53]))
    assert ends_us == pytest.approx([2_000.0, 2_000_000.0])
    assert demand.cumulative(np.array([0.0, 1999.0, 2e6, 9e9])).tolist() == [0.0, 0.0, 1.0, 1.0]


def test_bounded_pareto_refuses_bounds_that_are_not_apart():
    """The highest demand is at least 1 % above the lowest."""
    with pytest.raises(ValidationError, match="at least 1 % above"):
        a_pareto(lowest="1s", highest="1005ms")


def test_quantiles_are_met_exactly():
    """The demand at a given share is the given one; half way it is the geometric mean."""
    demand = a_quantiles(p0="1ms", p50="4ms", p99="64ms", p100="400ms")
    seen_us = demand.quantile(np.array([0.0, 0.25, 0.5, 0.745, 0.99]))
    assert seen_us == pytest.approx([1_000.0, 2_000.0, 4_000.0, 16_000.0, 64_000.0])


def test_quantiles_have_the_documented_mean():
    """The mean is the sum of (b - a) / ln(b / a) times the share, with cv from the integral."""
    demand = a_quantiles(p0="1ms", p50="4ms", p100="400ms")
    by_hand_us = 0.5 * 3_000.0 / math.log(4.0) + 0.5 * 396_000.0 / math.log(100.0)
    first, second = (moment(demand, order, [1e3, 4e3, 4e5]) for order in (1, 2))
    assert demand.mean_us == pytest.approx(by_hand_us)
    assert demand.mean_us == pytest.approx(1000.0 * first, rel=1e-8)
    assert demand.cv == pytest.approx(math.sqrt(second / first**2 - 1.0), rel=1e-7)


def test_quantiles_may_repeat_a_demand():
    """Two equal demands are an atom: the share jumps there, and a constant has cv 0."""
    demand = a_quantiles(p0="5ms", p90="5ms", p95="50ms", p100="50ms")
    shares = demand.cumulative(np.array([0.0, 4999.0, 5000.0, 49_999.9, 50_000.0]))
    assert shares == pytest.approx([0.0, 0.0, 0.9, 0.95, 1.0], abs=1e-6)
    assert a_quantiles(p0="5ms", p100="5ms").cv == 0.0


@pytest.mark.parametrize(
    ("points", "complaint"),
    [
        ({"0": "1ms", "0.5": "2ms"}, "expected a demand for 0 and one for 1"),
        ({"0": "1ms", "0.5": "5ms", "1": "4ms"}, "expected rising demands"),
        ({"0": "1ms", "0.5": "2ms", "50%": "3ms", "1": "4ms"}, "a share is there twice"),
        ({"0": "0ms", "1": "4ms"}, "greater than 0"),
        ({"0": "1ms", "1.5": "2ms"}, "outside 0..1"),
    ],
)
def test_quantiles_refuse_what_is_no_inverse_distribution(points, complaint):
    """Ends, order, spellings, zeros and shares are checked."""
    with pytest.raises(ValidationError, match=complaint):
        QuantilesDemand.model_validate({"points": points})


def test_samples_are_drawn_as_often_as_they_are_there():
    """Quantiles are the sorted values; mean and cv are those of the list itself."""
    demand = SamplesDemand.model_validate({"values": ["9ms", "3ms", "3ms", "5ms"]})
    quarters_us = demand.quantile(np.array([0.0, 0.25, 0.5, 0.75, 0.999]))
    assert quarters_us.tolist() == [3000.0, 3000.0, 5000.0, 9000.0, 9000.0]
    assert demand.mean_us == 5000.0
    assert demand.cv == pytest.approx(math.sqrt(6.0) / 5.0)
    assert SamplesDemand.model_validate({"values": ["0s"]}).cv == 0.0


def test_mixture_has_the_moments_of_its_sorts():
    """Mean by weight; variance inside the sorts plus variance between them, by hand."""
    demand = a_mixture(
        (3, {"kind": "exponential", "mean": "2ms"}), (1, {"kind": "constant", "value": "10ms"})
    )
    assert demand.mean_us == pytest.approx(4_000.0)
    variance_us2 = 0.75 * (2e3**2 + 2e3**2) + 0.25 * 6e3**2
    assert demand.cv == pytest.approx(math.sqrt(variance_us2) / 4_000.0)


def test_nested_mixture_is_the_flat_one():
    """A mixture inside a mixture gives the draws of the flat mixture with multiplied weights."""
    fast, slow = {"kind": "exponential", "mean": "2ms"}, {"kind": "gamma", "mean": "9ms", "cv": 2.0}
    inner = {
        "kind": "mixture",
        "parts": [{"weight": 1, "demand": fast}, {"weight": 3, "demand": slow}],
    }
    deep, flat = (
        a_mixture((1, EIGHT_MS), (1, inner)),
        a_mixture((4, EIGHT_MS), (1, fast), (3, slow)),
    )
    one, other = (mix.sample(np.random.default_rng(4), 500) for mix in (deep, flat))
    np.testing.assert_array_equal(one, other)
    assert (deep.mean_us, deep.cv) == pytest.approx((flat.mean_us, flat.cv))


def test_mixture_quantiles_jump_over_the_gap_between_two_sorts():
    """Two far sorts: up to the first one's share its demands, above it the second one's."""
    demand = a_mixture(
        (9, {"kind": "constant", "value": "1ms"}),
        (1, {"kind": "weibull", "shape": 3, "scale": "10s"}),
    )
    inside = np.array([0.5, 0.8999])
    above_us = demand.quantile(np.array([0.9001, 0.95]))
    scaled = np.power(-np.log1p(-np.array([0.001, 0.5])), 1.0 / 3.0)
    assert demand.quantile(inside).tolist() == [1000.0, 1000.0]
    assert above_us == pytest.approx(1e7 * scaled, rel=1e-9)


def test_mixtures_lie_in_each_other_four_deep_and_no_deeper():
    """Depth 4 is taken, depth 5 is refused with both numbers."""
    assert MixtureDemand.model_validate(nested(4)).depth == 4
    with pytest.raises(ValidationError, match="5 deep: expected at most 4"):
        MixtureDemand.model_validate(nested(5))


def test_mixture_with_too_many_sorts_is_refused():
    """Sorts are counted over all levels."""
    many = {"kind": "mixture", "parts": [{"weight": 1, "demand": EIGHT_MS}] * 70}
    with pytest.raises(ValidationError, match="210 sorts: expected at most 200"):
        a_mixture((1, many), (1, many), (1, many))


@pytest.mark.parametrize(
    "demand",
    [
        a_quantiles(p0="1ms", p100="4ms"),
        SamplesDemand.model_validate({"values": ["1ms", "3ms"]}),
        a_mixture((1, EIGHT_MS), (1, {"kind": "exponential", "mean": "2ms"})),
    ],
)
def test_settings_stay_equal_after_use(demand):
    """Tables that are built for drawing are no part of what settings are."""
    same = type(demand).model_validate(demand.model_dump(mode="json"))
    for settings in (demand, same):
        settings.quantile(np.array([0.5]))
    assert demand == same
    assert demand.model_dump() == same.model_dump()
