"""A condition is one operator on one key; absence, negation and sets are decided only here."""

from dataclasses import dataclass
from enum import Enum, StrEnum

from sim.iam.comparisons import COMPILERS, NEGATIONS, Comparison, read_flag
from sim.iam.shapes import nearest_name
from sim.iam.variables import Context, Version

_NULL = "Null"
_IF_EXISTS = "IfExists"


class Quantifier(StrEnum):
    """How the values of a key in the request are taken together."""

    PLAIN = ""
    FOR_ALL_VALUES = "ForAllValues:"
    FOR_ANY_VALUE = "ForAnyValue:"


class Rule(Enum):
    """Which rule settled a condition; the value says it to a person."""

    COMPARED = "the request's values were compared"
    UNRESOLVED = "a variable without value or default equals nothing"
    ABSENT = "an absent key fails a positive operator"
    ABSENT_NEGATED = "an absent key satisfies a negated operator"
    ABSENT_IF_EXISTS = "an absent key satisfies IfExists"
    ABSENT_FOR_ALL_VALUES = (
        "an absent key satisfies ForAllValues, as there is no value to object to"
    )
    ABSENT_FOR_ANY_VALUE = "an absent key fails ForAnyValue, as there is no value to match"
    PRESENCE = "Null only asks whether the key is absent"


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator taken apart."""

    text: str
    """As written, such as `ForAllValues:StringNotLikeIfExists`."""
    positive: str
    """The positive operator that does the comparing, or `Null`."""
    is_negated: bool
    quantifier: Quantifier
    has_if_exists: bool

    def absence(self) -> tuple[bool, Rule]:
        """What an absent key gives, and why (`Null` apart).

        `ForAnyValue` comes before `IfExists`: whether IAM lets the pair pass on an absent key is
        unsettled, and failing is the answer that allows less.
        """
        if self.quantifier is Quantifier.FOR_ANY_VALUE:
            return False, Rule.ABSENT_FOR_ANY_VALUE
        if self.quantifier is Quantifier.FOR_ALL_VALUES:
            return True, Rule.ABSENT_FOR_ALL_VALUES
        if self.has_if_exists:
            return True, Rule.ABSENT_IF_EXISTS
        if self.is_negated:
            return True, Rule.ABSENT_NEGATED
        return False, Rule.ABSENT


def parse_operator(text: str) -> Operator:
    """Take an operator apart; raises ValueError, with the nearest name, for one that IAM lacks."""
    quantifier, base = _split_quantifier(text)
    has_if_exists = base.endswith(_IF_EXISTS)
    base = base.removesuffix(_IF_EXISTS)
    if base == _NULL and (has_if_exists or quantifier is not Quantifier.PLAIN):
        raise ValueError(f"operator `{text}`: `Null` takes neither a set operator nor `IfExists`")
    positive = NEGATIONS.get(base, base)
    if positive not in COMPILERS and positive != _NULL:
        raise ValueError(f"unknown operator `{text}`{_suggestion(base)}")
    return Operator(text, positive, base in NEGATIONS, quantifier, has_if_exists)


def _split_quantifier(text: str) -> tuple[Quantifier, str]:
    for quantifier in (Quantifier.FOR_ALL_VALUES, Quantifier.FOR_ANY_VALUE):
        if text.startswith(quantifier):
            return quantifier, text.removeprefix(quantifier)
    return Quantifier.PLAIN, text


def _suggestion(base: str) -> str:
    nearest = nearest_name(base, [*COMPILERS, *NEGATIONS, _NULL])
    return f", nearest is `{nearest}`" if nearest else ""


@dataclass(frozen=True, slots=True)
class ConditionTrace:
    """What one condition made of one request."""

    operator: str
    key: str
    """As the policy writes it."""
    asked: tuple[str, ...]
    present: tuple[str, ...] | None
    """The request's values; None when the key is absent."""
    is_satisfied: bool
    rule: Rule


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key, compiled."""

    operator: Operator
    key: str
    asked: tuple[str, ...]
    folded_key: str
    comparisons: tuple[Comparison, ...]
    when_absent: bool
    when_present: bool | None
    """The answer for any value (`Null`); None when the values have to be compared."""

    def holds(self, context: Context) -> bool:
        """Whether the request satisfies the condition."""
        values = context.get(self.folded_key)
        if values is None:
            return self.when_absent
        if self.when_present is not None:
            return self.when_present
        if self.operator.quantifier is Quantifier.PLAIN:
            return self._any_among(values, context) is not self.operator.is_negated
        return self._set_holds(values, context)

    def _any_among(self, values: tuple[str, ...], context: Context) -> bool:
        """Whether some request value is among the asked ones."""
        for value in values:
            for comparison in self.comparisons:
                if comparison.matches(value, context):
                    return True
        return False

    def _set_holds(self, values: tuple[str, ...], context: Context) -> bool:
        negated = self.operator.is_negated
        answers = (self._any_among((value,), context) is not negated for value in values)
        if self.operator.quantifier is Quantifier.FOR_ALL_VALUES:
            return all(answers)
        return any(answers)

    def trace(self, context: Context) -> ConditionTrace:
        """The same answer as `holds`, with its reason."""
        present = context.get(self.folded_key)
        if self.operator.positive == _NULL:
            rule = Rule.PRESENCE
        elif present is None:
            rule = self.operator.absence()[1]
        elif self._lacks_variable(present, context):
            rule = Rule.UNRESOLVED
        else:
            rule = Rule.COMPARED
        return ConditionTrace(
            operator=self.operator.text,
            key=self.key,
            asked=self.asked,
            present=present,
            is_satisfied=self.holds(context),
            rule=rule,
        )

    def _lacks_variable(self, values: tuple[str, ...], context: Context) -> bool:
        """Whether nothing matched, and some asked value could not because of its variable."""
        is_unresolved = any(item.is_unresolved(context) for item in self.comparisons)
        return is_unresolved and not self._any_among(values, context)


def compile_condition(
    operator: Operator, key: str, asked: tuple[str, ...], *, version: Version
) -> Condition:
    """Compile one operator on one key; raises ValueError for an asked value of the wrong type."""
    comparisons: tuple[Comparison, ...] = ()
    when_present: bool | None = None
    if operator.positive == _NULL:
        flags = {read_flag(text) for text in asked}
        when_absent, when_present = "true" in flags, "false" in flags
    else:
        comparisons = COMPILERS[operator.positive](asked, version)
        when_absent = operator.absence()[0]
    return Condition(
        operator=operator,
        key=key,
        asked=asked,
        folded_key=key.lower(),
        comparisons=comparisons,
        when_absent=when_absent,
        when_present=when_present,
    )
