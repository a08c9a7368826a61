"""Lists page by page: the next page begins behind the last entry shown, whatever came or went."""

import base64
import binascii
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Entry = TypeVar("Entry")


class InvalidMarkerError(ValueError):
    """A marker that no page gave; the service says so in its own words."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Entry]):
    """Some entries in order, and where the next page begins."""

    entries: tuple[Entry, ...]
    marker: str | None
    """None on the last page."""


def page_of(
    keyed: Iterable[tuple[str, Entry]], *, marker: str | None, entries_max: int
) -> Page[Entry]:
    """The entries behind the marker, in the order of their keys, which are unique.

    A marker is the key of the last entry shown, so that no entry that stays is lost or repeated.
    Raises InvalidMarkerError for a marker that is none.
    """
    ordered = sorted(keyed, key=lambda pair: pair[0])
    start = 0 if marker is None else bisect_right(ordered, _key(marker), key=lambda p: p[0])
    shown = ordered[start : start + entries_max]
    has_more = start + entries_max < len(ordered)
    return Page(tuple(entry for _, entry in shown), _marker(shown[-1][0]) if has_more else None)


def _marker(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _key(marker: str) -> str:
    try:
        return base64.b64decode(marker.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise InvalidMarkerError(marker) from error
