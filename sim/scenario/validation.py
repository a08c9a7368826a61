"""What pydantic says about a value is retold at its place in the file, in words for people."""

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from sim.errors import Problem
from sim.scenario.document import Document, Path, Plain
from sim.scenario.model_fields import description_of, keys_of, kinds_at, model_at
from sim.scenario.suggestions import did_you_mean, one_of
from sim.scenario.texts import PATTERN_WORDS
from sim.units import UnitError, format_duration, format_size, parse_duration_us, parse_size_mib

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SHOWN_LENGTH: Final = 60
_Model = TypeVar("_Model", bound=BaseModel)


def validate_as(model: type[_Model], value: Plain) -> _Model:
    """Validate plain values as JSON would be, so that strict models take lists and enum texts.

    Raises pydantic's ValidationError.
    """
    return model.model_validate_json(json.dumps(value))


def problems_of(error: ValidationError, root: type[BaseModel], document: Document) -> list[Problem]:
    """Retell every error of a failed validation of the whole document."""
    return [
        _problem(detail, root, document)
        for detail in error.errors(include_url=False, include_input=False)
        if not _is_echo(detail, document)
    ]


def document_path(location: tuple[str | int, ...], value: Plain) -> Path:
    """Turn pydantic's location into a path of the document.

    Union tags (`arrivals.constant.rate`) and marks such as `[key]` are not in the file: dropped.
    """
    path: list[str | int] = []
    is_tag_seen = False
    for part in location:
        if path and isinstance(value, dict) and not is_tag_seen and value.get("kind") == part:
            is_tag_seen = True
        elif isinstance(value, dict):
            path.append(part)
            value = value.get(str(part))
            is_tag_seen = False
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            path.append(part)
            value = value[part]
    return tuple(path)


def described(value: Plain) -> str:
    """Name a value to a person: "the number `5`"."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"`{'true' if value else 'false'}`"
        case int() | float():
            return f"the number `{value}`"
        case str():
            return f"the text `{_short(value)}`"
        case list():
            return "a list"
        case _:
            return "a mapping"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}..."


def _is_echo(detail: "ErrorDetails", document: Document) -> bool:
    """Whether a list is called too short only because its broken items were not counted."""
    if detail["type"] != "too_short":
        return False
    written = _value_at(document_path(detail["loc"], document.value), document)
    return isinstance(written, list) and len(written) >= detail["ctx"]["min_length"]


def _problem(detail: "ErrorDetails", root: type[BaseModel], document: Document) -> Problem:
    path = document_path(detail["loc"], document.value)
    match detail["type"]:
        case "missing":
            return _missing(path, document, advice=_meaning(path, root, document))
        case "extra_forbidden":
            return _unknown_key(path, root, document)
        case "union_tag_invalid":
            return _unknown_kind(path, root, document)
        case "union_tag_not_found":
            choice = one_of(kinds_at(root, path, document))
            return _missing((*path, "kind"), document, advice=f"expected {choice}")
        case _:
            return _bad_value(path, detail, document)


def _meaning(path: Path, root: type[BaseModel], document: Document) -> str:
    """What a key is for: the first clause of its field's docstring."""
    model = model_at(root, path[:-1], document)
    text = description_of(model, str(path[-1])) if model is not None else ""
    clause = re.split(r"[.;:](?: |$)", text.replace("\n", " "), maxsplit=1)[0]
    return f"`{path[-1]}`: {clause[:1].lower()}{clause[1:]}" if clause else ""


def _missing(path: Path, document: Document, *, advice: str) -> Problem:
    position = document.key_at(path[:-1])
    return position.problem("missing-key", f"missing key `{path[-1]}`", path=path, advice=advice)


def _unknown_key(path: Path, root: type[BaseModel], document: Document) -> Problem:
    key = str(path[-1])
    model = model_at(root, path[:-1], document)
    known = keys_of(model) if model is not None else {}
    message = f"unknown key `{_short(key)}`"
    advice = did_you_mean(key, known)
    return document.key_at(path).problem("unknown-key", message, path=path, advice=advice)


def _unknown_kind(path: Path, root: type[BaseModel], document: Document) -> Problem:
    path = (*path, "kind")
    written = _value_at(path, document)
    known = kinds_at(root, path[:-1], document)
    shown = "null" if written is None else _short(str(written))
    message = f"unknown kind `{shown}`"
    near = did_you_mean(str(written), known)
    listed = f"the kinds are {one_of(known)}"
    advice = f"{near} {listed}" if near.startswith("did") else listed
    return document.value_at(path).problem("unknown-kind", message, path=path, advice=advice)


def _bad_value(path: Path, detail: "ErrorDetails", document: Document) -> Problem:
    written = _value_at(path, document)
    context = detail.get("ctx", {})
    explain = _EXPLANATIONS.get(detail["type"])
    if explain is None:
        said = detail["msg"]
        code, message, advice = "bad-value", f"{said[:1].lower()}{said[1:]}".rstrip("."), ""
    else:
        code, message, advice = explain(written, context)
    at = document.key_at(path) if isinstance(written, list | dict) else document.value_at(path)
    return at.problem(code, message, path=path, advice=advice)


def _value_at(path: Path, document: Document) -> Plain:
    value = document.value
    for part in path:
        if isinstance(value, dict):
            value = value.get(str(part))
        elif isinstance(value, list) and isinstance(part, int):
            value = value[part]
    return value


_Context = dict[str, Any]  # pydantic's own: bounds, lengths, the exception
_Explained = tuple[str, str, str]
_Explain = Callable[[Plain, _Context], _Explained]


def _wrong_type(expected: str, advice: str = "") -> _Explain:
    def explain(written: Plain, _context: _Context) -> _Explained:
        return "wrong-type", f"expected {expected}, found {described(written)}", advice

    return explain


def _text_expected(written: Plain, _context: _Context) -> _Explained:
    advice = ""
    if isinstance(written, bool | int | float):
        advice = f'put it in quotes: "{json.dumps(written)}"'
    return "wrong-type", f"expected text, found {described(written)}", advice


def _out_of_range(words: str, bound: str) -> _Explain:
    def explain(written: Plain, context: _Context) -> _Explained:
        message = f"`{_short(str(written))}` is out of range"
        return "out-of-range", message, f"expected {words} {_bound(context[bound], written)}"

    return explain


def _bound(bound: float, written: Plain) -> str:
    """Write a bound in the unit of what was written: durations in time, sizes in MiB."""
    for parse, form in ((parse_duration_us, format_duration), (parse_size_mib, format_size)):
        try:
            parse(written)
        except UnitError:
            continue
        return form(round(bound))
    return str(bound) if isinstance(bound, int) else f"{bound:g}"


def _pattern(written: Plain, context: _Context) -> _Explained:
    words = PATTERN_WORDS.get(context["pattern"], f"text that matches {context['pattern']}")
    return "bad-text", f"`{_short(str(written))}` is not accepted here", f"expected {words}"


def _too_long_text(written: Plain, context: _Context) -> _Explained:
    message = f"the text has {len(str(written))} characters"
    return "out-of-range", message, f"expected at most {context['max_length']}"


def _length(words: str, bound: str) -> _Explain:
    def explain(written: Plain, context: _Context) -> _Explained:
        count = len(written) if isinstance(written, list | dict) else 0
        message = f"the list has {count} {'item' if count == 1 else 'items'}"
        return "out-of-range", message, f"expected {words} {context[bound]}"

    return explain


def _choice(written: Plain, context: _Context) -> _Explained:
    expected = str(context["expected"])
    names = re.findall(r"'([^']*)'", expected)
    advice = did_you_mean(str(written), names) if names else f"expected {expected}"
    return "unknown-choice", f"`{_short(str(written))}` is not a choice here", advice


def _own_words(written: Plain, context: _Context) -> _Explained:
    """Our validators say `what is wrong: expected what`."""
    message, _, forms = str(context["error"]).partition(": expected ")
    if isinstance(written, str) and re.match(r"-[0-9]", written):
        message = message.replace("is not understood", "is below zero")
    return "bad-value", message, f"expected {forms}" if forms else ""


_LIST = _wrong_type("a list", "write `[a, b]`, or items that start with `- `")
_MAPPING = _wrong_type("a mapping of keys to values")
_NUMBER = _wrong_type("a number")
_WHOLE = _wrong_type("a whole number")
_EXPLANATIONS: Final[dict[str, _Explain]] = {
    "string_type": _text_expected,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "bool_type": _wrong_type("`true` or `false`"),
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "greater_than": _out_of_range("more than", "gt"),
    "greater_than_equal": _out_of_range("at least", "ge"),
    "less_than": _out_of_range("less than", "lt"),
    "less_than_equal": _out_of_range("at most", "le"),
    "string_pattern_mismatch": _pattern,
    "string_too_long": _too_long_text,
    "too_long": _length("at most", "max_length"),
    "too_short": _length("at least", "min_length"),
    "literal_error": _choice,
    "enum": _choice,
    "value_error": _own_words,
}
