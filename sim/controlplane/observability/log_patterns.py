"""Filter patterns of CloudWatch Logs, as far as they are understood here.

Words must all occur, of those with `?` one, of those with `-` none; quotation marks hold spaces. In
braces one member of the JSON text is compared, such as `{ $.level = "WARN" }`, also joined by
`&&` or by `||`. Source: CloudWatch Logs User Guide, filter pattern syntax.
"""

import json
import re
from collections.abc import Callable
from typing import Any

Predicate = Callable[[str], bool]

_TERM = re.compile(r'([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?:\s+|$)')
_COMPARISON = re.compile(r'\$((?:\.\w+|\[\d+\])+)\s*(=|!=|<=|>=|<|>)\s*(?:"([^"]*)"|([\w.*-]+))')


class UnknownPatternError(ValueError):
    """A pattern that is wrong, or of a sort that is not understood here."""


def predicate(pattern: str) -> Predicate:
    """What a pattern says of a message. Raises UnknownPatternError."""
    text = pattern.strip()
    if text.startswith("{") and text.endswith("}"):
        return _of_json(text[1:-1].strip())
    if text.startswith(("{", "[", "%")):
        raise UnknownPatternError(pattern)
    return _of_terms(text)


def _of_terms(text: str) -> Predicate:
    must, may, not_any = list[str](), list[str](), list[str]()
    place = 0
    while place < len(text):
        found = _TERM.match(text, place)
        if found is None:
            raise UnknownPatternError(text)
        sign, quoted, plain = found.groups()
        word = plain if quoted is None else quoted.replace('\\"', '"')
        {"": must, "?": may, "-": not_any}[sign].append(word)
        place = found.end()
    # AWS ignores `?` words beside words that must occur.
    return lambda message: (
        all(word in message for word in must)
        and not any(word in message for word in not_any)
        and (bool(must) or not may or any(word in message for word in may))
    )


def _of_json(text: str) -> Predicate:
    for operator, together in (("||", any), ("&&", all)):
        if operator in text:
            parts = [_of_json(part.strip().strip("()").strip()) for part in text.split(operator)]
            return lambda message: together(part(message) for part in parts)
    found = _COMPARISON.fullmatch(text)
    if found is None:
        raise UnknownPatternError(text)
    path, operator, quoted, plain = found.groups()
    wanted = plain if quoted is None else quoted
    return lambda message: _compares(_member(message, path), operator, wanted)


def _member(message: str, path: str) -> Any:
    """The member at a path; None if the message has none or is no JSON."""
    try:
        found = json.loads(message)
    except json.JSONDecodeError:
        return None
    for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        if name and isinstance(found, dict):
            found = found.get(name)
        elif index and isinstance(found, list) and int(index) < len(found):
            found = found[int(index)]
        else:
            return None
    return found


def _compares(found: Any, operator: str, wanted: str) -> bool:
    if found is None:
        return False
    if operator in ("=", "!="):
        pattern = ".*".join(map(re.escape, wanted.split("*")))
        is_equal = re.fullmatch(pattern, _text(found), re.DOTALL) is not None
        return is_equal is (operator == "=")
    try:
        left, right = float(found), float(wanted)
    except (TypeError, ValueError):
        return False
    return {"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[
        operator
    ]


def _text(found: Any) -> str:
    return found if isinstance(found, str) else json.dumps(found)
