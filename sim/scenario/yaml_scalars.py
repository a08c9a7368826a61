"""Plain YAML text means what YAML 1.2's core schema says: `on`, `12:30:45` and dates stay text."""

import math
import re
from typing import Final

INTEGER_MAX: Final = 2**63 - 1

_WORDS: Final[dict[str, bool | None]] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_DECIMAL = re.compile(r"[-+]?[0-9]+", re.ASCII)
_OCTAL = re.compile(r"0o[0-7]+", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_DIGITS_MAX: Final = 400  # beyond any float, and below the cap of Python's own conversion


class ScalarError(ValueError):
    """A number that no scenario can hold; `advice` says what to write instead."""

    def __init__(self, message: str, advice: str) -> None:
        """Keep both as `args`."""
        super().__init__(message, advice)
        self.message = message
        self.advice = advice


def resolve_plain(text: str) -> bool | int | float | str | None:
    """Turn an unquoted scalar into null, a boolean, a number or text.

    Raises ScalarError for integers outside 64 bits and for numbers that are not finite.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _DECIMAL.fullmatch(text):
        return _integer(text, 10)
    if _OCTAL.fullmatch(text):
        return _integer(text, 8)
    if _HEXADECIMAL.fullmatch(text):
        return _integer(text, 16)
    if _FLOAT.fullmatch(text) or _NOT_FINITE.fullmatch(text):
        return _float(text)
    return text


def _integer(text: str, base: int) -> int:
    digits = text if base == 10 else text[2:]
    if len(digits) > _DIGITS_MAX or abs(number := int(digits, base)) > INTEGER_MAX:
        raise ScalarError(
            f"the whole number `{_shortened(text)}` is too large",
            f"the largest is {INTEGER_MAX}; put it in quotes if it is meant as text",
        )
    return number


def _float(text: str) -> float:
    plain = text.replace(".inf", "inf").replace(".Inf", "inf").replace(".INF", "inf")
    number = float(plain.lower().replace(".nan", "nan"))
    if not math.isfinite(number):
        raise ScalarError(
            f"`{_shortened(text)}` is not a finite number",
            "write a number, or put it in quotes if it is meant as text",
        )
    return number


def _shortened(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:12]}...{text[-6:]} ({len(text)} characters)"
