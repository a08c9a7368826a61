"""V13: a Poisson process with a daily wave of the rate has the counts that theory says."""

import numpy as np

from sim.units import DAY_US, HOUR_US, MINUTE_US
from sim.workload.rate_curve import RateCurve
from tests.validation.evidence import (
    Chart,
    Comparison,
    Oracle,
    Series,
    exactly,
    goodness_of_fit,
)

_SIGMAS = 3.89
"""Two-sided 99.99 % point of the normal law: a Poisson count this large is normal."""


def _hourly():
    """Arrivals of one day by hour; the wave is drawn as 1440 straight lines."""
    wave = RateCurve(
        [
            (minute * MINUTE_US, 100.0 * (1.0 + 0.5 * np.sin(2.0 * np.pi * minute / 1440)))
            for minute in range(1441)
        ]
    )
    times_us = np.concatenate(
        [wave.window(i, np.random.Generator(np.random.Philox(key=[13, i]))) for i in range(1440)]
    )
    return np.histogram(times_us, bins=np.arange(25) * HOUR_US)[0]


def _expected():
    """The integral of the rate over every hour."""
    edges = 2.0 * np.pi * np.arange(25) * HOUR_US / DAY_US
    return 360_000.0 + 50.0 * 86_400.0 / (2.0 * np.pi) * (np.cos(edges[:-1]) - np.cos(edges[1:]))


def _counted(quantity, count, mean):
    half_width = _SIGMAS * mean**0.5
    return Comparison(quantity, mean, float(count), half_width, 0.01 * mean)


def _wave():
    hourly, expected = _hourly(), _expected()
    return [
        exactly("formula, first 6 h", float(expected[:6].sum()), 2_847_549.35, tolerance=0.01),
        exactly("formula, last 6 h", float(expected[18:].sum()), 1_472_450.65, tolerance=0.01),
        _counted("day", hourly.sum(), 8_640_000.0),
        _counted("first 6 h", hourly[:6].sum(), 2_847_549.35),
        _counted("last 6 h", hourly[18:].sum(), 1_472_450.65),
        goodness_of_fit("24 hours", hourly.astype(float), expected),
    ]


def _chart():
    hours = [float(hour) for hour in range(24)]
    return Chart(
        "hour",
        "arrivals",
        [
            Series("simulated", hours, _hourly().tolist(), "bars"),
            Series("integral of the rate", hours, _expected().tolist()),
        ],
    )


ORACLES = (
    Oracle(
        number="V13",
        question="Does a daily wave give the counts that the integral of its rate says?",
        configuration="100(1 + 0.5 sin 2 pi t/day)/s for a day, 8.64 M arrivals, one seed",
        cases={"daily wave": _wave},
        chart=_chart,
    ),
)
