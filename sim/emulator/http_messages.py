"""HTTP as the emulator sees it inside: whole messages, whatever server brings them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request whose body has arrived."""

    method: str
    """In capitals."""
    path: str
    """As it stands in the request line, percent signs included, without the query."""
    query: str
    """As it stands after the question mark; empty without one."""
    headers: Mapping[str, str]
    """Names in small letters; of a name that comes twice both values, joined by a comma."""
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What goes back."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
