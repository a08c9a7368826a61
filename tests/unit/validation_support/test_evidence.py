"""The rule of acceptance itself: it refuses what is wrong, and what could not have failed."""

import numpy as np
import pytest

from tests.validation.evidence import exactly, goodness_of_fit, interval
from tests.validation.queueing_theory import (
    bounded_queue,
    closed_loop_calls_per_s,
    erlang_c,
    fifo_wait_us,
    shared_servers_latency_us,
    slots_for_loss,
    two_choices_latency,
)


def samples(mean, spread=1.0, count=30):
    """Evenly spread numbers around a mean."""
    return mean + spread * np.linspace(-1.0, 1.0, count)


def test_a_mean_near_the_exact_value_holds():
    """Inside the interval and sharp enough."""
    assert interval("x", samples(100.2), 100.0, half_width=0.05).holds


def test_a_mean_off_the_exact_value_does_not_hold():
    """Outside the interval, however small the difference."""
    assert not interval("x", samples(101.0), 100.0, half_width=0.05).holds


def test_an_interval_too_wide_to_prove_anything_does_not_hold():
    """The exact value is in the middle, but half the width is more than allowed."""
    assert not interval("x", samples(100.0, spread=50.0), 100.0, half_width=0.05).holds


def test_an_exact_number_must_be_equal():
    """Without a tolerance nothing but equality holds."""
    assert exactly("n", 3, 3).holds
    assert not exactly("n", 3.0000001, 3).holds


def test_counts_of_another_law_fail_the_fit():
    """Chi-squared passes counts near their means and refuses counts that are off."""
    expected = np.full(20, 100.0)
    assert goodness_of_fit("n", expected + samples(0.0, 5.0, 20), expected).holds
    assert not goodness_of_fit("n", expected + samples(0.0, 50.0, 20), expected).holds


def test_false_alarms_are_as_rare_as_stated():
    """Of 20,000 right means at most 7 fail; 2 are expected, 8 or more have probability 1e-3."""
    generator = np.random.default_rng(4)
    failures = sum(
        not interval("x", 10.0 + generator.standard_normal(30), 10.0, half_width=1.0).holds
        for _ in range(20_000)
    )
    assert failures <= 7


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (erlang_c(servers=10, offered=9.0), 0.668732),
        (shared_servers_latency_us(servers=4, offered=3.0, mean_us=100.0), 150.94340),
        (bounded_queue(servers=10, places=14, offered=9.0)[-1], 0.0725070),
        (fifo_wait_us(load=0.7, mean_us=100.0, squared_variation=1.0), 233.333),
        (two_choices_latency(load=0.9), 2.61406),
        (slots_for_loss(offered=20.0, loss=0.001), 35),
        # One caller: no sharing, so it calls once in thought plus work.
        (closed_loop_calls_per_s(callers=1, think_us=9e5, work_us=1e5, vcpu=1), 1.0),
    ],
)
def test_closed_forms_have_their_known_values(found, expected):
    """Published or obvious values, to five digits."""
    assert found == pytest.approx(expected, rel=3e-6)
