"""The sound parts of a scenario, so that one broken value does not hide the mistakes elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from sim.errors import Problem
from sim.scenario.account import InlinePolicy, Role, User
from sim.scenario.capacity_provider import CapacityProvider
from sim.scenario.document import Document, Path, Plain
from sim.scenario.function import Function
from sim.scenario.network import Subnet
from sim.scenario.script import Call
from sim.scenario.validation import validate_as
from sim.scenario.workload import Workload
from sim.units import UnitError, parse_duration_us

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Parts:
    """Every list item that is valid by itself, by its path; and all names, broken items' too."""

    document: Document
    users: dict[Path, User]
    roles: dict[Path, Role]
    guardrails: dict[Path, InlinePolicy]
    """Service control policies of all levels."""
    subnets: dict[Path, Subnet]
    capacity_providers: dict[Path, CapacityProvider]
    functions: dict[Path, Function]
    workloads: dict[Path, Workload]
    script: dict[Path, Call]

    @classmethod
    def of(cls, document: Document) -> "Parts":
        """Validate the items of all lists one by one; broken ones are left out."""
        levels = len(_list_at(document.value, ("account", "service_control_policies")))
        guardrails: dict[Path, InlinePolicy] = {}
        for level in range(levels):
            place = ("account", "service_control_policies", level)
            guardrails |= _sound(document, place, InlinePolicy)
        return cls(
            document=document,
            users=_sound(document, ("account", "users"), User),
            roles=_sound(document, ("account", "roles"), Role),
            guardrails=guardrails,
            subnets=_sound(document, ("network", "subnets"), Subnet),
            capacity_providers=_sound(document, ("capacity_providers",), CapacityProvider),
            functions=_sound(document, ("functions",), Function),
            workloads=_sound(document, ("workloads",), Workload),
            script=_sound(document, ("script",), Call),
        )

    def names(self, *place: str | int, key: str = "name") -> dict[Path, str]:
        """Texts under a key in all items of a list, by path; of a list of texts, the items."""
        found: dict[Path, str] = {}
        for index, item in enumerate(_list_at(self.document.value, place)):
            if isinstance(item, str):
                found[(*place, index)] = item
            elif isinstance(item, dict) and isinstance(name := item.get(key), str):
                found[(*place, index, key)] = name
        return found

    def durations_us(self, *place: str | int, key: str) -> dict[Path, int]:
        """Durations under a key in all items of a list, by path; what is none is left out."""
        found: dict[Path, int] = {}
        for path, written in self.names(*place, key=key).items():
            try:
                found[path] = parse_duration_us(written)
            except UnitError:
                continue
        return found

    def items(self, *place: str | int) -> list[Path]:
        """Paths of all items of a list, broken ones too."""
        return [(*place, index) for index in range(len(_list_at(self.document.value, place)))]

    def is_list_or_absent(self, place: Path) -> bool:
        """Whether a place holds a list, or nothing because its key is not written."""
        value = self.document.value
        for part in place:
            if not isinstance(value, dict):
                return False
            if part not in value:
                return True
            value = value[str(part)]
        return isinstance(value, list)

    def duration_us(self, key: str) -> int | None:
        """A duration at the top of the file; None if it is missing or wrong."""
        value = self.document.value
        try:
            return parse_duration_us(value.get(key)) if isinstance(value, dict) else None
        except UnitError:
            return None

    def text(self, key: str, default: str) -> str | None:
        """A text at the top of the file; None if it is not text."""
        value = self.document.value
        written = value.get(key, default) if isinstance(value, dict) else None
        return written if isinstance(written, str) else None

    def problem(self, path: Path, code: str, message: str, advice: str = "") -> Problem:
        """A problem with the value at a path; if it is not written, at its parent's key."""
        is_written = path in self.document.values
        at = self.document.value_at(path) if is_written else self.document.key_at(path)
        return at.problem(code, message, path=path, advice=advice)


def _sound(document: Document, place: Path, model: type[_Model]) -> dict[Path, _Model]:
    return dict(_sound_items(document, place, model))


def _sound_items(
    document: Document, place: Path, model: type[_Model]
) -> Iterator[tuple[Path, _Model]]:
    for index, item in enumerate(_list_at(document.value, place)):
        try:
            yield (*place, index), validate_as(model, item)
        except ValidationError:
            continue


def _list_at(value: Plain, place: Path) -> list[Plain]:
    for part in place:
        if isinstance(value, dict):
            value = value.get(str(part))
        elif isinstance(value, list) and isinstance(part, int):
            value = value[part]
        else:
            return []
    return value if isinstance(value, list) else []
