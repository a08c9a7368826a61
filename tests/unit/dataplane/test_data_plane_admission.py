"""Admission: which rule refuses, in which order, and what a refusal leads to."""

import math

import pytest
from data_plane_builders import a_function, a_plane, arrivals_at, finished, totals

from sim.dataplane.plane import Routing
from sim.model.invocation_record import Outcome
from sim.units import MINUTE_US, SECOND_US

BUSY_US = 100 * SECOND_US
HALF_WORD = 1 << 63


@pytest.mark.parametrize(
    ("changes", "rules", "outcome"),
    [
        ({"concurrency_limit": 1}, {}, Outcome.THROTTLED_CONCURRENCY),
        ({}, {}, Outcome.THROTTLED_CPU),
        ({}, {"cpu_refuse_fraction": 2.0}, Outcome.THROTTLED_MEMORY),
        (
            {},
            {"cpu_refuse_fraction": 2.0, "memory_refuse_fraction": 2.0},
            Outcome.THROTTLED_DISK,
        ),
        (
            {},
            {
                "cpu_refuse_fraction": 2.0,
                "memory_refuse_fraction": 2.0,
                "disk_refuse_fraction": 2.0,
            },
            Outcome.COMPLETED,
        ),
    ],
)
def test_first_rule_that_refuses_gives_the_only_reason(changes, rules, outcome):
    """Concurrency precedes CPU precedes memory precedes disk; above 1 a rule is off."""
    hungry = {"memory_per_invocation_mib": 501.0, "disk_per_invocation_mib": 501.0}
    function = a_function(**(hungry | changes))
    strict = {
        "cpu_refuse_fraction": 0.85,
        "memory_refuse_fraction": 1.0,
        "disk_refuse_fraction": 1.0,
    }
    arrivals = arrivals_at([0.0, 10e6], cpu_us=[BUSY_US, 0.0])
    plane, _ = a_plane(arrivals, function, **(strict | rules))
    counts = totals(finished(plane))
    assert counts[outcome] == 1 + (outcome is Outcome.COMPLETED)
    assert counts.sum() == 2


def test_cpu_refuses_from_the_instant_the_moving_average_passes_the_fraction():
    """Fully busy from time 0, the average is 1 - exp(-t/tau): 0.85 is passed at tau ln(1/0.15)."""
    passes_us = 2 * SECOND_US * math.log(1 / 0.15)
    arrivals = arrivals_at([0.0, passes_us - 1, passes_us + 1], cpu_us=BUSY_US)
    plane, _ = a_plane(arrivals, cpu_refuse_fraction=0.85, cpu_time_constant_us=2 * SECOND_US)
    plane.advance(10 * SECOND_US)
    assert totals(plane.record)[Outcome.THROTTLED_CPU] == 1
    assert plane.report(now_us=10 * SECOND_US).in_flight.tolist() == [2]


def test_cpu_admits_again_when_the_moving_average_has_decayed():
    """Busy for 3 s, then idle: the average falls below 0.5 after tau ln(2 (1 - exp(-3)))."""
    recovers_us = 3e6 + 1e6 * math.log(2 * (1 - math.exp(-3)))
    arrivals = arrivals_at([0.0, recovers_us - 1, recovers_us + 1], cpu_us=[3e6, 1e3, 1e3])
    plane, _ = a_plane(arrivals, cpu_refuse_fraction=0.5)
    counts = totals(finished(plane))
    assert counts[Outcome.THROTTLED_CPU] == 1
    assert counts[Outcome.COMPLETED] == 2


def test_cpu_average_counts_busy_share_of_all_vcpus():
    """One busy vCPU of four is 25 %: never above 0.3, soon above 0.2."""
    arrivals = arrivals_at([0.0, 50e6], cpu_us=[BUSY_US, 0.0])
    for fraction, throttled in ((0.3, 0), (0.2, 1)):
        plane, _ = a_plane(arrivals, a_function(vcpu=4), cpu_refuse_fraction=fraction)
        assert totals(finished(plane))[Outcome.THROTTLED_CPU] == throttled


def test_memory_admits_as_many_as_fit_under_the_fraction():
    """300 + n x 100 MiB under 90 % of 1000 MiB leaves room for exactly six."""
    function = a_function(memory_base_mib=300.0, memory_per_invocation_mib=100.0)
    arrivals = arrivals_at([float(second) for second in range(8)], io_us=BUSY_US)
    plane, _ = a_plane(arrivals, function, memory_refuse_fraction=0.9)
    counts = totals(finished(plane))
    assert counts[Outcome.COMPLETED] == 6
    assert counts[Outcome.THROTTLED_MEMORY] == 2


def test_disk_admits_as_many_as_fit_under_the_fraction():
    """n x 100 MiB under 50 % of 1000 MiB leaves room for exactly five."""
    arrivals = arrivals_at([float(second) for second in range(8)], io_us=BUSY_US)
    plane, _ = a_plane(
        arrivals, a_function(disk_per_invocation_mib=100.0), disk_refuse_fraction=0.5
    )
    counts = totals(finished(plane))
    assert counts[Outcome.COMPLETED] == 5
    assert counts[Outcome.THROTTLED_DISK] == 3


def test_without_a_routable_environment_the_reason_is_concurrency():
    """An arrival that finds no environment is throttled without an attempt."""
    plane, _ = a_plane(arrivals_at([5.0]), environments=0)
    record = finished(plane)
    assert totals(record)[Outcome.THROTTLED_CONCURRENCY] == 1
    assert record.routed_attempts.sum() == 0


def test_reason_is_that_of_the_first_environment_tried():
    """Refused for CPU first and for concurrency second, the invocation is throttled for CPU."""
    # Round robin, two slots each: row 0 runs one, row 1 fills with two that wait; 2 leaves at once.
    arrivals = arrivals_at(
        [0.0, 1.0, 2.0, 3.0, 20e6], io_us=[0, 9e7, 0, 9e7, 0], cpu_us=[9e7, 0, 0, 0, 0]
    )
    plane, _ = a_plane(
        arrivals,
        a_function(concurrency_limit=2),
        environments=2,
        attempts_max=2,
        cpu_refuse_fraction=0.85,
    )
    plane.advance(MINUTE_US)
    report = plane.report(now_us=MINUTE_US)
    assert report.in_flight.tolist() == [1, 2]
    assert report.throttles.tolist() == [[0, 1, 0, 0]]


def test_refused_attempt_walks_on_and_adds_latency():
    """The third environment tried costs two attempt latencies; all attempts are counted."""
    function = a_function(concurrency_limit=1)
    # Round robin: three fill the rows, the third ends, the fourth is refused by rows 0 and 1.
    arrivals = arrivals_at([0.0, 1.0, 2.0, 10e6], io_us=[9e7, 9e7, 1e6, 1e6])
    plane, _ = a_plane(
        arrivals, function, environments=3, attempts_max=3, attempt_latency_us=250_000
    )
    record = finished(plane)
    assert record.routed_attempts.sum() == 3 + 3
    assert record.latency_sum_us.sum() == pytest.approx(2 * 9e7 + 2 * 1e6 + 2 * 250_000)


def test_attempts_end_at_the_maximum():
    """With two attempts allowed, a free third environment does not help."""
    arrivals = arrivals_at([0.0, 1.0, 2.0, 10e6], io_us=[9e7, 9e7, 1e6, 1e6])
    plane, _ = a_plane(arrivals, a_function(concurrency_limit=1), environments=3, attempts_max=2)
    record = finished(plane)
    assert totals(record)[Outcome.THROTTLED_CONCURRENCY] == 1
    assert record.routed_attempts.sum() == 3 + 2


@pytest.mark.parametrize("routing", list(Routing))
def test_any_free_slot_is_found_when_all_may_be_tried(routing):
    """Eight environments with two slots take exactly sixteen, whatever the router picks first."""
    words = [(index * 0x9E3779B97F4A7C15) % 2**64 for index in range(20)]
    arrivals = arrivals_at([float(index) for index in range(20)], io_us=BUSY_US, words=words)
    plane, _ = a_plane(
        arrivals,
        a_function(concurrency_limit=2),
        environments=8,
        attempts_max=8,
        routing=routing,
    )
    assert totals(finished(plane))[Outcome.THROTTLED_CONCURRENCY] == 4


def test_power_of_two_takes_the_emptier_of_the_two_drawn():
    """Both orders of the same two environments lead to the one with fewer in flight."""
    # Upper half 0 draws row 0 first, 2**31 row 1; of two rows the second drawn is the other.
    words = [0, HALF_WORD, 0, HALF_WORD]
    arrivals = arrivals_at([0.0, 1.0, 2.0, 3.0], io_us=BUSY_US, words=words)
    plane, _ = a_plane(arrivals, environments=2, routing=Routing.POWER_OF_TWO)
    plane.advance(SECOND_US)
    assert plane.report(now_us=SECOND_US).in_flight.tolist() == [2, 2]
    arrivals = arrivals_at([0.0, 1.0, 2.0, 3.0], io_us=BUSY_US, words=0)
    plane, _ = a_plane(arrivals, environments=2, routing=Routing.RANDOM)
    plane.advance(SECOND_US)
    assert plane.report(now_us=SECOND_US).in_flight.tolist() == [4, 0]


def test_least_outstanding_takes_the_emptiest_of_all():
    """Fifteen arrivals fill five environments evenly; the random start decides among equals."""
    words = [(index * 0x9E3779B97F4A7C15) % 2**64 for index in range(15)]
    arrivals = arrivals_at([float(index) for index in range(15)], io_us=BUSY_US, words=words)
    plane, _ = a_plane(arrivals, environments=5, routing=Routing.LEAST_OUTSTANDING)
    plane.advance(SECOND_US)
    assert plane.report(now_us=SECOND_US).in_flight.tolist() == [3] * 5
    arrivals = arrivals_at([0.0, 1.0], io_us=BUSY_US, words=HALF_WORD)
    plane, _ = a_plane(arrivals, environments=4, routing=Routing.LEAST_OUTSTANDING)
    plane.advance(SECOND_US)
    assert plane.report(now_us=SECOND_US).in_flight.tolist() == [0, 0, 1, 1]


def test_round_robin_takes_turns():
    """Seven arrivals on three environments: three, two, two."""
    arrivals = arrivals_at([float(index) for index in range(7)], io_us=BUSY_US)
    plane, _ = a_plane(arrivals, environments=3)
    plane.advance(SECOND_US)
    assert plane.report(now_us=SECOND_US).in_flight.tolist() == [3, 2, 2]


def test_more_slots_on_a_shared_cpu_can_lose_more():
    """Limit 2 loses two, limit 3 three: admitting more can hurt a shared CPU."""
    times_us = [time * 1e6 for time in (0.58, 0.75, 1.46, 1.54, 5.75, 5.87, 7.11, 8.06)]
    sizes_us = [size * 1e6 for size in (1, 3, 6, 6, 1, 0.2, 3, 3)]
    lost = []
    for limit in (2, 3):
        arrivals = arrivals_at(times_us, cpu_us=sizes_us)
        plane, _ = a_plane(arrivals, a_function(concurrency_limit=limit))
        lost.append(int(totals(finished(plane))[Outcome.THROTTLED_CONCURRENCY]))
    assert lost == [2, 3]
