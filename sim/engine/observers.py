"""Independent observers: they read the journal, never the code that decides, and say when a law is broken.

Numbers of the laws (I01, I16, ...) follow the project's list of invariants in ARCHITECTURE.md.
"""

from collections import Counter
from collections.abc import Callable

from sim.model.invocation_record import InvocationRecord
from sim.model.journal_entries import (
    ApiCalled,
    AuthorizationDecided,
    CapacityProviderChanged,
    EnvironmentChanged,
    InstanceChanged,
    InstanceLaunched,
    JournalEntry,
    ServiceLinkedRoleChanged,
)
from sim.model.run_record import InvariantReport

_SERVICE_LINKED = "service-linked role"
_INSTANCE_MOVES = {
    "pending": {"running", "shutting-down", "terminated"},
    "running": {"ready", "draining", "shutting-down"},
    "ready": {"draining", "shutting-down"},
    "draining": {"shutting-down"},
    "shutting-down": {"terminated"},
    "terminated": set(),
}
"""The legal life of an instance, written down a second time on purpose."""


class Observers:
    """Folds the journal into just enough state to judge it."""

    def __init__(
        self, *, vcpu_count_max: Callable[[str], int], operator: str, overhead_vcpu: int
    ) -> None:
        self._vcpu_count_max = vcpu_count_max
        self._operator = operator
        self._overhead_vcpu = overhead_vcpu
        self._checked = 0
        self._violations: list[str] = []
        self._decisions: dict[int, list[AuthorizationDecided]] = {}
        self._launched: dict[str, InstanceLaunched] = {}
        self._state: dict[str, str] = {}
        self._environment_vcpu: Counter[str] = Counter()
        self._providers: set[str] = set()
        self._has_service_linked_role = False

    def see(self, entry: JournalEntry) -> None:
        """Take one journal entry."""
        match entry:
            case AuthorizationDecided():
                self._decisions.setdefault(entry.call, []).append(entry)
            case ApiCalled():
                self._see_call(entry)
            case InstanceLaunched():
                self._see_launch(entry)
            case InstanceChanged():
                self._see_instance(entry)
            case EnvironmentChanged():
                self._see_environment(entry)
            case ServiceLinkedRoleChanged():
                self._see_service_linked_role(entry)
            case CapacityProviderChanged():
                self._see_provider(entry)
            case _:
                pass

    def judge_invocations(self, record: InvocationRecord) -> None:
        """I29: every arrival has exactly one outcome or is in flight."""
        ended = record.outcomes.sum(axis=(1, 2)) + record.in_flight
        for index, name in enumerate(record.function_names):
            arrived = int(record.arrived[index].sum())
            self._check(
                arrived == int(ended[index]), "I29", f"{name}: {arrived} arrived, {ended[index]} ended"
            )

    def report(self) -> InvariantReport:
        """How many checks were made and which failed."""
        return InvariantReport(self._checked, tuple(self._violations))

    def _check(self, holds: bool, law: str, text: str) -> None:  # noqa: FBT001 - reads as a sentence
        self._checked += 1
        if not holds:
            self._violations.append(f"{law}: {text}")

    def _see_call(self, entry: ApiCalled) -> None:
        """I05: a call that IAM denied did not succeed. I03: only the service-linked role terminates."""
        denied = [d for d in self._decisions.get(entry.call, ()) if d.result != "Allowed"]
        self._check(
            not denied or entry.error_code != "", "I05", f"call {entry.call} succeeded though denied"
        )
        if entry.operation == "ec2:TerminateInstances" and not entry.error_code:
            self._check(
                entry.caller_role == _SERVICE_LINKED,
                "I03",
                f"{entry.caller_role} terminated {entry.resource}",
            )

    def _see_launch(self, entry: InstanceLaunched) -> None:
        """I01 and I09: launched by an allowed RunInstances, with operator and tag. I16: under the cap."""
        decisions = self._decisions.get(entry.call, [])
        launches = [d for d in decisions if d.action == "ec2:RunInstances"]
        self._check(
            bool(launches) and all(d.result == "Allowed" for d in decisions),
            "I01",
            f"{entry.instance_id} exists without an allowed RunInstances",
        )
        self._check(
            entry.operator == self._operator and f":{entry.capacity_provider}" in entry.tags,
            "I09",
            f"{entry.instance_id} lacks operator or capacity provider tag",
        )
        self._check(
            entry.instance_id not in self._launched, "I14", f"{entry.instance_id} was used before"
        )
        self._launched[entry.instance_id] = entry
        self._state[entry.instance_id] = "pending"
        self._judge_cap(entry.capacity_provider)

    def _judge_cap(self, provider: str) -> None:
        used = sum(
            launch.vcpu
            for name, launch in self._launched.items()
            if launch.capacity_provider == provider and self._state[name] != "terminated"
        )
        cap = self._vcpu_count_max(provider)
        self._check(used <= cap, "I16", f"{provider} holds {used} vCPUs of {cap}")

    def _see_instance(self, entry: InstanceChanged) -> None:
        """I20: instances only move along the legal life."""
        name = entry.instance_id
        is_legal = entry.new_state in _INSTANCE_MOVES[self._state[name]]
        self._check(
            is_legal and entry.old_state == self._state[name],
            "I20",
            f"{name} moved {self._state[name]} -> {entry.new_state}",
        )
        self._state[name] = entry.new_state
        if entry.new_state == "shutting-down":
            self._check(
                self._environment_vcpu[name] == 0, "I22", f"{name} ends with environments on it"
            )

    def _see_environment(self, entry: EnvironmentChanged) -> None:
        """I23: the environments of an instance fit into what it can allocate."""
        name = entry.instance_id
        if not entry.old_state:
            self._environment_vcpu[name] += entry.vcpu
            room = self._launched[name].vcpu - self._overhead_vcpu
            self._check(
                self._environment_vcpu[name] <= room and self._state[name] == "ready",
                "I23",
                f"{name} holds {self._environment_vcpu[name]} of {room} vCPUs, {self._state[name]}",
            )
        elif entry.new_state == "terminated":
            self._environment_vcpu[name] -= entry.vcpu

    def _see_service_linked_role(self, entry: ServiceLinkedRoleChanged) -> None:
        """I08: the role is never deleted while a provider exists."""
        if entry.change == "created":
            self._has_service_linked_role = True
        elif entry.change == "deleted":
            self._has_service_linked_role = False
            self._check(not self._providers, "I08", f"deleted while {sorted(self._providers)} exist")

    def _see_provider(self, entry: CapacityProviderChanged) -> None:
        """I08: no provider without the service-linked role."""
        if entry.new_state == "Gone":
            self._providers.discard(entry.capacity_provider)
            return
        self._providers.add(entry.capacity_provider)
        self._check(
            self._has_service_linked_role, "I08", f"{entry.capacity_provider} exists without the role"
        )

