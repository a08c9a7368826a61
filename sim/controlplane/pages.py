"""Lists page by page: the next page begins behind the last entry shown, whatever came or went.

A marker is the key of the last entry shown, so that no entry that stays is lost or repeated. What
is made or deleted between two pages is there or not.
"""

import base64
import binascii
import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Generic, TypeVar

Key = tuple[str | int, ...]
"""What orders a list: unique, and never changed."""
Entry = TypeVar("Entry")


class InvalidMarkerError(ValueError):
    """A marker that no page gave; the service says so in its own words."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Entry]):
    """Some entries in order, and where the next page begins."""

    entries: tuple[Entry, ...]
    marker: str | None
    """None on the last page."""


def key_of(marker: str, shape: tuple[type, ...]) -> Key:
    """The key that a marker holds, whose parts are of these types.

    Raises InvalidMarkerError for a marker that is none.
    """
    try:
        parts = json.loads(base64.b64decode(marker.encode(), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise InvalidMarkerError(marker) from error
    if not isinstance(parts, list) or [type(part) for part in parts] != list(shape):
        raise InvalidMarkerError(marker)
    return tuple(parts)


def first_page(following: Iterator[tuple[Key, Entry]], size: int) -> Page[Entry]:
    """The first entries of those that follow a marker, in order; no more of them are looked at."""
    taken = list(islice(following, size + 1))
    shown = taken[:size]
    marker = _marker(shown[-1][0]) if len(taken) > size else None
    return Page(tuple(entry for _, entry in shown), marker)


def page_of(
    keyed: Iterable[tuple[str, Entry]], *, marker: str | None, entries_max: int
) -> Page[Entry]:
    """The entries behind the marker, of all entries in any order, each with its key.

    Raises InvalidMarkerError for a marker that is none.
    """
    following = behind(keyed, marker)
    return first_page((((key,), entry) for key, entry in following), entries_max)


def behind(keyed: Iterable[tuple[str, Entry]], marker: str | None) -> Sequence[tuple[str, Entry]]:
    """The entries behind the marker in order, all without one, each with its key.

    Raises InvalidMarkerError for a marker that is none.
    """
    ordered = sorted(keyed, key=itemgetter(0))
    if marker is None:
        return ordered
    (last,) = key_of(marker, (str,))
    return ordered[bisect_right(ordered, str(last), key=itemgetter(0)) :]


def _marker(key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()
