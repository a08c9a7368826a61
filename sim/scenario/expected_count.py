"""How many of something a scenario expects: a number, or a bound such as `>=3`."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

_PATTERN = r"^(>=|<=)? ?([0-9]{1,9})$"
_FORMS = 'a number such as 3, or a bound in quotes such as ">=3" or "<=3"'


@dataclass(frozen=True, slots=True)
class ExpectedCount:
    """The numbers from `low` to `high` that are right; None is without end."""

    low: int
    high: int | None

    def __contains__(self, number: int) -> bool:
        """Whether a counted number is right."""
        return self.low <= number and (self.high is None or number <= self.high)

    def __str__(self) -> str:
        """The text that reads back as this count."""
        if self.high is None:
            return f">={self.low}"
        return str(self.low) if self.low == self.high else f"<={self.high}"


def parse_count(written: object) -> ExpectedCount:
    """Read `3`, `>=3` or `<=3`; ValueError names the accepted forms."""
    is_number = isinstance(written, int) and not isinstance(written, bool)
    found = re.match(_PATTERN, str(written)) if is_number or isinstance(written, str) else None
    if found is None:
        raise ValueError(f"count `{str(written)[:40]}` is not understood: expected {_FORMS}")
    number = int(found[2])
    match found[1]:
        case ">=":
            return ExpectedCount(number, None)
        case "<=":
            return ExpectedCount(0, number)
        case _:
            return ExpectedCount(number, number)


SOME = ExpectedCount(1, None)
"""At least one."""

CountText = Annotated[
    ExpectedCount,
    PlainValidator(parse_count),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": _PATTERN}]}
    ),
]
