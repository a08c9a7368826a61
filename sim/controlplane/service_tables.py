"""Tables over all services of which a service's part is loaded when somebody asks for it.

Most worlds call Lambda alone; the operations and shapes of the others take a tenth of a start.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Final, TypeVar

V = TypeVar("V")

Parts = Mapping[str, tuple[str, ...]]
"""Modules by the service, as it is written before the colon of an operation."""

_OBSERVABILITY: Final = "sim.controlplane.observability"
OPERATION_MODULES: Final[Parts] = {
    "lambda": ("sim.controlplane.lambda_service.operations",),
    "iam": ("sim.controlplane.iam_service.operations",),
    "sts": ("sim.controlplane.sts_service.operations",),
    "organizations": ("sim.controlplane.organizations_service.operations",),
    "ec2": ("sim.controlplane.ec2_service.operations",),
    **dict.fromkeys(("cloudwatch", "logs", "cloudtrail"), (f"{_OBSERVABILITY}.operations",)),
}
INPUT_MODULES: Final[Parts] = {
    "lambda": tuple(
        f"sim.controlplane.lambda_service.{name}_inputs"
        for name in ("capacity_provider", "function", "access")
    ),
    "iam": tuple(
        f"sim.controlplane.iam_service.{name}_inputs" for name in ("role", "policy", "user")
    ),
    "sts": ("sim.controlplane.sts_service.sts_inputs",),
    "organizations": ("sim.controlplane.organizations_service.organizations_inputs",),
    "ec2": ("sim.controlplane.ec2_service.inputs",),
    **dict.fromkeys(("cloudwatch", "logs", "cloudtrail"), (f"{_OBSERVABILITY}.inputs",)),
}


class ServiceTables(Mapping[str, V]):
    """Values by operation, `service:Name`; to go through all of them loads every service."""

    def __init__(self, parts: Parts, name: str) -> None:
        """Each module of `parts` has its table under `name`."""
        self._parts = parts
        self._name = name
        self._loaded: dict[str, dict[str, V]] = {}

    def __getitem__(self, operation: str) -> V:
        """What belongs to an operation; KeyError for one that no service has."""
        return self._part(operation.partition(":")[0])[operation]

    def __iter__(self) -> Iterator[str]:
        """All operations, service by service."""
        for service in self._parts:
            yield from (o for o in self._part(service) if o.startswith(f"{service}:"))

    def __len__(self) -> int:
        """Number of operations of all services."""
        return sum(1 for _ in self)

    def _part(self, service: str) -> Mapping[str, V]:
        if service not in self._loaded:
            tables = (getattr(import_module(m), self._name) for m in self._parts.get(service, ()))
            self._loaded[service] = {o: value for table in tables for o, value in table.items()}
        return self._loaded[service]
