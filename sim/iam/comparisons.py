"""A comparison holds asked values, read once, and tells whether a request value is among them.

Comparisons are always the positive form; negation, absent keys and set operators belong to
`conditions`.
Request text that is not of the operator's type (a number, an instant, ...) matches nothing.
"""

import base64
import binascii
import ipaddress
import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Protocol, TypeAlias

from sim.iam.patterns import Glob, glob_matches, split_arn
from sim.iam.variables import (
    ArnPattern,
    Context,
    Template,
    Version,
    compile_arn_pattern,
    parse_template,
)


class Comparison(Protocol):
    """One or more asked values of one operator."""

    def matches(self, value: str, context: Context) -> bool:
        """Whether one request value equals (is below, lies within, ...) an asked value."""
        ...

    def is_unresolved(self, context: Context) -> bool:
        """Whether a variable of the asked value has neither value nor default."""
        ...


class _Plain:
    """What comparisons without variables share."""

    __slots__ = ()

    def is_unresolved(self, context: Context) -> bool:
        """Never: there is no variable."""
        del context
        return False


CompareCompiler: TypeAlias = Callable[[tuple[str, ...], Version], tuple[Comparison, ...]]
"""From asked values to comparisons; raises ValueError for a value of the wrong type."""

Relation: TypeAlias = Callable[[Decimal, Decimal], bool]


@dataclass(frozen=True, slots=True)
class TextAmong(_Plain):
    """`StringEquals` with plain values: one look-up, however many are asked."""

    texts: frozenset[str]
    keeps_case: bool

    def matches(self, value: str, context: Context) -> bool:
        """Whether the value is one of the texts."""
        del context
        return (value if self.keeps_case else value.lower()) in self.texts


@dataclass(frozen=True, slots=True)
class TextEquals:
    """`StringEquals` with one value that has variables."""

    template: Template
    keeps_case: bool

    def matches(self, value: str, context: Context) -> bool:
        """Whether the value is the text with its variables put in."""
        tokens = self.template.tokens(context)
        if tokens is None:
            return False
        asked = "".join(tokens)
        return value == asked if self.keeps_case else value.lower() == asked.lower()

    def is_unresolved(self, context: Context) -> bool:
        """Whether a variable has neither value nor default."""
        return self.template.tokens(context) is None


@dataclass(frozen=True, slots=True)
class TextLike(_Plain):
    """`StringLike` with one plain value."""

    glob: Glob

    def matches(self, value: str, context: Context) -> bool:
        """Whether the whole value matches the pattern."""
        del context
        return self.glob.matches(value)


@dataclass(frozen=True, slots=True)
class TextLikeTemplate:
    """`StringLike` with one value that has variables."""

    template: Template

    def matches(self, value: str, context: Context) -> bool:
        """Whether the whole value matches the pattern with its variables put in."""
        tokens = self.template.tokens(context)
        return tokens is not None and glob_matches(tokens, value)

    def is_unresolved(self, context: Context) -> bool:
        """Whether a variable has neither value nor default."""
        return self.template.tokens(context) is None


@dataclass(frozen=True, slots=True)
class ArnLike:
    """`ArnEquals` and `ArnLike`, which are the same."""

    pattern: ArnPattern

    def matches(self, value: str, context: Context) -> bool:
        """Whether the value is an ARN that matches part by part."""
        parts = split_arn(value)
        return parts is not None and self.pattern.matches(parts, context)

    def is_unresolved(self, context: Context) -> bool:
        """Whether a variable has neither value nor default."""
        return self.pattern.is_unresolved(context)


@dataclass(frozen=True, slots=True)
class NumberRelation(_Plain):
    """`Numeric...`: exact decimal comparison, so 9 < 10 and 30 = 30.0."""

    asked: Decimal
    relation: Relation

    def matches(self, value: str, context: Context) -> bool:
        """Whether the value is a number in the relation to the asked one."""
        del context
        try:
            return self.relation(read_number(value), self.asked)
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class InstantRelation(_Plain):
    """`Date...`: instants, or seconds since 1970 where both sides are."""

    asked: "Instant"
    relation: Relation

    def matches(self, value: str, context: Context) -> bool:
        """Whether the value is an instant of the same notation in the relation to the asked one."""
        del context
        try:
            present = read_instant(value)
        except ValueError:
            return False
        same_notation = present.is_epoch is self.asked.is_epoch
        return same_notation and self.relation(present.seconds, self.asked.seconds)


@dataclass(frozen=True, slots=True)
class FlagEquals(_Plain):
    """`Bool`."""

    asked: str

    def matches(self, value: str, context: Context) -> bool:
        """Whether the value is the same truth value."""
        del context
        return value.lower() == self.asked


@dataclass(frozen=True, slots=True)
class BytesEqual(_Plain):
    """`BinaryEquals`."""

    asked: bytes

    def matches(self, value: str, context: Context) -> bool:
        """Whether the value is base64 text of the same bytes."""
        del context
        try:
            return read_bytes(value) == self.asked
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class AddressWithin(_Plain):
    """`IpAddress`: a range or one address, IPv4 or IPv6; the families never mix."""

    network: ipaddress.IPv4Network | ipaddress.IPv6Network

    def matches(self, value: str, context: Context) -> bool:
        """Whether the value is an address of the range."""
        del context
        try:
            return ipaddress.ip_address(value) in self.network
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Instant:
    """A point in time and the notation it came in."""

    seconds: Decimal
    """Since 1970-01-01T00:00:00Z."""
    is_epoch: bool
    """Whether it was written as seconds; a date never equals such a number."""


def read_number(text: str) -> Decimal:
    """An integer or decimal number; raises ValueError for anything else, also infinity and NaN."""
    if not text or not set(text) <= set("0123456789+-.eE"):
        raise ValueError(f"`{text}` is not a number")
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"`{text}` is not a number") from error


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def read_instant(text: str) -> Instant:
    """An ISO 8601 time, date or month, or seconds since 1970; without offset it is UTC.

    Raises ValueError for anything else.
    """
    if text.lstrip("-").replace(".", "", 1).isdecimal():
        return Instant(read_number(text), is_epoch=True)
    try:
        moment = datetime.fromisoformat(f"{text}-01" if _is_month(text) else text)
    except ValueError as error:
        raise ValueError(f"`{text}` is not an ISO 8601 date") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    microseconds = (moment - _EPOCH) // _MICROSECOND
    return Instant(Decimal(microseconds).scaleb(-6), is_epoch=False)


def _is_month(text: str) -> bool:
    """Whether the text is `YYYY-MM`: the W3C profile of ISO 8601 has it, Python has not."""
    return len(text) == len("YYYY-MM") and text[4] == "-"


def read_flag(text: str) -> str:
    """`true` or `false`; raises ValueError for anything else."""
    flag = text.lower()
    if flag not in ("true", "false"):
        raise ValueError(f"`{text}` is neither `true` nor `false`")
    return flag


def read_bytes(text: str) -> bytes:
    """The bytes of base64 text; raises ValueError for anything else."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"`{text}` is not base64") from error


def read_network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """A CIDR range or one address; raises ValueError for anything else."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ValueError(f"`{text}` is neither an address nor a CIDR range") from error


def compile_text(asked: tuple[str, ...], version: Version) -> tuple[Comparison, ...]:
    """`StringEquals`."""
    return _compile_text(asked, version, keeps_case=True)


def compile_caseless_text(asked: tuple[str, ...], version: Version) -> tuple[Comparison, ...]:
    """`StringEqualsIgnoreCase`."""
    return _compile_text(asked, version, keeps_case=False)


def _compile_text(
    asked: tuple[str, ...], version: Version, *, keeps_case: bool
) -> tuple[Comparison, ...]:
    plain: set[str] = set()
    comparisons: list[Comparison] = []
    for text in asked:
        template = parse_template(text, wildcards=False, version=version)
        tokens = template.fixed
        if tokens is None:
            comparisons.append(TextEquals(template, keeps_case))
            continue
        fixed = "".join(tokens)
        plain.add(fixed if keeps_case else fixed.lower())
    if plain:
        comparisons.insert(0, TextAmong(frozenset(plain), keeps_case))
    return tuple(comparisons)


def compile_like(asked: tuple[str, ...], version: Version) -> tuple[Comparison, ...]:
    """`StringLike`."""
    comparisons: list[Comparison] = []
    for text in asked:
        template = parse_template(text, wildcards=True, version=version)
        tokens = template.fixed
        comparisons.append(
            TextLikeTemplate(template) if tokens is None else TextLike(Glob.of(tokens))
        )
    return tuple(comparisons)


def compile_arns(asked: tuple[str, ...], version: Version) -> tuple[Comparison, ...]:
    """`ArnEquals` and `ArnLike`."""
    templates = (parse_template(text, wildcards=True, version=version) for text in asked)
    return tuple(ArnLike(compile_arn_pattern(template)) for template in templates)


def compile_flags(asked: tuple[str, ...], version: Version) -> tuple[Comparison, ...]:
    """`Bool`."""
    del version
    return tuple(FlagEquals(read_flag(text)) for text in asked)


def compile_bytes(asked: tuple[str, ...], version: Version) -> tuple[Comparison, ...]:
    """`BinaryEquals`."""
    del version
    return tuple(BytesEqual(read_bytes(text)) for text in asked)


def compile_networks(asked: tuple[str, ...], version: Version) -> tuple[Comparison, ...]:
    """`IpAddress`."""
    del version
    return tuple(AddressWithin(read_network(text)) for text in asked)


def numbers(relation: Relation) -> CompareCompiler:
    """The compiler of a `Numeric...` operator; the request's value stands left of the relation."""

    def compile_numbers(asked: tuple[str, ...], version: Version) -> tuple[Comparison, ...]:
        del version
        return tuple(NumberRelation(read_number(text), relation) for text in asked)

    return compile_numbers


def instants(relation: Relation) -> CompareCompiler:
    """The compiler of one `Date...` operator; the request's value stands left of the relation."""

    def compile_instants(asked: tuple[str, ...], version: Version) -> tuple[Comparison, ...]:
        del version
        return tuple(InstantRelation(read_instant(text), relation) for text in asked)

    return compile_instants


COMPILERS: dict[str, CompareCompiler] = {
    "StringEquals": compile_text,
    "StringEqualsIgnoreCase": compile_caseless_text,
    "StringLike": compile_like,
    "ArnEquals": compile_arns,
    "ArnLike": compile_arns,
    "Bool": compile_flags,
    "BinaryEquals": compile_bytes,
    "IpAddress": compile_networks,
    "NumericEquals": numbers(operator.eq),
    "NumericLessThan": numbers(operator.lt),
    "NumericLessThanEquals": numbers(operator.le),
    "NumericGreaterThan": numbers(operator.gt),
    "NumericGreaterThanEquals": numbers(operator.ge),
    "DateEquals": instants(operator.eq),
    "DateLessThan": instants(operator.lt),
    "DateLessThanEquals": instants(operator.le),
    "DateGreaterThan": instants(operator.gt),
    "DateGreaterThanEquals": instants(operator.ge),
}
"""Every positive operator except `Null`."""

NEGATIONS: dict[str, str] = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}
"""Negated operators and what they negate."""
