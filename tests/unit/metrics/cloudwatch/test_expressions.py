"""Metric math: what CloudWatch's user guide works out comes out, and mistakes are told in words."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.metrics.cloudwatch import ExpressionSet, TimeSeries

PERIOD_S = 60
NONE = None


def a_series(*values: float | None, label: str = "m") -> TimeSeries:
    """A value each minute from 0; None is missing."""
    there = [n for n, value in enumerate(values) if value is not None]
    times_s = np.array(there, dtype=np.int64) * PERIOD_S
    return TimeSeries(label, times_s, np.array([values[n] for n in there], dtype=np.float64))


def told(series: Any, count: int = 5) -> list[float | None]:
    """The values minute by minute."""
    assert isinstance(series, TimeSeries)
    values = series.at(np.arange(count) * PERIOD_S).tolist()
    found = [None if math.isnan(value) else value for value in values]
    while found and found[-1] is None:
        found.pop()
    return found


def evaluated(text: str, count: int = 5, **metrics: TimeSeries) -> Any:
    """The value of an expression on metrics of one minute."""
    expressions = ExpressionSet({"e1": text}, dict.fromkeys(metrics, PERIOD_S))
    assert not expressions.errors, expressions.errors
    grid_s = np.arange(count, dtype=np.int64) * PERIOD_S
    return expressions.values(metrics, {PERIOD_S: grid_s})["e1"]


def wrong(text: str, **others: str) -> tuple[str, str]:
    """Message and help for a wrong expression beside the metrics `m1` and `m2`."""
    expressions = ExpressionSet({"e1": text, **others}, {"m1": PERIOD_S, "m2": PERIOD_S})
    error = expressions.errors["e1"]
    return error.message, error.help


M1, M2 = a_series(30, 20, 0, 0), a_series(20, NONE, 20, NONE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m1 + m2", [50, 20, 20, 0]),
        ("m1 - m2", [10, 20, -20, 0]),
        ("m1 / m2", [1.5, NONE, 0]),
        ("100 * m1 / (m1 + 10)", [75, 200 / 3, 0, 0]),
        ("-m1", [-30, -20, 0, 0]),
        ("m1 ^ 2 + 1", [901, 401, 1, 1]),
        ("2 ^ -1 * m1", [15, 10, 0, 0]),
        ("m1 < m2", [0, 0, 1, 0]),
        ("m1 >= 30", [1, 0, 0, 0]),
        ("m1 > 15 AND m2 > 15", [1, 0, 0, 0]),
        ("m1 > 15 && m2 > 15", [1, 0, 0, 0]),
        ("m1 > 25 OR m2 == 20", [1, 0, 1, 0]),
        ("m1 > 25 || m2 == 20 && m1 != 0", [1, 0, 0, 0]),
        ("m1 / PERIOD(m1)", [0.5, 1 / 3, 0, 0]),
        ("m1 - AVG(m1)", [17.5, 7.5, -12.5, -12.5]),
        ("m1 / MAX(m1) + MIN(m2) + SUM(m2)", [61, 60 + 2 / 3, 60, 60]),
        ("SUM([m1, m2])", [50, 20, 20, 0]),
        ("SUM(METRICS())", [50, 20, 20, 0]),
        ("AVG(METRICS())", [25, 10, 10, 0]),
        ("MIN(METRICS())", [20, 20, 0, 0]),
        ("MAX(METRICS())", [30, 20, 20, 0]),
        ('SUM(METRICS("m2"))', [20, NONE, 20]),
        ("SUM([METRICS('1'), METRICS('2')])", [50, 20, 20, 0]),
        ("SUM(METRICS() * 2) / METRIC_COUNT(METRICS())", [50, 20, 20, 0]),
        ("SUM(100 / [m1, m2])", [100 / 30 + 5, 5, 5]),
        ("RATE(m1)", [NONE, -1 / 6, -1 / 3, 0]),
        ("RATE(m2)", [NONE, NONE, 0]),
        ("FILL(m2, 7)", [20, 7, 20, 7, 7]),
        ("FILL(m2, m1)", [20, 20, 20, 0]),
        ("FILL(m2, MIN(m1))", [20, 0, 20, 0, 0]),
        ("FILL(m2, REPEAT)", [20, 20, 20, 20, 20]),
        ("FILL(m2 + 0, LINEAR)", [20, 20, 20]),
        ("SUM(FILL(METRICS(), 1))", [50, 21, 20, 1, 2]),
        ("ABS(m2 - m1)", [10, 20, 20, 0]),
        ("CEIL(m1 / 7) - FLOOR(m1 / 7)", [1, 1, 0, 0]),
        ("IF(m1 > 10, m1)", [30, 20]),
        ("IF(m1 <= 10, 1, 2)", [2, 2, 1, 1]),
        ("IF(m1, m2, 5)", [20, 0, 5, 5]),
        ("IF(1, m1, m2)", [30, 20, 0, 0]),
        ("IF(0, m1, m2)", [20, NONE, 20]),
        ("IF(SUM(m1) > 100, m1)", []),
        ("TIME_SERIES(5) + m1", [35, 25, 5, 5, 5]),
        ("m1 / 0", []),
        (" m1\n + m2 ", [50, 20, 20, 0]),
    ],
)
def test_expressions_give_what_the_user_guide_says(text: str, expected: list[float | None]) -> None:
    """Missing values count as 0, divisions by zero are dropped, filters and fillings as told."""
    value = evaluated(text, m1=M1, m2=M2)
    assert told(value) == pytest.approx(expected)


def test_the_if_of_the_user_guide_with_three_metrics() -> None:
    """True without a value is 0, false without a value is dropped, no condition nothing."""
    one, two = a_series(1, 1, 0, 0, NONE), a_series(30, NONE, 0, 0, 30)
    three = a_series(0, 0, 20, NONE, 20)
    value = evaluated("IF(metric1, metric2, metric3)", metric1=one, metric2=two, metric3=three)
    assert told(value) == [30, 0, 20]


def test_lines_are_drawn_through_gaps_between_values_only() -> None:
    """LINEAR and REPEAT invent nothing before the first value, LINEAR nothing after the last."""
    m1 = a_series(NONE, 10, NONE, NONE, 40, NONE)
    assert told(evaluated("FILL(m1, LINEAR)", 6, m1=m1), 6) == [NONE, 10, 20, 30, 40]
    assert told(evaluated("FILL(m1, REPEAT)", 6, m1=m1), 6) == [NONE, 10, 10, 10, 40, 40]


def test_what_has_no_values_at_all_is_filled_too() -> None:
    """A number fills every period that was asked for; there is nothing to repeat."""
    assert told(evaluated("FILL(m1, 0)", m1=a_series())) == [0, 0, 0, 0, 0]
    assert told(evaluated("FILL(m1, REPEAT)", m1=a_series())) == []
    assert told(evaluated("m1 + AVG(m1)", m1=a_series())) == []


def test_an_array_keeps_its_labels() -> None:
    """Each member is told under the label of its metric."""
    value = evaluated("METRICS() / 10", m1=a_series(10, label="calls"), m2=a_series(20, label="x"))
    assert [(member.label, told(member)) for member in value] == [("calls", [1]), ("x", [2])]


def test_expressions_use_each_other_in_any_order() -> None:
    """An expression may use one that is written after it, and METRICS() has no expressions."""
    texts = {"e1": "e2 * 2", "e2": "SUM(METRICS()) + 1", "e3": "IF(e1 > 10, e2)"}
    expressions = ExpressionSet(texts, {"m1": PERIOD_S})
    assert not expressions.errors
    values = expressions.values({"m1": a_series(1, 9)}, {PERIOD_S: np.arange(2) * PERIOD_S})
    assert told(values["e1"]) == [4, 20]
    assert told(values["e3"]) == [NONE, 10]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("m1 +", "`m1 +` is no expression"),
        ("m1 m2", "is no expression"),
        ("(m1", "is no expression"),
        ("'", "is no expression"),
        ("m3 + 1", "there is no query `m3`"),
        ("5", "is a single number"),
        ("SUM(m1)", "is a single number"),
        ("PERIOD(m1) * 2", "is a single number"),
        ("SEARCH('{AWS/Lambda}', 'Sum', 300)", "the function `SEARCH` is not computed here"),
        ("sum(m1)", "the function `sum` is not computed here"),
        ("RATE(5)", "`RATE` does not take a single number"),
        ("RATE(m1, m2)", "`RATE` does not take a time series, a time series"),
        ("SUM()", "`SUM` does not take nothing"),
        ("FILL(m1, METRICS())", "does not take a time series, an array of time series"),
        ("FILL(m1)", "`FILL` does not take a time series"),
        ("ABS(REPEAT)", "`ABS` does not take REPEAT"),
        ("IF(1, 2, 3)", "`IF` does not take"),
        ("IF(METRICS(), m1)", "`IF` does not take"),
        ("PERIOD(m1 + m2)", "`PERIOD` takes a metric"),
        ("SUM(METRICS(m1))", "`METRICS` takes a text or nothing"),
        ("METRICS() + METRICS()", "two arrays cannot be combined"),
        ("METRICS() > 5", "an array cannot be compared"),
        ("[m1, 5]", "an array has a number in it"),
        ("0 < m1 < 5", "`0 < m1 < 5` is nothing of metric math"),
        ("m1 and m2", "`and` is nothing of metric math"),
        ("m1 if m2 else m1", "`if` is nothing of metric math"),
        ("m1 ** 2", "`**` is nothing of metric math"),
        ("m1 // 2", "`//` is nothing of metric math"),
        ("m1.values", "`.` is nothing of metric math"),
        ("m1[0]", "`m1[0]` is nothing of metric math"),
        ("m1 & m2", "`m1 & m2` is nothing of metric math"),
        ("+m1", "`+m1` is nothing of metric math"),
        ("m1 # c", "`# c` is nothing of metric math"),
        ("m1, m2", "is nothing of metric math"),
        ("SUM(*m1)", "is nothing of metric math"),
        ("'m1'", "has no place here"),
        ("m1 * 1j", "`1j` has no place here"),
        ("b'm1'", "is nothing of metric math"),
        ("m1 + __import__('os')", "the function `__import__` is not computed here"),
        ("m1 + " + "9" * 400, "a number of the expression is too large"),
        ("-" * 2000 + "m1", ""),
        ("(" * 500 + "m1" + ")" * 500, ""),
        ("SUM([" * 30 + "m1" + "])" * 30, "stand in each other"),
    ],
)
def test_what_is_not_metric_math_is_refused_in_words(text: str, says: str) -> None:
    """Nothing else of Python passes, and the message has what is wrong."""
    assert says in wrong(text)[0]


def test_an_expression_made_of_itself_is_told_once() -> None:
    """Of two that use each other one is told, and those that use a wrong one are not."""
    expressions = ExpressionSet({"e1": "e2 + 1", "e2": "e1 + 1", "e3": "e2"}, {"m1": PERIOD_S})
    assert [(k, e.message) for k, e in expressions.errors.items()] == [
        ("e2", "`e1` is made of itself")
    ]


def test_metrics_of_different_periods_do_not_come_together() -> None:
    """The periods are named; a constant series of them has none either."""
    for text in ("m1 + m2", "SUM(METRICS())", "TIME_SERIES(1)"):
        expressions = ExpressionSet({"e1": text}, {"m1": 60, "m2": 300})
        assert "periods of 60 and 300 seconds" in expressions.errors["e1"].message
    assert not ExpressionSet({"e1": "m1 * 2"}, {"m1": 60, "m2": 300}).errors


@given(st.text(alphabet="m12 +-*/^()[],<>=&|.'\"#AND ORSUMFIL", max_size=40))
def test_any_text_is_understood_or_refused(text: str) -> None:
    """No text breaks the reader, and what is understood can be computed."""
    expressions = ExpressionSet({"e1": text}, {"m1": PERIOD_S, "m2": PERIOD_S})
    if not expressions.errors:
        grid_s = np.arange(5, dtype=np.int64) * PERIOD_S
        expressions.values({"m1": M1, "m2": M2}, {PERIOD_S: grid_s})
