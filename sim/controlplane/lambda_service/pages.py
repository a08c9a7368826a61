"""Lists come in pages: a marker says behind which entry to go on, so none is lost or repeated.

Entries are sorted by a key that never changes. What is made or deleted between two pages is there
or not; everything else comes exactly once.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from itertools import islice
from typing import TypeVar

from sim.controlplane.errors import invalid_parameter
from sim.model.api_results import ApiError

Key = tuple[str | int, ...]
Entry = TypeVar("Entry")


def key_of(marker: str | None, shape: tuple[type, ...]) -> Key | ApiError | None:
    """The key that a marker holds, whose parts are of these types (the error's text is assumed)."""
    if marker is None:
        return None
    try:
        parts = json.loads(base64.b64decode(marker, validate=True))
    except (binascii.Error, ValueError):
        return _invalid()
    is_key = isinstance(parts, list) and [type(part) for part in parts] == list(shape)
    return tuple(parts) if is_key else _invalid()


def page(entries: Iterator[tuple[Key, Entry]], size: int) -> tuple[list[Entry], dict[str, str]]:
    """The next `size` entries, and `NextMarker` if there are more."""
    taken = list(islice(entries, size + 1))
    shown = taken[:size]
    marker = {"NextMarker": _marker(shown[-1][0])} if len(taken) > size else {}
    return [entry for _, entry in shown], marker


def _marker(key: Key) -> str:
    return base64.b64encode(json.dumps(key).encode()).decode()


def _invalid() -> ApiError:
    return invalid_parameter("The marker is not one that this operation has answered")
