"""Network interfaces and the addresses of subnets: one interface and one address per instance.

No address is held twice at a time, and what is free is known without looking at any instance.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from sim.engine.foundation import Foundation
from sim.model.api_results import ApiError
from sim.model.capacity_provider import Subnet
from sim.model.identifiers import InstanceId
from sim.model.journal_entries import NetworkInterfaceChanged, ResourceChange


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    """An interface with its one private address."""

    network_interface_id: str
    subnet: str
    private_address: str


@dataclass(slots=True)
class _Addresses:
    """The addresses of one subnet: never used ones in order, then those free for longest."""

    subnet: Subnet
    used_count: int = 0
    """How many addresses were ever given out; the next fresh one comes after them."""
    returned: deque[str] = field(default_factory=deque)
    others_count: int = 0
    """Held by interfaces outside of this simulation; which addresses they are does not matter."""

    def free_count(self) -> int:
        """Addresses that can be had; none also when others were given more than there were."""
        own_free_count = self.subnet.address_count - self.used_count + len(self.returned)
        return max(0, own_free_count - self.others_count)

    def take(self) -> str:
        assert self.free_count() > 0, f"{self.subnet.subnet_id} has no address left"
        if self.used_count == self.subnet.address_count:
            return self.returned.popleft()
        self.used_count += 1
        return str(IPv4Address(self.subnet.first_address) + self.used_count - 1)


class NetworkInterfaces:
    """The interfaces of managed instances; each lives as long as its instance."""

    def __init__(self, foundation: Foundation, subnets: Sequence[Subnet]) -> None:
        self._kernel = foundation.kernel
        self._journal = foundation.journal
        self._identifiers = foundation.identifiers
        self._addresses = {s.subnet_id: _Addresses(s) for s in subnets}
        self._held_by: dict[InstanceId, NetworkInterface] = {}

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
        return self._held_by[instance_id]

    def create(self, instance_id: InstanceId, subnet_id: str) -> None:
        """Make an interface for an instance and attach it; asserts that an address is free."""
        interface = NetworkInterface(
            network_interface_id=self._identifiers.network_interface(),
            subnet=subnet_id,
            private_address=self._addresses[subnet_id].take(),
        )
        self._held_by[instance_id] = interface
        self._record(instance_id, interface, ResourceChange.CREATED)

    def delete(self, instance_id: InstanceId) -> None:
        """Delete the interface of an instance that ends, DeleteOnTermination being set."""
        interface = self._held_by.pop(instance_id)
        self._addresses[interface.subnet].returned.append(interface.private_address)
        self._record(instance_id, interface, ResourceChange.DELETED)

    def refusal(self, subnet_id: str) -> ApiError:
        """InsufficientFreeAddressesInSubnet, as RunInstances words it."""
        return ApiError(
            "InsufficientFreeAddressesInSubnet",
            f"There are not enough free addresses in subnet '{subnet_id}' to satisfy the "
            "requested number of instances.",
        )

    def _record(
        self, instance_id: InstanceId, interface: NetworkInterface, change: ResourceChange
    ) -> None:
        self._journal.append(
            NetworkInterfaceChanged(
                time_us=self._kernel.now_us,
                network_interface_id=interface.network_interface_id,
                instance_id=instance_id,
                subnet=interface.subnet,
                private_address=interface.private_address,
                change=change.value,
            )
        )
