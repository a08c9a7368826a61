"""Checks of CloudWatch's statistics against the raw values they stand for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.metrics.cloudwatch import is_statistic, statistic
from sim.metrics.cloudwatch.samples import Samples, binary, gauge, histogram, merged, no_samples

rows = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 9), st.integers(1, 30)), min_size=1, max_size=40
)


def samples_of(found: list[tuple[int, int, int]]) -> Samples:
    """Rows of (minute, value, count)."""
    minutes, values, counts = (np.asarray(column) for column in zip(*found, strict=True))
    floats = values.astype(np.float64)
    return Samples(minutes * 60, floats, counts, floats * counts)


def raw(found: list[tuple[int, int, int]], period_s: int) -> dict[int, list[float]]:
    """Every single value, by the period it was sent in."""
    values: dict[int, list[float]] = {}
    for minute, value, count in found:
        start = minute * 60 // period_s * period_s
        values.setdefault(start, []).extend([float(value)] * count)
    return dict(sorted(values.items()))


@given(rows, st.sampled_from([60, 120, 300, 3600]))
def test_statistics_are_those_of_the_raw_values(
    found: list[tuple[int, int, int]], period_s: int
) -> None:
    """Sum, mean, extremes, count and nearest-rank percentiles, for every period with values."""
    expected = raw(found, period_s)
    simple = {
        "Sum": sum, "Minimum": min, "Maximum": max, "SampleCount": len,
        "Average": lambda values: sum(values) / len(values),
    }  # fmt: skip
    for name, of in simple.items():
        times_s, values = statistic(samples_of(found), name, period_s=period_s)
        assert times_s.tolist() == list(expected)
        assert values.tolist() == pytest.approx([of(v) for v in expected.values()])
    for share in (0, 50, 90, 99, 100):
        _, values = statistic(samples_of(found), f"p{share}", period_s=period_s)
        ranks = [(v, max(-(-len(v) * share // 100), 1)) for v in expected.values()]
        assert values.tolist() == [sorted(v)[rank - 1] for v, rank in ranks]


@given(rows)
def test_longer_periods_lose_nothing(found: list[tuple[int, int, int]]) -> None:
    """Sums and counts over all periods are the same, whatever the period."""
    samples = samples_of(found)
    for name in ("Sum", "SampleCount"):
        totals = {statistic(samples, name, period_s=p)[1].sum() for p in (60, 300, 86_400)}
        assert len(totals) == 1


def test_no_samples_have_no_values() -> None:
    """Where nothing was sent, there is no period at all."""
    times_s, values = statistic(no_samples(), "Average", period_s=60)
    assert len(times_s) == len(values) == 0
    assert not len(merged([]))


def test_binary_samples_tell_share_and_count() -> None:
    """Three ones and a zero: sum 3, count 4, mean 0.75; minutes without events have nothing."""
    times_s = np.asarray([0, 60])
    sent = binary(times_s, ones=np.asarray([3, 0]), zeros=np.asarray([1, 0]))
    assert statistic(sent, "Average", period_s=60)[1].tolist() == [0.75]
    assert statistic(sent, "SampleCount", period_s=60)[1].tolist() == [4.0]


def test_histograms_keep_exact_sums_and_ordered_extremes() -> None:
    """The mean is exact though bins are not, and lies between minimum and maximum."""
    sent = histogram(
        np.asarray([0]), np.asarray([[0, 4]]), np.asarray([10.0, 20.0]), np.asarray([78.0])
    )
    found = {
        name: statistic(sent, name, period_s=60)[1].item()
        for name in ("Average", "Minimum", "Maximum", "p99")
    }
    assert found == {"Average": 19.5, "Minimum": 19.5, "Maximum": 20.0, "p99": 20.0}


def test_gauge_leaves_out_what_is_not_there() -> None:
    """A minute without an instance has no value, not a zero."""
    there = np.asarray([True, False])
    sent = gauge(np.asarray([0, 60]), np.asarray([5.0, 0.0]), there)
    assert statistic(sent, "SampleCount", period_s=300)[1].tolist() == [1.0]


@pytest.mark.parametrize(
    ("name", "is_told"),
    [("p99", True), ("p99.9", True), ("p100", True), ("Sum", True)]
    + [(name, False) for name in ("sum", "p101", "p", "tm99", "IQM", "p99.")],
)
def test_statistic_names(name: str, is_told: bool) -> None:
    """Names are CloudWatch's, in its spelling; trimmed statistics are not told."""
    assert is_statistic(name) is is_told
