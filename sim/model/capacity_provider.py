"""A capacity provider: where managed instances may run, which, how many, under which role."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sim.model.execution_environment import ExecutionEnvironment
from sim.model.fleet import Fleet
from sim.model.function_version import FunctionVersion
from sim.model.states import CapacityProviderState, moved


@dataclass(frozen=True, slots=True)
class Subnet:
    """One subnet of the customer's VPC; a subnet lies in exactly one Availability Zone."""

    subnet_id: str
    availability_zone: str
    address_count: int
    """Addresses that instances can have: the CIDR's size less the five that AWS reserves."""
    first_address: str
    """The lowest of them, IPv4; the others follow it without a gap."""
    cidr: str = ""
    """The IPv4 range; empty where nobody asks for it."""


@dataclass(frozen=True, slots=True)
class SystemLog:
    """Where the system log of a provider goes, and the lowest level that is written."""

    level: str
    log_group: str


@dataclass(slots=True)
class CapacityProvider:
    """One provider with its fleet and the versions that run on it."""

    name: str
    arn: str
    operator_role_arn: str
    subnets: tuple[Subnet, ...]
    security_groups: tuple[str, ...]
    architecture: str
    allowed_instance_types: tuple[str, ...]
    excluded_instance_types: tuple[str, ...]
    vcpu_count_max: int
    target_cpu_fraction: float
    is_target_manual: bool = False
    """Whether a scaling policy of the customer sets the target (Manual mode)."""
    state: CapacityProviderState = CapacityProviderState.PENDING
    instances: Fleet = field(default_factory=Fleet)
    versions: dict[str, FunctionVersion] = field(default_factory=dict)
    modified_us: int = 0
    """When it was created or last changed."""
    tags: dict[str, str] = field(default_factory=dict)
    propagated_tags: Mapping[str, str] | None = None
    """What its creator wants its instances to be tagged with; None: nobody said anything."""
    system_log: SystemLog | None = None
    """What its creator said of its system log."""

    def vcpu_count(self) -> int:
        """vCPUs of all instances that are not terminated: what `MaxVCpuCount` bounds."""
        return self.instances.vcpu_count

    def availability_zones(self) -> tuple[str, ...]:
        """The zones of its subnets, each once, in the order of the subnets."""
        return tuple(dict.fromkeys([s.availability_zone for s in self.subnets]))

    def is_anything_leaving(self) -> bool:
        """Whether some instance or environment does not stay."""
        if self.instances.is_any_leaving:
            return True
        for version in self.versions.values():  # noqa: SIM110 - a generator costs more than the look
            if version.environments.leaving:
                return True
        return False

    def leaving(self) -> Mapping[str, Sequence[ExecutionEnvironment]]:
        """Environments that are present and do not stay, by ARN of the version.

        Their instance leaves, or they do by themselves; those come last.
        """
        leaving = defaultdict[str, list[ExecutionEnvironment]](list)
        if not self.is_anything_leaving():
            return leaving
        for instance in self.instances.leaving():
            for environment in instance.environments.values():
                if environment.is_present:
                    leaving[environment.version_arn].append(environment)
        for version in self.versions.values():
            for environment in version.environments.leaving.values():
                if self.instances[environment.instance_id].takes_environments:
                    leaving[environment.version_arn].append(environment)
        return leaving

    def move_to(self, target: CapacityProviderState) -> None:
        """Change state; an illegal move is a bug."""
        self.state = moved(self.state, target)
