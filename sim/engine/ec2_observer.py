"""Independent judge of EC2's laws: addresses, parts, quota and client tokens, read off the journal.

Numbers of the laws (I11, I12, ...) follow the project's list of invariants in ARCHITECTURE.md.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sim.model.journal_entries import (
    ApiCalled,
    CustomerInstanceChanged,
    EnvironmentChanged,
    InstanceChanged,
    InstanceLaunched,
    JournalEntry,
    NetworkChanged,
    NetworkInterfaceChanged,
    VolumeChanged,
)

_HOLDERS = ("natgateway", "vpc-endpoint")
"""Kinds of records of the network that have interfaces of their own."""


@dataclass(frozen=True, slots=True)
class Ec2Bounds:
    """What the world says about its limits; all else is read off the journal."""

    address_counts: Mapping[str, int]
    """Addresses of each subnet that interfaces can have."""
    vcpu_quota: Callable[[], int | None]
    """vCPUs that the account may run now; None without a quota."""


class Check(Protocol):
    """Takes whether a law holds, its number, and what is wrong if not."""

    def __call__(self, holds: bool, law: str, text: str, /, *details: object) -> None:  # noqa: FBT001 - reads as a sentence
        """`text` has a `{}` for each detail."""
        ...


class Ec2Observer:
    """Folds the entries about EC2 into just enough state to judge them."""

    def __init__(self, check: Check, bounds: Ec2Bounds) -> None:
        self._check = check
        self._bounds = bounds
        self._launched: dict[str, InstanceLaunched | CustomerInstanceChanged] = {}
        self._stopped: set[str] = set()
        """Customers' instances whose vCPUs do not count."""
        self._gateways: set[str] = set()
        """What has interfaces without being an instance."""
        self._made_counts: dict[str, int] = {}
        """Addresses of the subnets that calls made."""
        self._vcpu_used = 0
        self._is_terminated: set[str] = set()
        self._interfaces_of: defaultdict[str, set[str]] = defaultdict(set)
        """Interfaces by what holds them."""
        self._volumes_of: Counter[str] = Counter()
        self._used_names: set[str] = set()
        """Every interface and volume that there ever was."""
        self._held: set[tuple[str, str]] = set()
        """Subnet and address of every interface."""
        self._held_counts: Counter[str] = Counter()
        self._token_of_call: dict[int, str] = {}
        self._call_of_token: dict[str, int] = {}
        """The call with a token that launched."""
        self._made_with: dict[str, str] = {}
        """What the first call that succeeded with a token named."""

    def see(self, entry: JournalEntry) -> None:
        """Take one journal entry."""
        match entry:
            case EnvironmentChanged():  # there are as many of them as of anything, and EC2 has none
                pass
            case ApiCalled(operation="ec2:RunInstances", error_code=""):
                self._see_run(entry)
            case InstanceLaunched():
                self._see_launch(entry)
            case InstanceChanged():
                self._see_move(entry)
            case NetworkInterfaceChanged():
                self._see_interface(entry)
            case VolumeChanged():
                self._see_volume(entry)
            case CustomerInstanceChanged() | NetworkChanged():
                self._see_customer(entry)
            case _:
                pass

    def _see_move(self, entry: InstanceChanged) -> None:
        if entry.new_state == "running":
            self._see_running(entry)
        elif entry.new_state == "terminated":
            self._see_end(entry.instance_id)

    def _see_customer(self, entry: CustomerInstanceChanged | NetworkChanged) -> None:
        match entry:
            case CustomerInstanceChanged():
                self._see_customer_instance(entry)
            case NetworkChanged(resource="subnet", change="created"):
                self._made_counts[entry.identifier] = entry.address_count
            case NetworkChanged(change="created") if entry.resource in _HOLDERS:
                self._gateways.add(entry.identifier)
            case NetworkChanged(change="deleted") if entry.resource in _HOLDERS:
                self._gateways.remove(entry.identifier)
                is_alone = not self._interfaces_of[entry.identifier]
                self._check(is_alone, "I11", "{} is deleted with interfaces", entry.identifier)
            case _:
                pass

    def _see_customer_instance(self, entry: CustomerInstanceChanged) -> None:
        """I14: new names. I17: customers' instances count toward the quota unless stopped."""
        name = entry.instance_id
        match entry.new_state:
            case "pending":
                is_new = name not in self._launched
                self._check(is_new or name in self._stopped, "I14", "{} was used before", name)
                self._launched[name] = entry
                self._stopped.discard(name)
                self._take_vcpu(name, entry.vcpu)
            case "stopped":
                self._stopped.add(name)
                self._vcpu_used -= entry.vcpu
            case "terminated":
                self._see_end(name)
            case _:
                pass

    def _take_vcpu(self, name: str, vcpu: int) -> None:
        """I17: vCPUs within the account's quota."""
        self._vcpu_used += vcpu
        quota = self._bounds.vcpu_quota()
        self._check(
            quota is None or self._vcpu_used <= quota,
            "I17",
            "{}: the account runs {} vCPUs of {}",
            name,
            self._vcpu_used,
            quota,
        )

    def _see_run(self, entry: ApiCalled) -> None:
        """I28: whoever repeats a client token gets the instances of the first time."""
        token = _token(entry)
        if not token:
            return
        self._token_of_call[entry.call] = token
        first = self._made_with.setdefault(token, entry.resource)
        self._check(
            first == entry.resource, "I28", "{} gave {}, then {}", token, first, entry.resource
        )

    def _see_launch(self, entry: InstanceLaunched) -> None:
        """I28: a token launches in one call only."""
        self._launched[entry.instance_id] = entry
        self._take_vcpu(entry.instance_id, entry.vcpu)
        token = self._token_of_call.get(entry.call, "")
        if token:
            call = self._call_of_token.setdefault(token, entry.call)
            self._check(
                call == entry.call, "I28", "{} launched in calls {}, {}", token, call, entry.call
            )

    def _see_running(self, entry: InstanceChanged) -> None:
        """I11: an instance that runs has its interface and at least one volume."""
        name = entry.instance_id
        is_whole = bool(self._interfaces_of[name]) and self._volumes_of[name] > 0
        self._check(is_whole, "I11", "{} runs without interface or volume", name)

    def _see_end(self, name: str) -> None:
        """I11: no interface and no volume outlives its instance."""
        is_alone = not self._interfaces_of[name] and self._volumes_of[name] == 0
        self._check(is_alone, "I11", "{} is terminated and leaves an interface or a volume", name)
        self._is_terminated.add(name)
        if name in self._launched and name not in self._stopped:
            self._vcpu_used -= self._launched[name].vcpu

    def _see_interface(self, entry: NetworkInterfaceChanged) -> None:
        if entry.change == "created":
            self._see_new_interface(entry)
            return
        known = self._interfaces_of[entry.instance_id]
        name = entry.network_interface_id
        self._check(
            name in known, "I11", "{} is deleted, {} was attached", name, known or "nothing"
        )
        known.discard(name)
        self._held.discard((entry.subnet, entry.private_address))
        self._held_counts[entry.subnet] -= 1

    def _see_new_interface(self, entry: NetworkInterfaceChanged) -> None:
        """I12: no address twice, nor more than there are. I13: in the instance's subnet. I14."""
        name, subnet, instance = entry.network_interface_id, entry.subnet, entry.instance_id
        is_gateway = instance in self._gateways
        self._judge_part(name, instance)
        is_first = not self._interfaces_of[instance] or is_gateway
        self._check(is_first, "I11", "{} gets a second interface", instance)
        address = (subnet, entry.private_address)
        self._check(address not in self._held, "I12", "{} has {}, which is held", name, address)
        self._interfaces_of[instance].add(name)
        self._held.add(address)
        self._held_counts[subnet] += 1
        held, count = self._held_counts[subnet], self._address_count(subnet)
        self._check(
            count is None or held <= count, "I12", "{}: {} of {} addresses", subnet, held, count
        )
        launch = self._launched.get(instance)
        self._check(
            is_gateway or (launch is not None and launch.subnet == subnet),
            "I13",
            "{} of {} lies in {}",
            name,
            instance,
            subnet,
        )

    def _address_count(self, subnet: str) -> int | None:
        return self._made_counts.get(subnet, self._bounds.address_counts.get(subnet))

    def _see_volume(self, entry: VolumeChanged) -> None:
        if entry.change == "created":
            self._judge_part(entry.volume_id, entry.instance_id)
            self._volumes_of[entry.instance_id] += 1
        else:
            self._volumes_of[entry.instance_id] -= 1

    def _judge_part(self, name: str, instance: str) -> None:
        """I11: parts belong to living instances. I14: their names are never used twice."""
        is_living = instance in self._gateways or (
            instance in self._launched and instance not in self._is_terminated
        )
        self._check(is_living, "I11", "{} is made for {}, which does not live", name, instance)
        self._check(name not in self._used_names, "I14", "{} was used before", name)
        self._used_names.add(name)


def _token(entry: ApiCalled) -> str:
    """The client token of a call; empty if it has none."""
    pairs = (part.partition("=") for part in entry.detail.split(" "))
    return next((value for name, _, value in pairs if name == "token"), "")
