"""Network interfaces and the addresses of subnets: every interface has one address.

No address is held twice at a time, and what is free is known without looking at any instance.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from types import MappingProxyType

from sim.engine.foundation import Foundation
from sim.model.api_results import ApiError
from sim.model.capacity_provider import Subnet
from sim.model.identifiers import InstanceId
from sim.model.journal_entries import NetworkInterfaceChanged, ResourceChange


@dataclass(slots=True)
class NetworkInterface:
    """An interface with its one private address."""

    network_interface_id: str
    subnet: str
    private_address: str
    holder: str
    """Identifier of what it belongs to: an instance, a NAT gateway or a VPC endpoint."""
    security_groups: tuple[str, ...]
    operator: str | None
    """Who operates it with its instance; None for a customer's own."""
    tags: Mapping[str, str]
    created_us: int


@dataclass(slots=True)
class _Addresses:
    """The addresses of one subnet: never used ones in order, then those free for longest."""

    subnet: Subnet
    first_number: int
    """The lowest address as a number."""
    used_count: int = 0
    """How many addresses were ever given out; the next fresh one comes after them."""
    returned: deque[str] = field(default_factory=deque)
    others_count: int = 0
    """Held by interfaces outside of this simulation; which addresses they are does not matter."""

    @classmethod
    def of(cls, subnet: Subnet) -> "_Addresses":
        return cls(subnet, int(IPv4Address(subnet.first_address)))

    def free_count(self) -> int:
        """Addresses that can be had; none also when others were given more than there were."""
        own_free_count = self.subnet.address_count - self.used_count + len(self.returned)
        return max(0, own_free_count - self.others_count)

    def take(self) -> str:
        assert self.free_count() > 0, f"{self.subnet.subnet_id} has no address left"
        if self.used_count == self.subnet.address_count:
            return self.returned.popleft()
        self.used_count += 1
        return str(IPv4Address(self.first_number + self.used_count - 1))


class NetworkInterfaces:
    """All interfaces; each lives as long as what holds it."""

    def __init__(self, foundation: Foundation, subnets: Sequence[Subnet]) -> None:
        self._kernel = foundation.kernel
        self._journal = foundation.journal
        self._identifiers = foundation.identifiers
        self._addresses = {s.subnet_id: _Addresses.of(s) for s in subnets}
        self._held_by: dict[str, list[NetworkInterface]] = {}

    def add_subnet(self, subnet: Subnet) -> None:
        """Let a new subnet have its addresses; identifiers are never used twice."""
        assert subnet.subnet_id not in self._addresses, f"{subnet.subnet_id} exists"
        self._addresses[subnet.subnet_id] = _Addresses.of(subnet)

    def free_count(self, subnet_id: str) -> int:
        """Addresses of a subnet that no interface has."""
        return self._addresses[subnet_id].free_count()

    def occupy(self, subnet_id: str, count: int) -> None:
        """Lever: give addresses of a subnet to others; a negative count gives them back."""
        addresses = self._addresses[subnet_id]
        addresses.others_count += count
        assert addresses.others_count >= 0, "more addresses were given back than taken"

    def of(self, instance_id: InstanceId) -> NetworkInterface:
        """The interface of an instance that is not terminated."""
        (interface,) = self._held_by[instance_id]
        return interface

    def held_by(self, holder: str) -> Sequence[NetworkInterface]:
        """The interfaces of a holder, none if it has none."""
        return self._held_by.get(holder, ())

    def all(self) -> Iterator[NetworkInterface]:
        """Every interface that exists, in the order in which their holders came."""
        for interfaces in self._held_by.values():
            yield from interfaces

    def create(
        self,
        holder: str,
        subnet_id: str,
        *,
        security_groups: Sequence[str] = (),
        operator: str | None = None,
        tags: Mapping[str, str] = MappingProxyType({}),
    ) -> NetworkInterface:
        """Make an interface for its holder and attach it; asserts that an address is free."""
        interface = NetworkInterface(
            network_interface_id=self._identifiers.network_interface(),
            subnet=subnet_id,
            private_address=self._addresses[subnet_id].take(),
            holder=holder,
            security_groups=tuple(security_groups),
            operator=operator,
            tags=tags,
            created_us=self._kernel.now_us,
        )
        self._held_by.setdefault(holder, []).append(interface)
        self._record(interface, ResourceChange.CREATED)
        return interface

    def delete(self, holder: str) -> None:
        """Delete the interfaces of what ends, DeleteOnTermination being set."""
        for interface in self._held_by.pop(holder):
            self._addresses[interface.subnet].returned.append(interface.private_address)
            self._record(interface, ResourceChange.DELETED)

    def refusal(self, subnet_id: str) -> ApiError:
        """InsufficientFreeAddressesInSubnet, as RunInstances words it."""
        return ApiError(
            "InsufficientFreeAddressesInSubnet",
            f"There are not enough free addresses in subnet '{subnet_id}' to satisfy the "
            "requested number of instances.",
        )

    def _record(self, interface: NetworkInterface, change: ResourceChange) -> None:
        self._journal.append(
            NetworkInterfaceChanged(
                time_us=self._kernel.now_us,
                network_interface_id=interface.network_interface_id,
                instance_id=interface.holder,
                subnet=interface.subnet,
                private_address=interface.private_address,
                change=change.value,
            )
        )
