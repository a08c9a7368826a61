"""Keeps the expressions of one request: each is understood after what it uses, or told why not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sim.metrics.cloudwatch.expression_terms import ExpressionError, Kind, Scope, Value
from sim.metrics.cloudwatch.expressions import Expression, read_expression
from sim.metrics.cloudwatch.samples import Times
from sim.metrics.cloudwatch.series_math import TimeSeries

_PERIOD_S: Final = 60
"""Period of an expression in a request without metrics."""


@dataclass(slots=True)
class ExpressionSet:
    """Expressions by the id of their query, in an order in which each can be computed."""

    texts: Mapping[str, str]
    metric_periods_s: Mapping[str, int]
    """Periods of the queries for metrics, by id, in the order of the request."""
    errors: dict[str, ExpressionError] = field(default_factory=dict)
    """What is wrong, by id; who uses a wrong expression is not told too."""
    _read: dict[str, Expression] = field(default_factory=dict)
    _periods_s: dict[str, int] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Read all of them."""
        for name in self.texts:
            self._kind_of(name)

    def values(
        self, metrics: Mapping[str, TimeSeries], grids_s: Mapping[int, Times]
    ) -> Mapping[str, Value]:
        """All values by id: of the metrics as they are given, and of the expressions.

        `grids_s` has the starts of all periods that were asked for, by the period in seconds.
        """
        assert not self.errors, "wrong expressions have no values"
        found: dict[str, Value] = dict(metrics)
        for name, expression in self._read.items():
            period_s = self._periods_s[name]
            scope = Scope(found.__getitem__, period_s, grids_s[period_s])
            found[name] = expression.term.value(scope)
        return found

    def periods_s(self) -> set[int]:
        """Every period that occurs."""
        return {*self.metric_periods_s.values(), *self._periods_s.values()}

    def _kind_of(self, name: str) -> Kind | None:
        if name in self.metric_periods_s:
            return Kind.SERIES
        if name not in self.texts:
            return None
        if name not in self._begun:
            self._begun.add(name)
            self._try(name)
        elif name not in self._read and name not in self.errors:
            raise ExpressionError(f"`{name}` is made of itself")
        # What is wrong there is told there.
        return self._read[name].term.kind if name in self._read else Kind.SERIES

    def _try(self, name: str) -> None:
        try:
            expression = read_expression(
                self.texts[name], metric_ids=tuple(self.metric_periods_s), kind_of=self._kind_of
            )
            self._periods_s[name] = self._period_s(expression)
            self._read[name] = expression
        except ExpressionError as error:
            self.errors[name] = error

    def _period_s(self, expression: Expression) -> int:
        """The one period of all that an expression uses."""
        known = {**self.metric_periods_s, **self._periods_s}
        used = {known[name] for name in expression.used_ids if name in known}
        periods_s = used or set(self.metric_periods_s.values()) or {_PERIOD_S}
        if len(periods_s) > 1:
            listed = " and ".join(str(period_s) for period_s in sorted(periods_s))
            raise ExpressionError(
                f"metrics with periods of {listed} seconds come together",
                "expected one period for all metrics of an expression",
            )
        return periods_s.pop()
