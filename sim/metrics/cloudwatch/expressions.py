"""Metric math as text becomes a function of metrics, or a mistake in words; nothing is guessed.

The text is read by Python's own tokenizer and parser, after the operators that Python writes
otherwise (`&&`, `||`, `^`, `AND`, `OR`) are rewritten, and only the nodes of metric math are taken.
Source: Amazon CloudWatch User Guide, Use metric math, syntax and functions.
"""

import ast
import io
import keyword
import operator
import tokenize
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from sim.metrics.cloudwatch.expression_functions import FUNCTIONS, Argument, call
from sim.metrics.cloudwatch.expression_terms import (
    ExpressionError,
    Kind,
    Scope,
    Term,
    each_member,
)
from sim.metrics.cloudwatch.series_math import Filling, Operation, TimeSeries, combined

_DEPTH_MAX: Final = 40
"""Ours: so deep may parts stand in each other."""
_REWRITTEN: Final = {"AND": "and", "OR": "or", "&&": "and", "||": "or", "^": "**"}
_FOREIGN: Final = frozenset(["**", "//", "%", "@", ".", ":", ":=", "{", "}", "~", "<<", ">>", ";"])
_ARITHMETIC: Final[Mapping[type[ast.operator], Operation]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
_COMPARISON: Final[Mapping[type[ast.cmpop], Operation]] = {
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}
_LOGICAL: Final[Mapping[type[ast.boolop], Operation]] = {
    ast.And: np.logical_and,
    ast.Or: np.logical_or,
}
_NAMES: Final = ", ".join(f"`{name}`" for name in sorted([*FUNCTIONS, "METRICS", "PERIOD"]))
KindOf: TypeAlias = Callable[[str], Kind | None]


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that is understood."""

    term: Term
    used_ids: frozenset[str]
    """Ids of the queries that it uses."""


def read_expression(text: str, *, metric_ids: Sequence[str], kind_of: KindOf) -> Expression:
    """Understand an expression; ExpressionError says what is wrong.

    `metric_ids` are the queries for metrics, in order; `kind_of` tells what a query gives, None for
    an id that no query has.
    """
    reader = _Reader(metric_ids=metric_ids, kind_of=kind_of, used_ids=set())
    try:
        term = reader.term(_parsed(text), depth=0)
    except RecursionError:
        raise _too_deep() from None
    if term.kind is Kind.NUMBER:
        raise ExpressionError(
            f"`{text}` is a single number",
            "expected a time series, such as `m1 - AVG(m1)` or `TIME_SERIES(5)`",
        )
    return Expression(term, frozenset(reader.used_ids))


def _parsed(text: str) -> ast.expr:
    try:
        rewritten = tokenize.untokenize(_rewritten(" ".join(text.split())))
        return ast.parse(rewritten.strip(), mode="eval").body
    except (SyntaxError, tokenize.TokenError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, ExpressionError):
            raise
        raise ExpressionError(
            f"`{text}` is no expression", "expected metric math such as `m1 / m2 * 100`"
        ) from None


def _rewritten(text: str) -> Iterator[tuple[int, str]]:
    """The tokens with Python's operators for those of metric math."""
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    skipped = -1
    for place, token in enumerate(tokens):
        written = token.string
        if place == skipped:
            continue
        if written in ("&", "|") and text[token.start[1] :].startswith(written * 2):
            written, skipped = written * 2, place + 1
        is_foreign = written in _FOREIGN or token.type == tokenize.COMMENT
        if is_foreign or keyword.iskeyword(written):
            raise ExpressionError(
                f"`{written}` is nothing of metric math",
                "expected `+ - * / ^`, comparisons, `AND`, `OR`, functions, and ids of queries",
            )
        python = _REWRITTEN.get(written, written)
        yield tokenize.NAME if python.isalpha() else token.type, python


@dataclass(slots=True)
class _Reader:
    """Turns the nodes of one expression into terms."""

    metric_ids: Sequence[str]
    kind_of: KindOf
    used_ids: set[str]

    def term(self, node: ast.expr, *, depth: int) -> Term:
        """The term of a node."""
        if depth > _DEPTH_MAX:
            raise _too_deep()
        match node:
            case ast.Constant(value=bool() | str()) | ast.Constant(value=complex()):
                pass
            case ast.Constant(value=int() | float() as number):
                return _number(number)
            case ast.Name(id=name):
                return self._query(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _arithmetic(operator.mul, _MINUS_ONE, self.term(operand, depth=depth + 1))
            case ast.List(elts=elements):
                return _array([self.term(e, depth=depth + 1) for e in elements])
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(name, arguments, depth=depth + 1)
            case _:
                return self._operation(node, depth=depth + 1)
        raise ExpressionError(f"`{ast.unparse(node)}` has no place here")

    def _operation(self, node: ast.expr, *, depth: int) -> Term:
        match node:
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                terms = self.term(left, depth=depth), self.term(right, depth=depth)
                return _arithmetic(_ARITHMETIC[type(op)], *terms)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISON:
                terms = self.term(left, depth=depth), self.term(right, depth=depth)
                return _logical(_COMPARISON[type(op)], *terms)
            case ast.BoolOp(op=op, values=[first, *others]):
                found = self.term(first, depth=depth)
                for other in others:
                    found = _logical(_LOGICAL[type(op)], found, self.term(other, depth=depth))
                return found
            case _:
                raise ExpressionError(f"`{ast.unparse(node)}` is nothing of metric math")

    def _query(self, name: str) -> Term:
        kind = self.kind_of(name)
        if kind is None:
            listed = ", ".join(f"`{i}`" for i in self.metric_ids)
            raise ExpressionError(
                f"there is no query `{name}`", f"the metrics are {listed}" if listed else ""
            )
        self.used_ids.add(name)
        return Term(kind, lambda scope: scope.value_of(name))

    def _call(self, name: str, arguments: Sequence[ast.expr], *, depth: int) -> Term:
        if name == "METRICS":
            return self._metrics(arguments)
        if name == "PERIOD":
            return self._period(arguments)
        if name not in FUNCTIONS:
            raise ExpressionError(f"the function `{name}` is not computed here", f"known: {_NAMES}")
        return call(name, [self._argument(a, depth=depth) for a in arguments])

    def _argument(self, node: ast.expr, *, depth: int) -> Argument:
        match node:
            case ast.Name(id="REPEAT" | "LINEAR" as filling):
                return Filling(filling)
            case _:
                return self.term(node, depth=depth)

    def _metrics(self, arguments: Sequence[ast.expr]) -> Term:
        match arguments:
            case []:
                part = ""
            case [ast.Constant(value=str() as part)]:
                pass
            case _:
                advice = 'expected `METRICS()`, or `METRICS("text")` for ids with the text in them'
                raise ExpressionError("`METRICS` takes a text or nothing", advice)
        ids = [i for i in self.metric_ids if part in i]
        self.used_ids.update(ids)
        return Term(Kind.ARRAY, lambda scope: tuple(_series_of(i, scope) for i in ids))

    def _period(self, arguments: Sequence[ast.expr]) -> Term:
        match arguments:
            case [ast.Name(id=name)] if name in self.metric_ids:
                self.used_ids.add(name)
                return Term(Kind.NUMBER, lambda scope: float(scope.period_s))
            case _:
                raise ExpressionError(
                    "`PERIOD` takes a metric, not what other expressions make",
                    "expected the id of a query for a metric, such as `PERIOD(m1)`",
                )


_MINUS_ONE: Final = Term(Kind.NUMBER, lambda _: -1.0)


def _too_deep() -> ExpressionError:
    return ExpressionError(f"more than {_DEPTH_MAX} parts of the expression stand in each other")


def _number(written: float) -> Term:
    try:
        number = float(written)
    except OverflowError:
        raise ExpressionError("a number of the expression is too large") from None
    return Term(Kind.NUMBER, lambda _: number)


def _series_of(name: str, scope: Scope) -> TimeSeries:
    value = scope.value_of(name)
    assert isinstance(value, TimeSeries), "a query for a metric gives a time series"
    return value


def _array(terms: Sequence[Term]) -> Term:
    """All members together; arrays in it give theirs."""
    if any(term.kind is Kind.NUMBER for term in terms):
        raise ExpressionError("an array has a number in it", "expected time series")
    return Term(Kind.ARRAY, lambda scope: tuple(s for t in terms for s in t.members(scope)))


def _arithmetic(operation: Operation, left: Term, right: Term) -> Term:
    """Numbers and time series with each other, or with every member of one array."""
    if left.kind is Kind.ARRAY and right.kind is Kind.ARRAY:
        raise ExpressionError("two arrays cannot be combined", "expected one array at most")
    if left.kind is Kind.ARRAY:
        return each_member(
            left, lambda s, scope: _as_series(combined(operation, s, right.number_or_series(scope)))
        )
    if right.kind is Kind.ARRAY:
        return each_member(
            right, lambda s, scope: _as_series(combined(operation, left.number_or_series(scope), s))
        )
    return _combined(operation, left, right)


def _logical(operation: Operation, left: Term, right: Term) -> Term:
    """1 where it holds, 0 where not."""
    if Kind.ARRAY in (left.kind, right.kind):
        raise ExpressionError(
            "an array cannot be compared", "expected time series or numbers, such as `m1 > 10`"
        )
    return _combined(operation, left, right)


def _combined(operation: Operation, left: Term, right: Term) -> Term:
    is_number = left.kind is right.kind is Kind.NUMBER
    return Term(
        Kind.NUMBER if is_number else Kind.SERIES,
        lambda scope: combined(
            operation, left.number_or_series(scope), right.number_or_series(scope)
        ),
    )


def _as_series(value: TimeSeries | float) -> TimeSeries:
    assert isinstance(value, TimeSeries), "one side was a time series"
    return value
