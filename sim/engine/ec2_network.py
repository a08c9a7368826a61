"""The network of the account: every record once, whether the scenario or a call made it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TypeVar, cast

from sim.engine.foundation import Foundation
from sim.model.capacity_provider import Subnet
from sim.model.journal_entries import NetworkChanged, ResourceChange
from sim.model.network import (
    NetworkResource,
    NetworkSubnet,
    RouteTable,
    SecurityGroup,
    TrafficRule,
    Vpc,
)

Record = TypeVar("Record", bound=NetworkResource)

EVERYTHING_OUT = TrafficRule(protocol="-1", from_port=None, to_port=None, peer="0.0.0.0/0")
"""The rule that every new security group has. Source: EC2 User Guide, default security groups."""


@dataclass(frozen=True, slots=True)
class FirstNetwork:
    """What there is of the network before anything is called."""

    subnets: Sequence[Subnet]
    security_groups: Sequence[str]
    vpc: str = "vpc-main"


class Network:
    """VPCs and what lies in them. Nothing is judged here: that is the business of the laws."""

    def __init__(self, foundation: Foundation, first: FirstNetwork) -> None:
        self._kernel = foundation.kernel
        self._journal = foundation.journal
        self._identifiers = foundation.identifiers
        self._kept: dict[type[NetworkResource], dict[str, NetworkResource]] = {}
        self._hidden: Counter[str] = Counter()
        """How often a record was taken away by a fault and not given back; none with zero."""
        for record in _first_records(first):
            self._keep(record)
        for vpc in self.all(Vpc):
            self._furnish(vpc, self._keep)

    def find(self, kind: type[Record], identifier: str) -> Record | None:
        """The record of that kind and identifier, if it exists."""
        return None if identifier in self._hidden else self._of_kind(kind).get(identifier)

    def all(self, kind: type[Record]) -> list[Record]:
        """Every record of a kind, in the order in which they were made."""
        return [r for name, r in self._of_kind(kind).items() if name not in self._hidden]

    def any_kind(self, identifier: str) -> NetworkResource | None:
        """The record of that identifier, whatever it is."""
        return next((r for kind in self._kept if (r := self.find(kind, identifier))), None)

    def everything(self) -> Iterable[NetworkResource]:
        """Every record of every kind."""
        return [record for kind in self._kept for record in self.all(kind)]

    def new_identifier(self, prefix: str) -> str:
        """An identifier that no record has or had, also not one that the scenario chose."""
        while True:
            identifier = self._identifiers.resource(prefix)
            if not any(identifier in kept for kept in self._kept.values()):
                return identifier

    def add(self, record: NetworkResource) -> None:
        """Take in a record that a call made."""
        self._keep(record)
        self.note(record, ResourceChange.CREATED)

    def remove(self, record: NetworkResource) -> None:
        """Give up a record; whether that may be was asked before."""
        del self._kept[type(record)][record.identifier]
        self.note(record, ResourceChange.DELETED)

    def note(self, record: NetworkResource, change: ResourceChange) -> None:
        """Write down what happened to a record; whoever changes one calls this."""
        subnet = record.subnet if isinstance(record, NetworkSubnet) else None
        self._journal.append(
            NetworkChanged(
                time_us=self._kernel.now_us,
                resource=record.kind,
                identifier=record.identifier,
                change=change.value,
                vpc=vpc_of(record),
                address_count=subnet.address_count if subnet else 0,
            )
        )

    def hide(self, identifier: str) -> None:
        """Lever: take a record away as if somebody had deleted it; what uses it goes on."""
        self._hidden[identifier] += 1

    def show(self, identifier: str) -> None:
        """Lever: take one hiding back, under the old identifier."""
        self._hidden -= Counter([identifier])

    def add_vpc(self, vpc: Vpc) -> None:
        """Take in a VPC with what every VPC comes with: a main route table, a default group."""
        self.add(vpc)
        self._furnish(vpc, self.add)

    def _furnish(self, vpc: Vpc, add: Callable[[NetworkResource], None]) -> None:
        add(
            RouteTable(
                identifier=self.new_identifier("rtb"),
                vpc=vpc.identifier,
                is_main=True,
                main_association=self.new_identifier("rtbassoc"),
            )
        )
        add(
            SecurityGroup(
                identifier=self.new_identifier("sg"),
                vpc=vpc.identifier,
                name="default",
                description="default VPC security group",
                egress=(EVERYTHING_OUT,),
            )
        )

    def _of_kind(self, kind: type[Record]) -> dict[str, Record]:
        # INVARIANT: `_keep` puts every record under its own type.
        return cast("dict[str, Record]", self._kept.get(kind, {}))

    def _keep(self, record: NetworkResource) -> None:
        self._kept.setdefault(type(record), {})[record.identifier] = record


def _first_records(first: FirstNetwork) -> Iterable[NetworkResource]:
    vpc = Vpc(identifier=first.vpc, cidr=_around(s.cidr for s in first.subnets))
    yield vpc
    for subnet in first.subnets:
        yield NetworkSubnet(identifier=subnet.subnet_id, vpc=vpc.identifier, subnet=subnet)
    for group in first.security_groups:
        yield SecurityGroup(
            identifier=group,
            vpc=vpc.identifier,
            name=group,
            description=group,
            egress=(EVERYTHING_OUT,),
        )


def vpc_of(record: NetworkResource) -> str:
    """The VPC in which a record lies; empty for one that lies in none."""
    return record.identifier if isinstance(record, Vpc) else getattr(record, "vpc", "")


def _around(cidrs: Iterable[str]) -> str:
    """The smallest range with all of these in it; empty when none is known."""
    ranges = [IPv4Network(cidr) for cidr in cidrs if cidr]
    if not ranges:
        return ""
    around = ranges[0]
    while not all(around.supernet_of(r) for r in ranges):
        around = around.supernet()
    return str(around)
