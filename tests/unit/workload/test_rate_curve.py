"""Rates that change are integrated and inverted exactly, and curves stay synchronised."""

import numpy as np
import pytest

from sim.units import MINUTE_US, SECOND_US
from sim.workload.arrivals.ramp import RampArrivals
from sim.workload.arrivals.stages import StagesArrivals
from sim.workload.arrivals.step import StepArrivals
from sim.workload.rate_curve import RateCurve, RatePiece


def a_generator(seed: int = 3) -> np.random.Generator:
    """Build a generator with a fixed seed."""
    return np.random.Generator(np.random.Philox(key=seed))


@pytest.mark.parametrize("rates", [(0.0, 80.0), (80.0, 0.0), (50.0, 50.0), (50.0, 50.0 + 1e-12)])
def test_inversion_undoes_the_integral(rates):
    """The time found for a mass has that mass before it, also where the rate is 0 at an end."""
    piece = RatePiece(1e9, 1e9 + 3 * MINUTE_US, *rates)
    masses = np.linspace(0.0, piece.mass, 11)[1:-1]
    for mass, time_us in zip(masses, piece.invert(masses.copy()), strict=True):
        part = piece.clipped(1e9, time_us)
        assert part is not None
        assert part.mass == pytest.approx(mass, rel=1e-9)


def test_ramp_has_the_mean_of_its_ends_and_then_holds():
    """A ramp of 2.5 min from 20/s to 80/s: minute means by hand, then 80/s for ever."""
    ramp = RampArrivals.model_validate({"start": "20/s", "end": "80/s", "over": "150s"}).bind()
    assert [ramp.rate_per_s(index) for index in range(4)] == pytest.approx([32, 56, 77, 80])
    assert ramp.rate_per_s(1_000_000) == 80.0


def test_step_inside_a_minute_is_split_where_it_lies():
    """Step x2 at 90 s and back at 3 min: the second minute has half of each rate."""
    step = {"rate": "50/s", "at": "90s", "factor": 2.0, "back_at": "3m"}
    curve = StepArrivals.model_validate(step).bind()
    assert [curve.rate_per_s(index) for index in range(4)] == [50.0, 75.0, 100.0, 50.0]
    times_us = curve.window(1, a_generator())
    early = np.count_nonzero(times_us < 90 * SECOND_US)
    assert early == pytest.approx(1500, abs=5 * 1500**0.5)
    assert times_us.size - early == pytest.approx(3000, abs=5 * 3000**0.5)


def test_step_without_return_stays():
    """Without `back_at` the new rate holds."""
    curve = StepArrivals.model_validate({"rate": "8/s", "at": "1m", "factor": 0.25}).bind()
    assert [curve.rate_per_s(index) for index in (0, 1, 99)] == [8.0, 2.0, 2.0]


def test_step_back_before_the_step_is_refused():
    """`back_at` must come after `at`."""
    with pytest.raises(ValueError, match="`back_at` must be later than `at`"):
        StepArrivals.model_validate({"rate": "8/s", "at": "2m", "factor": 2, "back_at": "2m"})


def test_stage_durations_are_per_stage_and_a_stage_of_no_time_is_a_jump():
    """Two stages of one minute end at two minutes; a stage of 0s changes the rate at once."""
    stages = [
        {"target": "60/s", "duration": "1m"},
        {"target": "0/s", "duration": "1m"},
        {"target": "10/s", "duration": "0s"},
    ]
    curve = StagesArrivals.model_validate({"start": "0/s", "stages": stages}).bind()
    assert [curve.rate_per_s(index) for index in range(4)] == pytest.approx([30, 30, 10, 10])


def test_no_rate_gives_no_arrivals():
    """A rate of 0 is allowed and silent, also in a window that a busy one follows."""
    curve = RateCurve([(0, 0.0), (MINUTE_US, 0.0), (MINUTE_US, 5.0)])
    assert curve.window(0, a_generator()).size == 0
    assert curve.window(1, a_generator()).size > 0


def test_curves_with_equal_generators_see_the_same_customers():
    """The n-th arrival of both curves has the same mass before it: 2x the rate, half the time."""
    slow = RateCurve([(0, 10.0)]).window(0, a_generator())
    fast = RateCurve([(0, 20.0)]).window(0, a_generator())
    np.testing.assert_allclose(slow, 2.0 * fast[: slow.size], rtol=1e-12)


def test_gaps_of_a_constant_rate_are_exponential():
    """Gaps over 60 000 arrivals: mean and cv of an exponential within 5 standard errors."""
    gaps_us = np.diff(RateCurve([(0, 1000.0)]).window(5, a_generator()))
    assert gaps_us.mean() == pytest.approx(1000.0, abs=5 * 1000 / gaps_us.size**0.5)
    assert gaps_us.std() / gaps_us.mean() == pytest.approx(1.0, abs=5 * (2 / gaps_us.size) ** 0.5)


def test_stream_that_ends_early_is_continued():
    """A batch of draws that falls short of the mass is followed by another one."""

    class Stingy(np.random.Generator):
        """A generator whose exponentials are a tenth of what they should be."""

        def standard_exponential(self, *, out):
            super().standard_exponential(out=out)
            out /= 10.0

    times_us = RateCurve([(0, 100.0)]).window(0, Stingy(np.random.Philox(key=1)))
    assert times_us.size == pytest.approx(60_000, rel=0.05)
    assert times_us[-1] > 0.99 * MINUTE_US
