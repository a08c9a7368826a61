"""Keeps the EC2 instance types that a capacity provider may name, with their size and price."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sim.facts.fact_files import data_folder
from sim.units import MIB_PER_GIB, NANO_USD_PER_USD

_FAMILY = re.compile(r"(?P<letter>[cmr])(?P<generation>\d+)(?P<processor>[aig]?)(?P<suffix>.*)")


class LmiSupport(StrEnum):
    """Whether there is evidence that Lambda Managed Instances launches the type."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class SizeClass(StrEnum):
    """The sort of size: an ordinary one, a flex one (less CPU on average) or bare metal."""

    STANDARD = "std"
    FLEX = "flex"
    METAL = "metal"


@dataclass(frozen=True, slots=True)
class InstanceType:
    """One EC2 instance type; source and date of every column are in data/README.md."""

    name: str
    family: str
    """Text before the dot, e.g. `m7gd`."""
    family_letter: str
    """`c`, `m` or `r`."""
    generation: int
    processor: str
    """`a` (AMD), `i` (Intel), `g` (Graviton), or empty for Intel of generation 5."""
    suffix: str
    """What follows the processor in the family, e.g. `d`, `n`, `dn`, `flex`; empty if plain."""
    size: str
    """Text after the dot, e.g. `xlarge`."""
    size_class: SizeClass
    architecture: str
    """`x86_64` or `arm64`."""
    vcpu: int
    memory_mib: int
    nano_usd_per_hour: int
    """On-Demand price in us-east-1, Linux, shared tenancy, in nano-dollars."""
    lmi_supported: LmiSupport
    availability_zone_letters: tuple[str, ...]
    """Zones of us-east-1 that offer the type; empty where not known, then offered in all."""

    @property
    def is_lmi_candidate(self) -> bool:
        """True unless the type is flex, metal or known to be refused (smaller than large)."""
        return self.size_class is SizeClass.STANDARD and self.lmi_supported is not LmiSupport.NO


class _Row(BaseModel):
    """One line of the file, as written."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    instance_type: Annotated[str, Field(pattern=r"^[cmr]\d+[a-z]*(-flex)?\.[a-z0-9-]+$")]
    family: str
    arch: Literal["x86_64", "arm64"]
    vcpu: Annotated[int, Field(ge=1)]
    memory_gib: Annotated[Decimal, Field(gt=0)]
    usd_per_hour_us_east_1: Annotated[Decimal, Field(gt=0)]
    lmi_supported: LmiSupport
    size_class: SizeClass
    us_east_1_azs: Annotated[str, Field(pattern=r"^([a-z](\|[a-z])*)?$")]

    def instance_type_value(self) -> InstanceType:
        """Return the same type in kept form; a family that contradicts its name is an assertion."""
        family, _, size = self.instance_type.partition(".")
        parts = _FAMILY.fullmatch(family)
        assert parts is not None
        assert family == self.family
        return InstanceType(
            name=self.instance_type,
            family=family,
            family_letter=parts["letter"],
            generation=int(parts["generation"]),
            processor=parts["processor"],
            suffix=parts["suffix"].removeprefix("-"),
            size=size,
            size_class=self.size_class,
            architecture=self.arch,
            vcpu=self.vcpu,
            memory_mib=_whole(self.memory_gib * MIB_PER_GIB),
            nano_usd_per_hour=_whole(self.usd_per_hour_us_east_1 * NANO_USD_PER_USD),
            lmi_supported=self.lmi_supported,
            availability_zone_letters=tuple(filter(None, self.us_east_1_azs.split("|"))),
        )


@cache
def instance_types() -> Mapping[str, InstanceType]:
    """Return every known C, M and R type of generation 5 or later by name, in file order."""
    text = (data_folder() / "instance_types.csv").read_text(encoding="utf-8")
    rows = [_Row.model_validate(row) for row in csv.DictReader(text.splitlines())]
    found = {row.instance_type: row.instance_type_value() for row in rows}
    assert len(found) == len(rows), "an instance type is listed twice"
    return MappingProxyType(found)


def _whole(value: Decimal) -> int:
    assert value == value.to_integral_value(), f"{value} is not a whole number"
    return int(value)
