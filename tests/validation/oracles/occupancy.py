"""V9, V10: concurrency without limits is Poisson, and follows a changing rate with its true lag."""

import math
from functools import partial

import numpy as np
from scipy import stats

from sim.dataplane.plane import ArrivalBatch
from sim.units import MINUTE_US, SECOND_US
from sim.workload.rate_curve import RateCurve
from tests.validation.evidence import Chart, Oracle, Series, exactly, goodness_of_fit, interval
from tests.validation.planes import LAWS, PoissonArrivals, a_fleet, run_to_end

_OFFERED = 50.0
_SAMPLE_US = 10 * SECOND_US
_SAMPLES = 6_000
_BATCHES = 30
_BINS = np.arange(34, 68)
"""Counts up to 34, one by one, and from 67: none is expected less than 30 times."""

_PERIOD_S = 3600.0
_STAY_S = 60.0
_TURN = 2.0 * math.pi / _PERIOD_S
_HOURS = 4
_ENVIRONMENTS = 100
_WAVE_REPLICATIONS = 12


def _occupancy(law):
    """In-flight counts, far enough apart in time to be independent."""
    minutes = _SAMPLES * _SAMPLE_US // MINUTE_US + 1
    arrivals = PoissonArrivals(9, _OFFERED, SECOND_US, 0.0, LAWS[law])
    plane = a_fleet(minutes=minutes, arrivals=arrivals, limit=1600)
    counts = []
    for number in range(_SAMPLES):
        now_us = MINUTE_US + number * _SAMPLE_US
        plane.advance(now_us)
        counts.append(int(plane.report(now_us=now_us).in_flight[0]))
    return np.array(counts)


def _poisson(law):
    counts = _occupancy(law)
    poisson = stats.poisson(_OFFERED)
    binned = np.bincount(np.clip(counts, _BINS[0], _BINS[-1]) - _BINS[0], minlength=len(_BINS))
    chances = poisson.pmf(_BINS)
    chances[0], chances[-1] = poisson.cdf(_BINS[0]), poisson.sf(_BINS[-1] - 1)
    batches = counts.reshape(_BATCHES, -1)
    tail = (batches >= 65).mean(axis=1)
    spread = ((batches - _OFFERED) ** 2).mean(axis=1)
    return [
        exactly("formula, P(N >= 65)", float(poisson.sf(64)), 0.023603, tolerance=5e-7),
        exactly("formula, 99 % quantile", float(poisson.ppf(0.99)), 67),
        exactly("formula, 99.9 % quantile", float(poisson.ppf(0.999)), 73),
        goodness_of_fit("counts in flight", binned.astype(float), chances * _SAMPLES),
        interval("mean", batches.mean(axis=1), _OFFERED, half_width=0.02),
        interval("variance", spread, _OFFERED, half_width=0.12),
        interval("P(N >= 65)", tail, float(poisson.sf(64)), half_width=0.5),
    ]


class WaveArrivals:
    """100(1 + 0.5 sin 2 pi t/h) arrivals a second, each staying an exponential minute."""

    def __init__(self, seed, hours):
        self._seed = seed
        self._curve = RateCurve(
            [
                (second * SECOND_US, 100.0 * (1.0 + 0.5 * math.sin(_TURN * second)))
                for second in range(0, hours * 3600 + 1, 15)
            ]
        )

    def batches(self, index):
        """The same arrivals for the same seed and minute."""
        generator = np.random.default_rng([self._seed, index])
        times_us = self._curve.window(index, generator)
        count = len(times_us)
        yield ArrivalBatch(
            times_us=times_us,
            function_index=np.zeros(count, dtype=np.int32),
            io_us=generator.exponential(_STAY_S * SECOND_US, count),
            cpu_us=np.zeros(count),
            routing=generator.integers(0, 2**64, count, dtype=np.uint64),
        )


def _wave(seed, hours=_HOURS):
    """Mean in flight of every minute but those of the first hour, and the minutes' middles in s."""
    arrivals = WaveArrivals(seed, hours)
    plane = a_fleet(minutes=hours * 60, arrivals=arrivals, environments=_ENVIRONMENTS, limit=1600)
    record = run_to_end(plane)
    middles_s = (np.arange(60, hours * 60) + 0.5) * 60.0
    return middles_s, record.concurrency_us[0, 60:] / MINUTE_US


def _fitted(seed, hours):
    """Mean, amplitude and lag (s) of the wave; a mean over a minute is flatter by a known share."""
    middles_s, in_flight = _wave(seed, hours)
    columns = (np.ones_like(middles_s), np.sin(_TURN * middles_s), np.cos(_TURN * middles_s))
    mean, sine, cosine = np.linalg.lstsq(np.column_stack(columns), in_flight, rcond=None)[0]
    flatter = math.sin(_TURN * 30.0) / (_TURN * 30.0)
    return mean, math.hypot(sine, cosine) / flatter, math.atan2(-cosine, sine) / _TURN


def _lagging(hours, lag_width):
    fits = np.array([_fitted(seed, hours) for seed in range(_WAVE_REPLICATIONS)]).T
    amplitude = 3000.0 / math.sqrt(1.0 + (_TURN * _STAY_S) ** 2)
    lag_s = math.atan(_TURN * _STAY_S) / _TURN
    return [
        exactly("formula, amplitude", amplitude, 2983.68, tolerance=0.01),
        exactly("formula, lag in s", lag_s, 59.78, tolerance=0.005),
        interval("mean in flight", fits[0], 6000.0, half_width=0.01),
        interval("amplitude", fits[1], amplitude, half_width=0.01),
        interval("lag in s", fits[2], lag_s, half_width=lag_width),
    ]


def _poisson_chart():
    counts = _occupancy("deterministic")
    present = np.arange(25, 80)
    share = np.bincount(counts, minlength=200)[present] / _SAMPLES
    return Chart(
        "in flight",
        "probability",
        [
            Series("simulated", present.tolist(), share.tolist(), "bars"),
            Series("Poisson(50)", present.tolist(), stats.poisson(50).pmf(present).tolist()),
        ],
    )


def _wave_chart():
    middles_s, in_flight = _wave(0)
    minutes = middles_s / 60.0
    exact = 6000.0 + 2983.68 * np.sin(_TURN * (middles_s - 59.78))
    naive = 6000.0 + 3000.0 * np.sin(_TURN * middles_s)
    return Chart(
        "minute",
        "in flight",
        [
            Series("simulated", minutes[::2].tolist(), in_flight[::2].tolist(), "points"),
            Series("exact", minutes.tolist(), exact.tolist()),
            Series("rate x duration", minutes.tolist(), naive.tolist()),
        ],
    )


ORACLES = (
    Oracle(
        number="V9",
        question="Is the number in flight Poisson when nothing limits it?",
        configuration="50/s staying 1 s, looked at every 10 s 6,000 times; three laws",
        cases={
            law: partial(_poisson, law) for law in ("deterministic", "exponential", "lognormal")
        },
        chart=_poisson_chart,
    ),
    Oracle(
        number="V10",
        question="How far does concurrency lag behind a traffic wave?",
        configuration="100(1 + 0.5 sin)/s with a period of 1 h, staying 60 s; 3 of 4 h fitted",
        cases={"wave": partial(_lagging, _HOURS, 0.1)},
        slow_cases={"wave of 150 h": partial(_lagging, 150, 0.01)},
        chart=_wave_chart,
    ),
)
