"""Which entries of a list the filters of a Describe call keep.

All filters must hold, of a filter's values one. Source: EC2 API Reference, filtering of lists.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sim.controlplane.ec2_service.errors import invalid_value
from sim.controlplane.ec2_service.input_shapes import Filter
from sim.facts import Catalogue
from sim.model.api_results import ApiError

Row = Mapping[str, Any]
"""An entry as the answer shows it."""

_TAG = "tag:"
_TAG_KEY = "tag-key"


def refusal(
    facts: Catalogue, filters: Sequence[Filter], paths: Mapping[str, str]
) -> ApiError | None:
    """Why filters cannot be used: unknown ones, or more values than a call may have."""
    for wanted in filters:
        is_tag = wanted.name == _TAG_KEY or wanted.name.startswith(_TAG)
        if not is_tag and wanted.name not in paths:
            return invalid_value(f"The filter '{wanted.name}' is invalid")
        most = facts.integer("ec2.filter_values_max")
        if len(wanted.values) > most:
            return ApiError(
                "FilterLimitExceeded",
                f"The maximum number of filter values specified on a single call is {most}",
            )
    return None


def holds(row: Row, filters: Sequence[Filter], paths: Mapping[str, str]) -> bool:
    """Whether an entry passes all filters; `paths` leads from a name to members of the entry."""
    return all(
        any(
            _pattern(value).fullmatch(text) is not None
            for text in _texts(row, wanted.name, paths)
            for value in wanted.values
        )
        for wanted in filters
    )


def _texts(row: Row, name: str, paths: Mapping[str, str]) -> Iterator[str]:
    tags = row.get("Tags", row.get("TagSet", ()))
    if name in paths:
        yield from _values(row, paths[name].split("."))
    elif name == _TAG_KEY:
        yield from (tag["Key"] for tag in tags)
    else:
        wanted = name.removeprefix(_TAG)
        yield from (tag["Value"] for tag in tags if tag["Key"] == wanted)


def _values(found: Any, path: Sequence[str]) -> Iterator[str]:
    """The texts at the end of a path of members; lists on the way fan out."""
    if isinstance(found, list | tuple):
        for item in found:
            yield from _values(item, path)
    elif path and isinstance(found, Mapping):
        if path[0] in found:
            yield from _values(found[path[0]], path[1:])
    elif not path and found is not None:
        yield _text(found)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value)


@lru_cache(maxsize=4096)
def _pattern(value: str) -> re.Pattern[str]:
    """`*` is any text, `?` any letter; a backslash takes either by its word."""
    parts = re.findall(r"\\.|[*?]|[^\\*?]+|\\", value, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    return re.compile(
        "".join(
            wild.get(p) or re.escape(p[1:] if len(p) == 2 and p[0] == "\\" else p) for p in parts
        ),
        re.DOTALL,
    )
