"""V13 on the kind that scenarios use: the `sine` arrivals have the counts that theory says."""

import numpy as np

from sim.units import DAY_US, HOUR_US
from sim.workload.arrivals.sine import SineArrivals


def a_generator(index):
    """Build the generator of a window, as the engine keys it."""
    return np.random.Generator(np.random.Philox(key=[13, 0], counter=[0, 0, index, 1]))


def test_daily_wave_has_the_expected_counts():
    """Rate 100(1 + 0.5 sin 2 pi t/day): quarters, day and hours as the integral says.

    Day and quarters within 3.89 standard deviations (false alarm 1e-4 each), chi-squared over 24
    hours of known mean below its 99.9 % point 51.18.
    """
    settings = {"mean": "100/s", "amplitude": 0.5, "period": "24h", "peak_at": "6h"}
    wave = SineArrivals.model_validate(settings).bind()
    times_us = np.concatenate([wave.window(i, a_generator(i)) for i in range(1440)])
    hourly, _ = np.histogram(times_us, bins=np.arange(25) * HOUR_US)
    edges = 2.0 * np.pi * np.arange(25) * HOUR_US / DAY_US
    waves = np.cos(edges[:-1]) - np.cos(edges[1:])
    expected = 360_000.0 + 50.0 * 86_400.0 / (2.0 * np.pi) * waves
    assert abs(hourly.sum() - 8_640_000) < 3.89 * 8_640_000**0.5
    assert abs(hourly[:6].sum() - 2_847_549.35) < 3.89 * 2_847_549.35**0.5
    assert abs(hourly[18:].sum() - 1_472_450.65) < 3.89 * 1_472_450.65**0.5
    assert np.sum((hourly - expected) ** 2 / expected) < 51.18
