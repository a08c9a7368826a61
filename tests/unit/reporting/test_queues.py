"""Checks that the report names what waits: how many, how long, what became of it."""

from dataclasses import replace
from typing import Any

import numpy as np

from sim.metrics import build_tables
from sim.model.run_record import RunRecord
from sim.reporting import render_markdown, render_report
from sim.reporting.clients import retries_are_used
from sim.reporting.queues import backlog, has_messages, queue_grid, queued_functions
from sim.reporting.story import story
from sim.reporting.verdict import cards, verdict
from sim.units import MINUTE_US
from tests.unit.metrics.records import a_record, invocations

MESSAGES = {"function": "site", "queue": {"kind": "sqs"}}
EVENTS = {"function": "site", "invocation": "asynchronous"}


def queued(workload: dict[str, Any] = MESSAGES) -> RunRecord:
    """360 messages; 120 wait for a minute, at most 150; half of 240 attempts were throttled."""
    plain = invocations(
        arrived=[[0, 0, 60, 120, 180]], completed=[[0, 0, 60, 110, 180]], latency_bin=50
    )
    reasons = [[0, 0, 0, 0]] * 3 + [[20, 100, 0, 0]] + [[0, 0, 0, 0]]
    record = replace(
        plain,
        retried=np.array([[0, 0, 0, 120, 0]]),
        throttled_attempts=np.array([reasons]),
        batches=np.array([[0, 0, 30, 30, 60]]),
        failed_attempts=np.array([[0, 0, 0, 3, 0]]),
        waiting_us=np.array([[0, 0, 0, 120.0 * MINUTE_US, 0]]),
        waiting_peak=np.array([[0, 0, 3, 150, 0]]),
        waiting=np.array([10]),
        in_flight=np.array([0]),
    )
    return a_record(invocations=record, scenario={"workloads": [workload]})


def test_queue_is_known_from_the_scenario() -> None:
    """Messages of SQS, events of Lambda's own queue, or none."""
    assert queued_functions(queued()) == {"site": "message"}
    assert queued_functions(queued(EVENTS)) == {"site": "event"}
    assert has_messages(queued())
    assert not has_messages(queued(EVENTS))
    assert backlog(a_record(scenario={"workloads": []}), build_tables(a_record())) is None
    assert retries_are_used(queued())


def test_queue_is_that_of_the_version_that_is_called() -> None:
    """A workload that names a version waits under that version's name, not under its function's."""
    record = queued({**MESSAGES, "qualifier": "2"})
    assert queued_functions(record) == {"site": "message"}, "version 2 is the first one here"
    counts = invocations(arrived=[[60] * 5, [7] * 5], names=("site", "site:2"))
    record = replace(record, invocations=replace(counts, waiting_peak=np.array([[0] * 5, [5] * 5])))
    assert queued_functions(record) == {"site:2": "message"}
    (row,) = queue_grid(record, build_tables(record)).rows
    assert row[:3] == ("site:2", "35", "5")


def test_card_tells_peak_mean_wait_and_rest() -> None:
    """At most 150 in the second minute, 40 on average over three; 120 minutes for 360."""
    record = queued()
    (card,) = [c for c in cards(record, build_tables(record)) if "queue" in c.question]
    assert card.answer == "150 messages"
    assert card.words == (
        "waiting at 0:01, 40 on average. Each waited 20 s on average; 10 left at the end."
    )


def test_run_without_a_queue_has_no_card_for_it() -> None:
    """Six cards as ever."""
    record = a_record()
    assert len(cards(record, build_tables(record))) == 6


def test_throttles_that_came_back_are_not_told_as_losses() -> None:
    """A quarter of the attempts was throttled, nothing was turned away for good."""
    record = queued()
    words = verdict(record, build_tables(record))
    assert "throttled 25 % of all attempts, but turned away none of 360 invocations" in words
    assert "at most 150 messages were waiting at a time" in words
    card = cards(record, build_tables(record))[0]
    assert (card.answer, card.tone) == ("25 %", "watch")


def test_grid_counts_what_went_through_the_queue() -> None:
    """Batches, their size and rate, throttles, errors and what is left."""
    record = queued()
    grid = queue_grid(record, build_tables(record))
    cells = dict(zip((column.head for column in grid.columns), grid.rows[0], strict=True))
    assert cells == {
        "Function": "site",
        "Came": "360",
        "Most waiting": "150",
        "Waiting, mean": "40",
        "Mean wait": "20 s",
        "Batches": "120",
        "Batches per minute": "40",
        "Messages per batch": "1.96",
        "Throttles": "120",
        "Errors": "3",
        "Dead-lettered": "0",
        "Left at the end": "10",
    }


def test_page_and_plain_version_have_the_queue_only_where_there_is_one() -> None:
    """The section, its link and its table."""
    record = queued()
    tables = build_tables(record)
    for page in (render_report(record, tables), render_markdown(record, tables)):
        assert "Messages per batch" in page
    assert 'href="#queue"' in render_report(record, tables)
    plain = build_tables(a_record())
    for page in (render_report(a_record(), plain), render_markdown(a_record(), plain)):
        assert "Messages per batch" not in page
    assert "#queue" not in render_report(a_record(), plain)


def test_story_tells_when_the_queue_was_longest() -> None:
    """In the second minute of traffic; without a queue nothing of the sort."""
    record = queued()
    told = [m for m in story(record, build_tables(record)) if "queue" in m.words]
    assert [(m.words, m.since_traffic) for m in told] == [
        ("The queue is longest: 150 messages waiting.", "0:01:00")
    ]
    plain = a_record()
    assert not [m for m in story(plain, build_tables(plain)) if "queue" in m.words]


def test_reasons_count_attempts_as_lambdas_metrics_do() -> None:
    """Of 120 throttled attempts 100 lacked CPU, though no invocation was throttled for good."""
    record = queued()
    minutes = build_tables(record).minutes
    assert minutes["throttled_attempts_cpu"].sum() == 100
    assert minutes["throttled_attempts_concurrency"].sum() == 20
    assert minutes["throttled"].sum() == 0


def test_latency_beyond_the_histogram_is_told_as_such() -> None:
    """What fell into the last bin took that long or longer."""
    plain = invocations(arrived=[[0, 0, 60, 0, 0]], latency_bin=299)
    record = a_record(invocations=plain)
    (card,) = [c for c in cards(record, build_tables(record)) if "long did" in c.question]
    assert card.answer.startswith("over ")
    assert card.words == "99 of 100 finished within this (p99), and half as well."
