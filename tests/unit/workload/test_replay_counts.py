"""A replayed trace has the trace's counts, bin by bin, in whatever windows the bins lie."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from sim.units import MINUTE_US, SECOND_US
from sim.workload.arrivals.replay_counts import CountReplay, ReplayCountsArrivals
from sim.workload.counts import Counts
from sim.workload.spacing import WithinBin

CONFIGS = Path(__file__).parents[3] / "configs"


def some_counts(*per_bin: int, bin_us: int = MINUTE_US) -> Counts:
    """Build counts without a file."""
    return Counts(
        file="trace.csv",
        sha256="0" * 64,
        start_at=datetime(2024, 1, 1, tzinfo=UTC),
        bin_us=bin_us,
        per_bin=np.array(per_bin, dtype=np.int64),
    )


def a_replay(counts: Counts, **settings: object) -> CountReplay:
    """Bind counts to settings with overrides."""
    process = ReplayCountsArrivals.model_validate({"file": "trace.csv"} | settings).bind(counts)
    assert isinstance(process, CountReplay)
    return process


def all_times(replay: CountReplay, windows: int, seed: int = 4) -> np.ndarray:
    """Draw the first windows and join them."""
    streams = (np.random.Generator(np.random.Philox(key=[seed, i])) for i in range(windows))
    return np.concatenate([replay.window(i, stream) for i, stream in enumerate(streams)])


@pytest.mark.parametrize("within_bin", WithinBin)
@pytest.mark.parametrize("bin_s", [1, 7, 60, 90, 300, 3600])
def test_every_bin_has_exactly_its_count(within_bin, bin_s):
    """For bins shorter, longer and across windows, scale 1 gives the counts of the file."""
    bin_us = bin_s * SECOND_US
    per_bin = [1003, 0, 17, 1, 250]
    replay = a_replay(some_counts(*per_bin, bin_us=bin_us), within_bin=within_bin)
    windows = -(-len(per_bin) * bin_us // MINUTE_US)
    times_us = all_times(replay, windows)
    assert np.all(np.diff(times_us) >= 0.0)
    bins = (times_us // bin_us).astype(int)
    assert np.bincount(bins, minlength=len(per_bin)).tolist() == per_bin
    assert 60 * sum(replay.rate_per_s(i) for i in range(windows)) == pytest.approx(sum(per_bin))


def test_nothing_comes_after_the_last_bin():
    """After the trace there are no arrivals, and the rate says so."""
    replay = a_replay(some_counts(100, 100))
    assert replay.window(2, np.random.default_rng(1)).size == 0
    assert replay.window(10**6, np.random.default_rng(1)).size == 0
    assert replay.rate_per_s(2) == 0.0


def test_whole_scale_is_exact():
    """Scale 3 gives three times each count."""
    times_us = all_times(a_replay(some_counts(10, 0, 7), scale=3), 3)
    assert np.bincount((times_us // MINUTE_US).astype(int)).tolist() == [30, 0, 21]


def test_part_of_a_scale_keeps_each_arrival_with_its_probability():
    """Scale 2.25 on 1000 bins of 40: whole part exact, rest binomial by mean and variance.

    Five standard errors each: false-alarm rate about 1e-6.
    """
    replay = a_replay(some_counts(*[40] * 1000), scale=2.25)
    per_bin = np.bincount((all_times(replay, 1000) // MINUTE_US).astype(int))
    assert per_bin.min() >= 80
    assert per_bin.max() <= 120
    assert per_bin.mean() == pytest.approx(90.0, abs=5 * (7.5 / 1000) ** 0.5)
    assert per_bin.var() == pytest.approx(7.5, abs=5 * 7.5 * (2 / 1000) ** 0.5)


def test_even_arrivals_have_equal_gaps_and_a_random_phase():
    """`even` spreads a bin's arrivals at equal gaps that start anywhere in the first gap."""
    replay = a_replay(some_counts(120, 120), within_bin="even")
    first, second = (replay.window(i, np.random.default_rng(i)) for i in range(2))
    np.testing.assert_allclose(np.diff(first), 500_000.0)
    assert 0.0 <= first[0] < 500_000.0
    assert first[0] != second[0] - MINUTE_US


def test_start_puts_all_at_the_start_of_the_bin():
    """`start` is the worst case: a burst when the bin begins, also for bins of several windows."""
    replay = a_replay(some_counts(9, 4, bin_us=2 * MINUTE_US), within_bin="start")
    assert all_times(replay, 4).tolist() == [0.0] * 9 + [2.0 * MINUTE_US] * 4


def test_random_arrivals_are_uniform_in_their_bin():
    """`poisson` positions in a bin pass a Kolmogorov-Smirnov test at 1e-6 (D < 2.7 / sqrt(n))."""
    positions = a_replay(some_counts(50_000)).window(0, np.random.default_rng(8)) / MINUTE_US
    ranks = np.arange(positions.size)
    distance = max(np.max(positions - ranks / 50_000), np.max((ranks + 1) / 50_000 - positions))
    assert distance < 2.7 / 50_000**0.5


def test_the_opening_day_of_1998_is_replayed_to_the_last_request():
    """The trace in configs has 1440 minutes; its busiest ones are replayed exactly."""
    settings = ReplayCountsArrivals.model_validate({"file": "traces/worldcup98-1998-06-10.csv"})
    counts = settings.load(CONFIGS)
    assert (counts.per_bin.size, counts.total) == (1440, 52_291_414)
    busiest = int(counts.per_bin.argmax())
    assert counts.per_bin[busiest] == 128_565
    assert settings.bind(counts).window(busiest, np.random.default_rng(1)).size == 128_565


def test_settings_reach_the_reader(tmp_path):
    """`start`, `end`, `bin` and `missing` select from the file as their names say."""
    rows = ["period,count", "2024-01-01 00:00:00,5", "2024-01-01 00:02:00,9"]
    (tmp_path / "trace.csv").write_text("\n".join(rows))
    settings = {"file": "trace.csv", "bin": "1m", "missing": "interpolate", "within_bin": "even"}
    times = {"start": "2024-01-01T01:01:00+01:00", "end": datetime(2024, 1, 1, 0, 3)}  # noqa: DTZ001 - a time without a zone is UTC
    loaded = ReplayCountsArrivals.model_validate(settings | times)
    assert loaded.load(tmp_path).per_bin.tolist() == [7, 9]
    assert loaded.model_dump(mode="json")["start"] == "2024-01-01T00:01:00Z"


@pytest.mark.parametrize(
    "bad",
    [
        {"file": "/trace.csv"},
        {"file": "\\x"},
        {"file": ""},
        {"scale": 0},
        {"scale": float("nan")},
        {"missing": "zero"},
        {"within_bin": "odd"},
        {"bin": "10ms"},
        {"start": "yesterday"},
    ],
)
def test_senseless_settings_are_refused(bad):
    """Absolute paths, scales that are not positive and unknown words are refused at the edge."""
    with pytest.raises(ValidationError):
        ReplayCountsArrivals.model_validate({"file": "trace.csv"} | bad)
