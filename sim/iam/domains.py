"""A finite domain of requests holds every value that two policies could tell apart from another."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Overflow
from itertools import combinations, product
from math import prod
from typing import TypeAlias

from sim.iam.comparisons import read_instant, read_network, read_number
from sim.iam.condition_keys import find_key
from sim.iam.conditions import Quantifier
from sim.iam.documents import Policy
from sim.iam.patterns import ANY_ONE, ANY_RUN
from sim.iam.requests import Request
from sim.iam.variables import Context, Version, parse_template

REQUEST_COUNT_MAX = 20_000
"""Ours: requests per template up to which all combinations are taken; beyond it, all pairs."""

_FRESH = "fresh-value"
_RUN, _CHARACTER = "any", "x"
"""What stands for `*` and `?` in a value that matches a pattern."""
_FRESH_ADDRESSES = ("192.0.2.1", "2001:db8:ffff::1")
"""Addresses for documentation, which no policy grants anything to. Source: RFC 5737, RFC 3849."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Value: TypeAlias = tuple[str, ...] | None
"""What a request brings for a key; None when the key is absent."""


@dataclass(frozen=True, slots=True)
class RequestTemplate:
    """Requests that differ in the values of some keys only."""

    principal: str
    action: str
    resource: str
    context: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Keys that every such request brings."""
    varying: tuple[str, ...] = ()
    """Keys whose values are varied, absence included."""


def domain_of(
    policies: Iterable[Policy],
    templates: Iterable[RequestTemplate],
    *,
    request_count_max: int = REQUEST_COUNT_MAX,
) -> tuple[Request, ...]:
    """Requests of the templates, with every value that the policies mention.

    A varying key is absent, has each literal that a condition on it mentions, a value for each
    pattern, range and bound, and a fresh value that none mentions; a multivalued key also has all
    of these together and each with the fresh one. Where the product of all keys would exceed
    `request_count_max`, requests are chosen so that each pair of values of two keys occurs.
    """
    given = tuple(policies)
    return tuple(
        request
        for template in templates
        for request in _requests(given, template, request_count_max)
    )


def _requests(
    policies: tuple[Policy, ...], template: RequestTemplate, request_count_max: int
) -> Iterator[Request]:
    fixed: Context = {key.lower(): tuple(values) for key, values in template.context.items()}
    choices = [_values(policies, key, fixed) for key in template.varying]
    is_small = prod(len(values) for values in choices) <= request_count_max
    rows = product(*choices) if is_small else _pairwise(choices)
    for row in rows:
        varied = {
            key: values
            for key, values in zip(template.varying, row, strict=True)
            if values is not None
        }
        yield Request(
            template.principal, template.action, template.resource, {**template.context, **varied}
        )


def _values(policies: Iterable[Policy], key: str, fixed: Context) -> list[Value]:
    conditions = [
        (condition, policy.version)
        for policy in policies
        for statement in policy.statements
        for condition in statement.conditions
        if condition.folded_key == key.lower()
    ]
    mentioned = list(
        dict.fromkeys(
            value
            for condition, version in conditions
            for asked in condition.asked
            for value in _telling(condition.operator.positive, asked, version, fixed)
        )
    )
    known = find_key(key)
    has_sets = any(c.operator.quantifier is not Quantifier.PLAIN for c, _ in conditions)
    fresh = _fresh_value(mentioned)
    values: list[Value] = [None, *((value,) for value in (*mentioned, fresh))]
    if mentioned and (has_sets if known is None else known.is_multivalued):
        values += [(value, fresh) for value in mentioned]
        if len(mentioned) > 1:
            values.append(tuple(mentioned))
    return values


def _fresh_value(mentioned: Sequence[str]) -> str:
    value = _FRESH
    while value in mentioned:
        value += "-"
    return value


def _telling(positive: str, asked: str, version: Version, fixed: Context) -> tuple[str, ...]:
    """Values on both sides of what one asked value tells apart."""
    if positive.startswith("Numeric"):
        return _numbers_around(asked)
    if positive.startswith("Date"):
        return _instants_around(asked)
    if positive.startswith(("String", "Arn")):
        return _texts_around(positive, asked, version, fixed)
    if positive == "IpAddress":
        return (str(read_network(asked).network_address), *_FRESH_ADDRESSES)
    return {"Null": (), "Bool": ("true", "false"), "BinaryEquals": (asked,)}[positive]


def _numbers_around(asked: str) -> tuple[str, ...]:
    number = read_number(asked)
    try:
        return tuple(str(value) for value in (number - 1, number, number + 1))
    except Overflow:
        return (asked,)


def _instants_around(asked: str) -> tuple[str, ...]:
    instant = read_instant(asked)
    if instant.is_epoch:
        return _numbers_around(asked)
    moments = (instant.seconds + shift for shift in (-1, 0, 1))
    try:
        return tuple((_EPOCH + timedelta(seconds=float(moment))).isoformat() for moment in moments)
    except OverflowError:
        return (asked,)


def _texts_around(positive: str, asked: str, version: Version, fixed: Context) -> tuple[str, ...]:
    has_wildcards = positive.startswith(("StringLike", "Arn"))
    value = _filled(asked, version, fixed, wildcards=has_wildcards)
    if value is None:
        return ()
    return (value, value.swapcase()) if positive.endswith("IgnoreCase") else (value,)


def _filled(text: str, version: Version, fixed: Context, *, wildcards: bool) -> str | None:
    """A value that matches a pattern; None when one of its variables has no value yet."""
    tokens = parse_template(text, wildcards=wildcards, version=version).tokens(fixed)
    if tokens is None:
        return None
    filling = {ANY_RUN: _RUN, ANY_ONE: _CHARACTER}
    return "".join(filling.get(token, token) for token in tokens)


def _pairwise(choices: Sequence[Sequence[Value]]) -> Iterator[tuple[Value, ...]]:
    """Rows in which every pair of values of two keys occurs; each row takes what is still open."""
    open_pairs = {
        (first, i, second, j)
        for first, second in combinations(range(len(choices)), 2)
        for i in range(len(choices[first]))
        for j in range(len(choices[second]))
    }
    for pair in sorted(open_pairs):
        if pair not in open_pairs:
            continue
        first, i, second, j = pair
        row = {first: i, second: j}
        for column in range(len(choices)):
            if column not in row:
                row[column] = _most_useful(column, len(choices[column]), row, open_pairs)
        open_pairs -= set(_pairs(row))
        yield tuple(choices[column][row[column]] for column in range(len(choices)))


def _most_useful(
    column: int, count: int, row: Mapping[int, int], open_pairs: set[tuple[int, int, int, int]]
) -> int:
    def gain(choice: int) -> int:
        pairs = (_pair(column, choice, other, taken) for other, taken in row.items())
        return sum(pair in open_pairs for pair in pairs)

    return max(range(count), key=gain)


def _pairs(row: Mapping[int, int]) -> Iterator[tuple[int, int, int, int]]:
    for (first, i), (second, j) in combinations(sorted(row.items()), 2):
        yield first, i, second, j


def _pair(column: int, choice: int, other: int, taken: int) -> tuple[int, int, int, int]:
    if column < other:
        return column, choice, other, taken
    return other, taken, column, choice
