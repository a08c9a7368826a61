"""Demand settings imply what their documentation says."""

import math

import numpy as np
import pytest
from pydantic import ValidationError

from sim.workload.demands.constant import ConstantDemand
from sim.workload.demands.gamma import GammaDemand
from sim.workload.demands.lognormal import LognormalDemand


def test_lognormal_by_percentiles_has_them():
    """With p50 and p99 given, half and 1 % of 200 000 samples are above (5 standard errors)."""
    demand = LognormalDemand.model_validate({"p50": "30ms", "p99": "200ms"})
    samples_us = demand.sample(np.random.default_rng(5), 200_000)
    assert np.mean(samples_us > 30_000) == pytest.approx(0.5, abs=5 * 0.5 / 200_000**0.5)
    assert np.mean(samples_us > 200_000) == pytest.approx(0.01, abs=5 * 0.0995 / 200_000**0.5)


def test_lognormal_by_mean_and_cv_implies_them():
    """With mean and cv given, the implied mean and cv are those."""
    demand = LognormalDemand.model_validate({"mean": "40ms", "cv": 1.5})
    assert demand.mean_us == pytest.approx(40_000.0)
    assert demand.cv == pytest.approx(1.5)


def test_long_tail_has_a_mean_far_above_its_median():
    """sigma 2.61 makes the mean 30 times the median: the accident the implied mean shows."""
    p99_us = round(1000 * math.exp(2.61 * 2.3263478740408408))
    demand = LognormalDemand.model_validate({"p50": "1ms", "p99": f"{p99_us}us"})
    assert demand.sigma == pytest.approx(2.61, rel=1e-5)
    assert demand.mean_us / 1000 == pytest.approx(30.1, rel=0.01)


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"p50": "1ms"},
        {"mean": "1ms"},
        {"p50": "1ms", "cv": 1.0},
        {"p50": "1ms", "p99": "2ms", "mean": "1ms", "cv": 1.0},
    ],
)
def test_lognormal_wants_exactly_one_pair(bad):
    """Anything but one full pair is refused by a message that names both pairs."""
    with pytest.raises(ValidationError, match="expected either `p50` and `p99`, or `mean` and"):
        LognormalDemand.model_validate(bad)


@pytest.mark.parametrize("p99", ["30ms", "20ms", "31s"])
def test_lognormal_percentiles_must_be_in_order_and_credible(p99):
    """A p99 not above the p50, or more than 1000 times it, is refused."""
    with pytest.raises(ValidationError, match="`p99` must be above `p50`"):
        LognormalDemand.model_validate({"p50": "30ms", "p99": p99})


def test_cv_is_written_as_cv():
    """The archived form uses the name of the setting, `cv`."""
    assert GammaDemand.model_validate({"mean": "1ms", "cv": 2}).model_dump()["cv"] == 2.0
    assert "cv" in LognormalDemand.model_json_schema()["properties"]


def test_no_demand_is_allowed_only_for_the_constant():
    """A constant of 0s means none; a distribution with mean 0 is refused."""
    assert ConstantDemand.model_validate({"value": "0s"}).cv == 0.0
    with pytest.raises(ValidationError, match="greater than 0"):
        GammaDemand.model_validate({"mean": "0s", "cv": 1})
