"""V13, V14: a daily wave and a bursty process have the counts, and the dispersion, of theory."""

from functools import cache

import numpy as np

from sim.units import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from sim.workload.arrivals.mmpp import MmppArrivals
from sim.workload.rate_curve import RateCurve
from tests.validation.evidence import (
    Chart,
    Comparison,
    Oracle,
    Series,
    exactly,
    goodness_of_fit,
    interval,
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


_STATES = {"states": [{"rate": "50/s", "holding": "300s"}, {"rate": "250/s", "holding": "60s"}]}
_MEAN_PER_S = 250.0 / 3.0
_CYCLE_S = 360.0
"""Mean time of a calm and a busy spell together."""
_RELAXATION_S = 50.0
"""Of the two states: 1 / (1/300 + 1/60)."""
_RATE_VARIANCE = 50_000.0 / 9.0
"""Of the rate over time: 200 squared, times 5/6 of it calm and 1/6 busy."""
_REPLICATIONS = 25
_DRAWN_MINUTES = 1_500
"""Of every replication, drawn arrival by arrival: 625 h and 187 M arrivals in all."""
_PATH_HOURS = 800
"""Of every replication's path: 20,000 h, or 200,000 cycles, in all."""


def _dispersion(window_s):
    """Closed form of the index of dispersion of counts (variance over mean) in such windows."""
    scale = 2.0 * _RATE_VARIANCE * _RELAXATION_S / _MEAN_PER_S
    ages = window_s / _RELAXATION_S
    return 1.0 + scale * (1.0 + np.expm1(-ages) / ages)


def _window_generator(replication, index):
    seed = np.random.SeedSequence(14, spawn_key=(replication, index))
    return np.random.Generator(np.random.PCG64DXSM(seed))


@cache
def _seconds():
    """Arrivals by second, shape (replications, seconds), from drawn windows of a minute."""
    counts = np.empty((_REPLICATIONS, _DRAWN_MINUTES, 60))
    for replication in range(_REPLICATIONS):
        process = MmppArrivals.model_validate(_STATES).bind()
        for minute in range(_DRAWN_MINUTES):
            times_us = process.window(minute, _window_generator(replication, minute))
            seconds = (times_us // SECOND_US).astype(np.int64) - 60 * minute
            counts[replication, minute] = np.bincount(seconds, minlength=60)
    return counts.reshape(_REPLICATIONS, -1)


@cache
def _path(replication):
    """The pieces of a replication's path; given the path, counts are Poisson."""
    path = MmppArrivals.model_validate(_STATES).bind().path(_window_generator(replication, 0))
    return path.pieces(0.0, float(_PATH_HOURS * HOUR_US))


def _masses(window_s):
    """Expected arrivals of every window given the path, shape (replications, windows)."""
    edges_us = np.arange(0, _PATH_HOURS * 3600 + 1, window_s) * float(SECOND_US)
    rows = []
    for replication in range(_REPLICATIONS):
        pieces = _path(replication)
        ends_us = [0.0, *(piece.end_us for piece in pieces)]
        totals = np.concatenate(([0.0], np.cumsum([piece.mass for piece in pieces])))
        rows.append(np.diff(np.interp(edges_us, ends_us, totals)))
    return np.array(rows)


def _squared(counts, mean):
    """Mean squared distance from the known mean over it, per replication: no bias to correct."""
    return ((counts - mean) ** 2).mean(axis=1) / mean


def _drawn_dispersion(window_s):
    """Index of dispersion of drawn counts, one per replication."""
    counts = _seconds().reshape(_REPLICATIONS, -1, window_s).sum(axis=2)
    return _squared(counts, _MEAN_PER_S * window_s)


def _path_dispersion(window_s):
    """The same from the path: counts that are Poisson given the path add exactly 1."""
    return 1.0 + _squared(_masses(window_s), _MEAN_PER_S * window_s)


def _cycle_dispersion():
    """Limit for long windows: cycles are independent, so their variance over their mean is it."""
    rows = []
    for replication in range(_REPLICATIONS):
        visits = np.array([piece.mass - _MEAN_PER_S * (piece.end_us - piece.start_us) / SECOND_US
                           for piece in _path(replication)[1:-1]])  # fmt: skip
        cycles = visits[: len(visits) // 2 * 2].reshape(-1, 2).sum(axis=1)
        rows.append(1.0 + (cycles**2).mean() / (_MEAN_PER_S * _CYCLE_S))
    return np.array(rows)


def _bursts_drawn():
    return [
        exactly("formula, IDC(1 s)", float(_dispersion(1.0)), 67.22, tolerance=0.005),
        exactly("formula, IDC(60 s)", float(_dispersion(60.0)), 2785.4, tolerance=0.05),
        interval("arrivals/s", _seconds().mean(axis=1), _MEAN_PER_S, half_width=0.1),
        interval("IDC(1 s)", _drawn_dispersion(1), float(_dispersion(1.0)), half_width=0.1),
        interval("IDC(60 s)", _drawn_dispersion(60), float(_dispersion(60.0)), half_width=0.1),
    ]


def _bursts_of_the_path():
    limit = float(_dispersion(1e12))
    return [
        exactly("formula, IDC(1 h)", float(_dispersion(3600.0)), 6575.1, tolerance=0.05),
        exactly("formula, IDC(infinity)", limit, 6667.7, tolerance=0.05),
        interval("arrivals/s", _masses(3600).mean(axis=1) / 3600.0, _MEAN_PER_S, half_width=0.1),
        interval("IDC(1 h)", _path_dispersion(3600), float(_dispersion(3600.0)), half_width=0.1),
        interval("IDC(infinity)", _cycle_dispersion(), limit, half_width=0.1),
    ]


def _dispersion_chart():
    drawn = (1, 5, 15, 60, 300)
    longer = (60, 300, 900, 3600, 14_400)
    windows_s = np.logspace(0.0, np.log10(14_400.0), 60)
    means = [float(_drawn_dispersion(window_s).mean()) for window_s in drawn]
    path_means = [float(_path_dispersion(window_s).mean()) for window_s in longer]
    return Chart(
        "window, s",
        "index of dispersion of counts",
        [
            Series("closed form", windows_s.tolist(), _dispersion(windows_s).tolist()),
            Series("drawn arrivals", [float(s) for s in drawn], means, "points"),
            Series("path and Poisson", [float(s) for s in longer], path_means, "points"),
        ],
        x_scale="log",
    )


ORACLES = (
    Oracle(
        number="V13",
        question="Does a daily wave give the counts that the integral of its rate says?",
        configuration="100(1 + 0.5 sin 2 pi t/day)/s for a day, 8.64 M arrivals, one seed",
        cases={"daily wave": _wave},
        chart=_chart,
    ),
    Oracle(
        number="V14",
        question="Do calm and busy spells have the dispersion of counts that theory says?",
        configuration="MMPP-2: 50/s for 300 s in the mean, then 250/s for 60 s; 25 replications of"
        " 1,500 minutes of drawn arrivals, and of 800 hours of the path alone",
        cases={"drawn arrivals": _bursts_drawn, "path and Poisson": _bursts_of_the_path},
        chart=_dispersion_chart,
    ),
)
