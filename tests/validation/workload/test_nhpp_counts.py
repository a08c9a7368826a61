"""V13: a Poisson process with a daily wave of the rate has the counts that theory says."""

import numpy as np

from sim.units import DAY_US, HOUR_US, MINUTE_US
from sim.workload.rate_curve import RateCurve


def test_daily_wave_has_the_expected_counts():
    """Rate 100(1 + 0.5 sin 2 pi t/day): quarters, day and hours as the integral says.

    Day and quarters within 3 standard deviations (false alarm 0.3 % each), chi-squared over 24
    hours of known mean below its 99.9 % point 51.18. The wave is drawn as 1440 straight lines,
    whose integral differs by less than 1e-6 of itself.
    """
    wave = RateCurve(
        [
            (minute * MINUTE_US, 100.0 * (1.0 + 0.5 * np.sin(2.0 * np.pi * minute / 1440)))
            for minute in range(1441)
        ]
    )
    times_us = np.concatenate(
        [wave.window(i, np.random.Generator(np.random.Philox(key=[13, i]))) for i in range(1440)]
    )
    hourly, _ = np.histogram(times_us, bins=np.arange(25) * HOUR_US)
    edges = 2.0 * np.pi * np.arange(25) * HOUR_US / DAY_US
    waves = np.cos(edges[:-1]) - np.cos(edges[1:])
    expected = 360_000.0 + 50.0 * 86_400.0 / (2.0 * np.pi) * waves
    assert abs(hourly.sum() - 8_640_000) < 8_818
    assert abs(hourly[:6].sum() - 2_847_549.35) < 3 * 2_847_549.35**0.5
    assert abs(hourly[18:].sum() - 1_472_450.65) < 3 * 1_472_450.65**0.5
    assert np.sum((hourly - expected) ** 2 / expected) < 51.18
