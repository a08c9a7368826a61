"""Checks of the per-minute table of invocations and its percentiles."""

from dataclasses import replace

import numpy as np
import pytest

from sim.metrics.latency_quantiles import quantiles_ms
from sim.metrics.minute_grid import minute_grid
from sim.metrics.minutes import latency_table, minutes_table
from sim.model.invocation_record import HistogramScale, Outcome
from sim.units import MINUTE_US, SECOND_US
from tests.unit.metrics.records import SCALE, a_record, invocations


def test_minutes_start_with_the_traffic() -> None:
    """The minutes of preparation are left out and the first row is hour zero."""
    table = minutes_table(a_record())
    assert table["arrived"].tolist() == [60, 120, 180]
    assert table["hours"].tolist() == pytest.approx([0, 1 / 60, 2 / 60])
    assert table["time_us"].tolist() == [2 * MINUTE_US, 3 * MINUTE_US, 4 * MINUTE_US]


def test_rates_and_means_are_per_second_and_per_minute() -> None:
    """60 arrivals in a minute are 1/s; integrals over a minute become means."""
    first = minutes_table(a_record()).iloc[0]
    assert first["rate_per_s"] == 1.0
    assert (first["busy_vcpu"], first["concurrency"], first["environments"]) == (2.0, 3.0, 4.0)


def test_rate_of_a_part_minute_divides_by_the_part() -> None:
    """A run that ends half a minute in counts that minute's arrivals over 30 seconds."""
    record = a_record(horizon_us=4 * MINUTE_US + 30 * SECOND_US)
    assert minutes_table(record)["rate_per_s"].tolist() == [1.0, 2.0, 6.0]
    assert minute_grid(record).seconds.tolist() == [60.0, 60.0, 30.0]


def test_throttles_are_told_apart_by_reason() -> None:
    """Each throttle outcome has a column and `throttled` is their sum."""
    others = {
        Outcome.THROTTLED_CPU: [[0, 0, 5, 0, 0]],
        Outcome.THROTTLED_DISK: [[0, 0, 1, 0, 0]],
        Outcome.TIMED_OUT: [[0, 0, 2, 0, 0]],
    }
    record = a_record(
        invocations=invocations(
            arrived=[[0, 0, 60, 1, 1]], completed=[[0, 0, 52, 1, 1]], others=others
        )
    )
    first = minutes_table(record).iloc[0]
    assert (first["throttled"], first["throttled_cpu"], first["throttled_disk"]) == (6, 5, 1)
    assert (first["throttled_memory"], first["timed_out"], first["errors"]) == (0, 2, 0)


def test_attempts_are_arrivals_and_retries() -> None:
    """60 arrivals with 20 retries are 80 attempts; 40 refused ones are half; none is no share."""
    plain = invocations(arrived=[[0, 0, 60, 1, 0]])
    retried = np.array([[0, 0, 20, 0, 0]])
    refused = np.zeros((1, 5, 4), dtype=np.int64)
    refused[0, 2] = (10, 30, 0, 0)
    table = minutes_table(
        a_record(invocations=replace(plain, retried=retried, throttled_attempts=refused))
    )
    assert table["attempts"].tolist() == [80, 1, 0]
    assert table["throttled_attempts"].tolist() == [40, 0, 0]
    assert table["attempt_throttle_rate"].tolist() == pytest.approx([0.5, 0, np.nan], nan_ok=True)


def test_percentiles_take_the_nearest_rank() -> None:
    """Of 100 values the 50th, 90th, 99th and 100th smallest are p50, p90, p99 and p99.9."""
    scale = HistogramScale(lowest_us=1000.0, growth=2.0, bin_count=4)
    found = quantiles_ms(np.array([50, 40, 9, 1]), scale)
    middle_ms = [2**0.5, 2**1.5, 2**2.5, 2**3.5]
    assert [float(found[name]) for name in ("p50", "p90", "p99", "p999")] == pytest.approx(
        middle_ms
    )


def test_minute_without_completions_has_no_latency() -> None:
    """Nothing completed is NaN, not zero."""
    record = a_record(invocations=invocations(arrived=[[0, 0, 0, 1, 1]]))
    table = minutes_table(record)
    assert table["latency_p99_ms"].isna().tolist() == [True, False, False]
    assert table["latency_mean_ms"].isna().tolist() == [True, False, False]


def test_latency_of_all_functions_adds_their_histograms() -> None:
    """With one fast and one slow completion, the mean is halfway and the median the fast one."""
    both = invocations(arrived=[[0, 0, 1, 0, 0], [0, 0, 1, 0, 0]], names=("a", "b"))
    both.latency_histogram[1] = 0
    both.latency_histogram[1, 2, 200] = 1
    middle_us = SCALE.representatives_us()
    both.latency_sum_us[1, 2] = middle_us[200]
    first = latency_table(a_record(invocations=both)).iloc[0]
    assert first["latency_p50_ms"] == pytest.approx(middle_us[100] / 1000)
    assert first["latency_mean_ms"] == pytest.approx((middle_us[100] + middle_us[200]) / 2000)


def test_backlog_and_dead_letters_have_their_columns() -> None:
    """The integral becomes a mean of the minute, or of the part of it that was run."""
    plain = invocations(
        arrived=[[0, 0, 60, 0, 0]],
        completed=[[0, 0, 57, 0, 0]],
        others={Outcome.DEAD_LETTERED: [[0, 0, 0, 3, 0]]},
    )
    waiting_us = np.array([[0, 0, 3.0 * MINUTE_US, 1.5 * MINUTE_US, 0.5 * MINUTE_US]])
    record = replace(plain, waiting_us=waiting_us, waiting_peak=np.array([[0, 0, 3, 3, 1]]))
    table = minutes_table(a_record(invocations=record, horizon_us=4 * MINUTE_US + 30 * SECOND_US))
    assert table["waiting"].tolist() == [3.0, 1.5, 1.0]
    assert table["waiting_peak"].tolist() == [3, 3, 1]
    assert table["dead_lettered"].tolist() == [0, 3, 0]
