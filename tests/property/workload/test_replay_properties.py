"""Laws of replayed counts, for any counts, bin, scale and spacing."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.units import MINUTE_US, SECOND_US
from sim.workload.arrivals.replay_counts import CountReplay
from sim.workload.counts import Counts
from sim.workload.rate_curve import RateCurve
from sim.workload.spacing import WithinBin


@st.composite
def replays(draw):
    """Build any replay of a few bins."""
    counts = Counts(
        file="trace.csv",
        sha256="0" * 64,
        start_at=datetime(2024, 1, 1, tzinfo=UTC),
        bin_us=draw(st.integers(1, 400)) * SECOND_US,
        per_bin=np.array(draw(st.lists(st.integers(0, 300), min_size=1, max_size=6)), np.int64),
    )
    scale = draw(st.sampled_from([0.3, 1.0, 1.5, 2.0]))
    return CountReplay(counts, scale, draw(st.sampled_from(WithinBin)))


@given(replays(), st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_replay_keeps_windows_and_counts(replay, seed):
    """Times stay in their windows in order; bins have their count, or lie in the scale's bounds."""
    counts = replay.counts
    windows = -(-counts.duration_us // MINUTE_US)
    per_bin = np.zeros(counts.per_bin.size, dtype=np.int64)
    for index in range(windows + 1):
        times_us = replay.window(index, np.random.default_rng([seed, index]))
        assert np.all(np.diff(times_us) >= 0.0)
        assert np.all((times_us >= index * MINUTE_US) & (times_us < (index + 1) * MINUTE_US))
        bins = (times_us // counts.bin_us).astype(np.int64)
        per_bin += np.bincount(bins, minlength=per_bin.size)
    assert np.all(per_bin >= counts.per_bin * np.floor(replay.scale))
    assert np.all(per_bin <= counts.per_bin * np.ceil(replay.scale))


@given(
    st.lists(st.tuples(st.integers(0, 300), st.floats(0.0, 50.0)), min_size=1, max_size=6),
    st.integers(0, 2**32),
)
@settings(max_examples=150, deadline=None)
def test_any_rate_curve_keeps_its_windows(steps, seed):
    """For any list of stages, jumps and silences, times stay in their windows in order."""
    points = [(0, 5.0)]
    for step_s, rate_per_s in steps:
        points.append((points[-1][0] + step_s * SECOND_US, rate_per_s))
    curve = RateCurve(points)
    for index in range(4):
        times_us = curve.window(index, np.random.default_rng([seed, index]))
        assert np.all(np.diff(times_us) >= 0.0)
        assert np.all((times_us >= index * MINUTE_US) & (times_us < (index + 1) * MINUTE_US))
