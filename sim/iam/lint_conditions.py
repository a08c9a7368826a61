"""Rules about conditions: operators that do not fit their key, and values that mean nothing."""

import re
from collections.abc import Iterator

from sim.iam.condition_keys import ValueType
from sim.iam.conditions import Quantifier
from sim.iam.findings import (
    VARIABLE_OPENING,
    ConditionView,
    Finding,
    Rule,
    Severity,
    StatementView,
)
from sim.iam.patterns import split_arn
from sim.iam.shapes import Node
from sim.iam.statements import Effect
from sim.iam.variables import Version

_VARIABLE = re.compile(r"\$\{[^}]*\}")
_NULL = "Null"
_TYPES_BY_OPERATOR = {
    "Bool": ValueType.FLAG,
    "IpAddress": ValueType.ADDRESS,
    "ArnEquals": ValueType.ARN,
    "ArnLike": ValueType.ARN,
}


def _set_operators(view: StatementView) -> Iterator[Finding]:
    """Set operators belong to keys with several values, and to no others."""
    for condition in view.conditions:
        known = condition.known_key
        if known is None or condition.operator.positive == _NULL:
            continue
        has_set_operator = condition.operator.quantifier is not Quantifier.PLAIN
        if known.is_multivalued and not has_set_operator:
            yield _about(
                condition,
                "multivalued-key-without-set-operator",
                f"`{condition.key}` may have several values, which `{condition.operator.text}` "
                "does not say how to take",
                "put `ForAllValues:` or `ForAnyValue:` before the operator",
            )
        if not known.is_multivalued and has_set_operator:
            yield _about(
                condition,
                "set-operator-on-single-valued-key",
                f"`{condition.key}` never has several values",
                "use the operator without `ForAllValues:` or `ForAnyValue:`",
            )


def _vacuous_truth(view: StatementView) -> Iterator[Finding]:
    """`ForAllValues` is true for an absent key, so that under Allow it needs `Null` `false`."""
    if view.effect is Effect.DENY:
        return
    for condition in view.conditions:
        is_for_all = condition.operator.quantifier is Quantifier.FOR_ALL_VALUES
        if is_for_all and not _is_required(view, condition.key):
            yield _about(
                condition,
                "for-all-values-allows-absent-key",
                f"a request without `{condition.key}` is allowed too",
                f'add `"Null": {{"{condition.key}": "false"}}`',
            )


def _is_required(view: StatementView, key: str) -> bool:
    return any(condition.needs_key for condition in view.on_key(key))


def _unsettled(view: StatementView) -> Iterator[Finding]:
    """`ForAnyValue:...IfExists` on an absent key: documented and measured differently."""
    for condition in view.conditions:
        operator = condition.operator
        if operator.quantifier is Quantifier.FOR_ANY_VALUE and operator.has_if_exists:
            yield _about(
                condition,
                "for-any-value-if-exists",
                f"whether `{operator.text}` passes on an absent key is unsettled",
                "write two statements, one with `Null` `true`",
            )


def _wildcards(view: StatementView) -> Iterator[Finding]:
    """`StringEquals` takes `*` and `?` literally."""
    for condition in view.conditions:
        if condition.operator.positive not in ("StringEquals", "StringEqualsIgnoreCase"):
            continue
        for node in condition.values:
            plain = _without_variables(node.scalar_text(), view.version)
            if "*" in plain or "?" in plain:
                like = "StringNotLike" if condition.operator.is_negated else "StringLike"
                yield Finding(
                    pointer=node.pointer,
                    code="wildcard-in-string-equals",
                    message=f"`{condition.operator.text}` takes `*` and `?` as plain characters",
                    help=f"use `{like}`, or write `${{*}}` for the character",
                    severity=Severity.WARNING,
                )


def _without_variables(text: str, version: Version) -> str:
    return _VARIABLE.sub("", text) if version is Version.CURRENT else text


def _values(view: StatementView) -> Iterator[Finding]:
    """Asked values that no request value can equal."""
    for condition in view.conditions:
        for node in condition.values:
            reason = _mismatch(condition, node)
            if reason is not None:
                yield Finding(
                    pointer=node.pointer,
                    code="value-never-matches",
                    message=f"{reason}, so no request has this value",
                    help=f"write a value that `{condition.key}` can have",
                    severity=Severity.ERROR,
                )


def _mismatch(condition: ConditionView, node: Node) -> str | None:
    text = node.scalar_text()
    positive, known = condition.operator.positive, condition.known_key
    if text.startswith(VARIABLE_OPENING) or positive == _NULL:
        return None
    if positive.startswith("Arn"):
        return None if split_arn(text) is not None else f"`{text}` is not an ARN of six parts"
    if known is None or not positive.startswith("StringEquals"):
        return None
    if known.value_type is ValueType.FLAG and text.lower() not in ("true", "false"):
        return f"`{condition.key}` is `true` or `false`, not `{text}`"
    if known.value_type is ValueType.ARN and split_arn(text) is None:
        return f"`{condition.key}` is an ARN of six parts, not `{text}`"
    return None


def _types(view: StatementView) -> Iterator[Finding]:
    """Typed operators on keys of another type compare nothing; text operators compare anything."""
    for condition in view.conditions:
        known, wanted = condition.known_key, _wanted_type(condition.operator.positive)
        if known is not None and wanted is not None and known.value_type not in wanted:
            yield _about(
                condition,
                "operator-does-not-fit-key",
                f"`{condition.key}` is a {known.value_type}, which `{condition.operator.text}` "
                "does not compare",
                "use an operator of the key's type",
                severity=Severity.ERROR,
            )


def _wanted_type(positive: str) -> tuple[ValueType, ...] | None:
    if positive.startswith("Numeric"):
        # Seconds since 1970 are dates and numbers.
        return (ValueType.NUMBER, ValueType.INSTANT)
    if positive.startswith("Date"):
        return (ValueType.INSTANT,)
    wanted = _TYPES_BY_OPERATOR.get(positive)
    return None if wanted is None else (wanted,)


def _about(
    condition: ConditionView,
    code: str,
    message: str,
    help_text: str,
    *,
    severity: Severity = Severity.WARNING,
) -> Finding:
    return Finding(condition.node.pointer, code, message, help_text, severity)


CONDITION_RULES: tuple[Rule, ...] = (
    _set_operators,
    _vacuous_truth,
    _unsettled,
    _wildcards,
    _values,
    _types,
)
"""The rules of this module."""
