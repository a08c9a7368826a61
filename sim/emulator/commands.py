"""What is done to a world from outside: commands are all that has to be kept to have it again."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

_BYTES: Final = "$bytes"
_TIME: Final = "$time"


class CommandKind(StrEnum):
    """What kind of act it is."""

    CALL = "call"
    """Somebody calls an operation."""
    ADVANCE = "advance"
    """Time passes up to `to`."""
    NEXT_EVENT = "next_event"
    SETTLE = "settle"
    PACE = "pace"
    """The clock has the mode `mode` from now on."""


@dataclass(frozen=True, slots=True)
class Command:
    """One act, with everything that it depends on besides the world before it."""

    kind: CommandKind
    world_us: int
    """World time at which it is done."""
    credentials_us: int
    """Time by which credentials end, see `Account.credential_clock`."""
    operation: str = ""
    access_key_id: str = ""
    """Who calls; empty: the first user of the account."""
    is_observed: bool = False
    """Whether a call moves no time."""
    body: Mapping[str, object] = field(default_factory=dict)
    """The input of a call, or what the act says."""

    def to_json(self) -> str:
        """The command as one line of JSON with sorted keys."""
        content = {
            "kind": self.kind.value,
            "world_us": self.world_us,
            "credentials_us": self.credentials_us,
            "operation": self.operation,
            "access_key_id": self.access_key_id,
            "is_observed": self.is_observed,
            "body": self.body,
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":"), default=_written)


def command_of(text: str) -> Command:
    """The command of such a line; ValueError, KeyError or TypeError if it is none."""
    content = json.loads(text, object_hook=_read)
    return Command(**{**content, "kind": CommandKind(content["kind"])})


def _written(value: object) -> object:
    match value:
        case bytes():
            return {_BYTES: base64.b64encode(value).decode()}
        case datetime():
            return {_TIME: value.isoformat()}
        case _:
            raise TypeError(f"{type(value).__name__} is no value of a request")


def _read(content: dict[str, Any]) -> object:
    if len(content) == 1:
        ((name, value),) = content.items()
        if name == _BYTES:
            return base64.b64decode(value)
        if name == _TIME:
            return datetime.fromisoformat(value)
    return content
