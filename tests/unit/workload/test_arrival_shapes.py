"""Shapes that bend have the rates that their settings say, minute by minute."""

import math
from itertools import pairwise

import numpy as np
import pytest
from pydantic import ValidationError

from sim.units import DAY_US, HOUR_US, MINUTE_US
from sim.workload.arrivals.double_every import DoubleEveryArrivals, GrowthPiece
from sim.workload.arrivals.flash_crowd import FlashCrowdArrivals
from sim.workload.arrivals.mmpp import MmppArrivals
from sim.workload.arrivals.profile import ProfileArrivals
from sim.workload.arrivals.sine import SineArrivals

FLAT_DAY = [1.0] * 24


def a_generator(index=0, seed=3):
    """Build the generator of a window, as the engine keys it."""
    return np.random.Generator(
        np.random.PCG64DXSM(np.random.SeedSequence(seed, spawn_key=(index,)))
    )


def bound(settings, **written):
    """Validate settings and bind them."""
    return settings.model_validate(written).bind()


def a_mmpp(*states):
    """Build a modulated process of (rate, holding) pairs."""
    written = [{"rate": rate, "holding": holding} for rate, holding in states]
    return bound(MmppArrivals, states=written)


def test_doubling_rate_doubles_exactly_in_its_time():
    """Growth over 5 minutes is 2.000: any minute has twice the rate of that 5 minutes before."""
    curve = bound(DoubleEveryArrivals, rate="10/s", every="5m", at="2m", until="22m")
    rates = [curve.rate_per_s(minute) for minute in range(30)]
    for minute in range(2, 17):
        assert rates[minute + 5] / rates[minute] == pytest.approx(2.0, rel=1e-12)
    assert rates[:2] == [10.0, 10.0]
    assert rates[22:] == pytest.approx([160.0] * 8)


def test_growth_inside_a_minute_is_split_where_it_lies():
    """Half a minute at 6/s, then half a minute of growth by sqrt(2): the integral by hand."""
    curve = bound(DoubleEveryArrivals, rate="6/s", every="1m", at="30s", until="9m")
    grown = 6.0 * (math.sqrt(2.0) - 1.0) / math.log(2.0)
    assert curve.rate_per_s(0) == pytest.approx(0.5 * 6.0 + grown)


def test_inversion_undoes_the_integral_of_growth():
    """The time found for a mass has that mass before it."""
    piece = GrowthPiece(start_us=1e9, end_us=1.3e9, start_rate_per_s=7.0, doubling_us=4e7)
    masses = np.linspace(0.0, piece.mass, 11)[1:-1]
    for mass, time_us in zip(masses, piece.invert(masses.copy()), strict=True):
        part = piece.clipped(0.0, time_us)
        assert part is not None
        assert part.mass == pytest.approx(mass, rel=1e-9)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"rate": "1/s", "every": "5m", "at": "9m", "until": "9m"}, "later than `at`"),
        ({"rate": "1/s", "every": "5m", "until": "1d"}, "288.0 times"),
    ],
)
def test_growth_without_end_or_beyond_all_bounds_is_refused(settings, complaint):
    """Growth has a length, and its last rate is one that could be written."""
    with pytest.raises(ValidationError, match=complaint):
        DoubleEveryArrivals.model_validate(settings)


def test_no_rate_never_grows():
    """A rate of 0 doubles to 0, silently."""
    curve = bound(DoubleEveryArrivals, rate="0/s", every="5m", until="1h")
    assert curve.window(0, a_generator()).size == 0
    assert curve.rate_per_s(9) == 0.0


@pytest.mark.parametrize("minute", [0, 2, 358, 720, 838, 840, 1438, 14_400])
def test_wave_has_the_integral_of_the_cosine(minute):
    """Over one of its lines, two minutes here, the mean rate is the cosine's, to rounding."""
    wave = bound(SineArrivals, mean="10/s", amplitude=0.8, period="24h", peak_at="14h")
    start, end = (2.0 * math.pi * (m / 1440 - 14 / 24) for m in (minute, minute + 2))
    mean_cosine = (math.sin(end) - math.sin(start)) / (end - start)
    seen = (wave.rate_per_s(minute) + wave.rate_per_s(minute + 1)) / 2.0
    assert seen == pytest.approx(10.0 * (1.0 + 0.8 * mean_cosine), rel=1e-12)


def test_full_swing_touches_zero_and_never_goes_below():
    """Amplitude 1: over a period the mean is kept to 2e-6, and no line has a negative rate."""
    wave = bound(SineArrivals, mean="10/s", amplitude=1.0, period="10m")
    pieces = wave.pieces(0.0, 10.0 * MINUTE_US)
    assert sum(piece.mass for piece in pieces) == pytest.approx(6000.0, rel=2e-6)
    assert min(piece.start_rate_per_s for piece in pieces) == 0.0


def test_flat_profile_is_a_constant_rate():
    """With all factors 1 every minute of two weeks has the rate itself."""
    week = bound(ProfileArrivals, rate="5/s", hours=FLAT_DAY)
    assert {week.rate_per_s(minute) for minute in range(0, 14 * 1440, 61)} == {5.0}


def test_profile_is_linear_between_hours_and_starts_where_asked():
    """Traffic that starts on Tuesday 08:30 meets half-way rates, then the hour mark, and so on."""
    hours = [float(hour) for hour in range(24)]
    days = [1.0, 10.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    week = bound(ProfileArrivals, rate="1/s", hours=hours, days=days, starts_in="1d8h30m")
    assert week.rate_per_s(0) == pytest.approx(10.0 * (8.5 + 0.5 / 60))
    assert week.rate_per_s(30) == pytest.approx(10.0 * (9.0 + 0.5 / 60))
    midnight = 15 * 60 + 30
    assert week.rate_per_s(midnight - 1) == pytest.approx(230.0 * 0.5 / 60)
    assert week.rate_per_s(midnight) == pytest.approx(0.5 / 60)


def test_profile_repeats_every_week():
    """The same minute a week later has the same rate, also across the end of a week."""
    week = bound(
        ProfileArrivals,
        rate="9/s",
        hours=[1.0 + (hour % 5) for hour in range(24)],
        days=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0],
        starts_in="6d23h30m",
    )
    for minute in (0, 29, 30, 31, 5000):
        later = minute + 7 * DAY_US // MINUTE_US
        assert week.rate_per_s(minute) == pytest.approx(week.rate_per_s(later), rel=1e-9)


def test_profile_wants_a_factor_for_every_hour_and_day():
    """23 hours or 6 days are a mistake."""
    with pytest.raises(ValidationError, match="at least 24"):
        ProfileArrivals.model_validate({"rate": "1/s", "hours": FLAT_DAY[1:]})
    with pytest.raises(ValidationError, match="at least 7"):
        ProfileArrivals.model_validate({"rate": "1/s", "hours": FLAT_DAY, "days": [1.0] * 6})


def test_flash_crowd_has_its_peak_and_its_area():
    """Baseline, peak and half-life by the minute; the rush's area as its docstring says."""
    crowd = bound(
        FlashCrowdArrivals,
        rate="20/s",
        at="10m",
        factor=8.0,
        ramp_up="2m",
        hold="5m",
        half_life="10m",
    )
    rates = [crowd.rate_per_s(minute) for minute in range(420)]
    assert rates[0] == rates[9] == 20.0
    assert rates[10:12] == pytest.approx([20.0 + 35.0, 20.0 + 105.0])
    assert rates[12:17] == pytest.approx([160.0] * 5)
    assert (rates[27] - 20.0) / (rates[17] - 20.0) == pytest.approx(0.5, rel=1e-9)
    area = 60.0 * sum(rate - 20.0 for rate in rates)
    assert area == pytest.approx(140.0 * 60.0 * (1.0 + 5.0 + 10.0 / math.log(2.0)), rel=1e-5)
    assert rates[-1] == 20.0


def test_modulated_windows_follow_one_path():
    """What windows see fits together: rates of pieces join at the edges of windows."""
    process = a_mmpp(("1/s", "40s"), ("9/s", "70s"), ("30/s", "2m"))
    path = process.path(a_generator(7))
    whole = path.pieces(0.0, float(HOUR_US))
    parts = [p for m in range(60) for p in path.pieces(m * MINUTE_US, (m + 1) * MINUTE_US)]
    assert sum(p.mass for p in parts) == pytest.approx(sum(p.mass for p in whole), rel=1e-12)
    for one, other in pairwise(whole):
        assert one.end_us == other.start_us
        assert one.start_rate_per_s != other.start_rate_per_s


def test_modulated_path_belongs_to_the_stream():
    """All windows of a stream share the path; another stream has another one; both come again."""
    process = a_mmpp(("1/s", "40s"), ("9/s", "70s"))
    first = process.path(a_generator(0, seed=1)).pieces(0.0, float(HOUR_US))
    other = process.path(a_generator(0, seed=2)).pieces(0.0, float(HOUR_US))
    again = process.path(a_generator(50, seed=1)).pieces(0.0, float(HOUR_US))
    assert first == again
    assert first != other


def test_modulated_mean_is_weighted_by_time():
    """50/s for 5 minutes and 250/s for 1 minute make 83.3/s in any window."""
    process = a_mmpp(("50/s", "5m"), ("250/s", "1m"))
    assert process.rate_per_s(0) == process.rate_per_s(999) == pytest.approx(83.3333333)


def test_modulated_process_wants_the_engines_generator():
    """Another seed has no key of its own, and a path without one could not be shared."""
    with pytest.raises(AssertionError, match="the last number"):
        a_mmpp(("1/s", "1s"), ("2/s", "1s")).window(0, np.random.default_rng(1))
