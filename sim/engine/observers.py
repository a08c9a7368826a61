"""Independent observers: they read the journal, never the deciding code, and say which law broke.

Numbers of the laws (I01, I16, ...) follow the project's list of invariants in ARCHITECTURE.md.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Set

from sim.engine.ec2_observer import Ec2Bounds, Ec2Observer
from sim.model.invocation_record import InvocationRecord
from sim.model.journal_entries import (
    ApiCalled,
    AuthorizationDecided,
    CapacityProviderChanged,
    EnvironmentChanged,
    FunctionVersionChanged,
    InstanceChanged,
    InstanceLaunched,
    JournalEntry,
    NetworkInterfaceChanged,
    PurposeOfLaunch,
    ScalingDecided,
    ServiceLinkedRoleChanged,
    VolumeChanged,
)
from sim.model.run_record import InvariantReport
from sim.model.version_names import LATEST_PUBLISHED

_SERVICE_LINKED = "service-linked role"

# The legal lives, written down a second time on purpose: the code that moves states has its own.
_INSTANCE_MOVES: Mapping[str, Set[str]] = {
    "pending": {"running", "shutting-down", "terminated"},
    "running": {"ready", "shutting-down"},
    "ready": {"draining", "shutting-down"},
    "draining": {"shutting-down"},
    "shutting-down": {"terminated"},
    "terminated": set(),
}
_PROVIDER_MOVES: Mapping[str, Set[str]] = {
    "": {"Pending"},
    "Pending": {"Active", "Failed", "Deleting"},
    "Active": {"Deleting"},
    "Failed": {"Deleting"},
    "Deleting": {"Gone"},
    "Gone": {"Pending"},  # a new provider may have the name of one that is gone
}
_VERSION_MOVES: Mapping[str, Set[str]] = {
    "": {"Pending"},
    "Pending": {"Active", "ActiveNonInvocable", "Failed", "Deactivating", "Deleting"},
    "Active": {"Deactivating", "Deleting"},
    "Deactivating": {"Deactivated", "Deleting"},
    "Deactivated": {"Pending", "Deleting"},
    "ActiveNonInvocable": {"Deleting"},
    "Failed": {"Deleting"},
    "Deleting": {"Gone"},
    "Gone": set(),
}
_HEAD_MOVES = {**_VERSION_MOVES, "Failed": {"Pending", "Deleting"}, "Gone": {"Pending"}}
"""Those of `$LATEST.PUBLISHED`, which is published again and comes again."""


class Observers:
    """Folds the journal into just enough state to judge it."""

    def __init__(
        self,
        *,
        vcpu_count_max: Callable[[str], int],
        operator: str,
        overhead_vcpu: int,
        first_burst_us: int | None = None,
        ec2_bounds: Ec2Bounds | None = None,
    ) -> None:
        """`ec2_bounds` None: a history that knows nothing of interfaces and volumes is judged.

        `first_burst_us` is how long after a provider's first launch those may come that were
        ordered before it and need not stay within the cap together; None: all must.
        """
        self._first_burst_us = first_burst_us
        self._first_launch_us: dict[str, int] = {}
        self._vcpu_count_max = vcpu_count_max
        self._operator = operator
        self._overhead_vcpu = overhead_vcpu
        self._checked = 0
        self._violations: list[str] = []
        self._time_us = 0
        self._decisions: dict[int, list[AuthorizationDecided]] = {}
        self._sessions: set[str] = set()
        self._ordered: Counter[int] = Counter()
        self._without_session: dict[int, str] = {}
        """Callers of RunInstances who had no session that AssumeRole gave, by call."""
        self._launched: dict[str, InstanceLaunched] = {}
        self._state: dict[str, str] = {}
        self._vcpu_used: Counter[str] = Counter()
        self._environment_vcpu: Counter[str] = Counter()
        self._environment_memory_mib: Counter[str] = Counter()
        self._providers: dict[str, str] = {}
        self._versions: dict[tuple[str, str], str] = {}
        self._has_service_linked_role = False
        self._ec2 = Ec2Observer(self._check, ec2_bounds) if ec2_bounds else None

    def see(self, entry: JournalEntry) -> None:
        """Take one journal entry. I47: time never runs backwards."""
        time_us, is_in_order = self._time_us, entry.time_us >= self._time_us
        self._check(is_in_order, "I47", "{} at {} after {}", entry.kind, entry.time_us, time_us)
        if is_in_order:
            self._time_us = entry.time_us
        self._see_kind(entry)
        if self._ec2 is not None:
            self._ec2.see(entry)

    def _see_kind(self, entry: JournalEntry) -> None:
        match entry:
            # What there is most of comes first; of some of it only the time is judged here.
            case ScalingDecided() | NetworkInterfaceChanged() | VolumeChanged():
                pass
            case EnvironmentChanged():
                self._see_environment(entry)
            case InstanceChanged():
                self._see_instance(entry)
            case InstanceLaunched():
                self._see_launch(entry)
            case AuthorizationDecided():
                self._decisions.setdefault(entry.call, []).append(entry)
            case ApiCalled():
                self._see_call(entry)
            case _:
                self._see_lambda_state(entry)

    def _see_lambda_state(self, entry: JournalEntry) -> None:
        match entry:
            case ServiceLinkedRoleChanged():
                self._see_service_linked_role(entry)
            case CapacityProviderChanged():
                self._see_provider(entry)
            case FunctionVersionChanged():
                self._see_version(entry)
            case _:
                pass

    def judge_invocations(self, record: InvocationRecord) -> None:
        """I29: every arrival has exactly one outcome, is in flight or waits for an attempt."""
        ended = record.outcomes.sum(axis=(1, 2)) + record.in_flight + record.waiting
        for index, name in enumerate(record.function_names):
            arrived = int(record.arrived[index].sum())
            self._check(
                arrived == int(ended[index]),
                "I29",
                "{}: {} arrived, {} ended",
                name,
                arrived,
                ended[index],
            )

    def report(self) -> InvariantReport:
        """How many checks were made and which failed."""
        return InvariantReport(self._checked, tuple(self._violations))

    def _check(
        self,
        holds: bool,  # noqa: FBT001 - reads as a sentence
        law: str,
        text: str,
        *details: object,
    ) -> None:
        """Count a check; `text` has a `{}` for each detail, and is only filled in if it fails."""
        self._checked += 1
        if not holds:
            self._violations.append(f"{law}: {text.format(*details)}")

    def _see_call(self, entry: ApiCalled) -> None:
        """I05: a call that IAM denied did not succeed."""
        denied = [d for d in self._decisions.get(entry.call, ()) if d.result != "Allowed"]
        is_success = not entry.error_code
        self._check(
            not denied or not is_success, "I05", "call {} succeeded though denied", entry.call
        )
        if is_success:
            self._see_success(entry)

    def _see_success(self, entry: ApiCalled) -> None:
        """I03: only one role terminates managed instances; who launches is remembered for I02."""
        match entry.operation:
            case "sts:AssumeRole":
                self._sessions.add(_detail(entry, "session"))
            case "ec2:RunInstances":
                self._ordered[entry.call] = int(_detail(entry, "count") or 0)
                if entry.caller_arn not in self._sessions:
                    self._without_session[entry.call] = entry.caller_arn
            case "ec2:TerminateInstances":
                managed = [name for name in entry.resource.split() if name in self._launched]
                self._check(
                    not managed or entry.caller_role == _SERVICE_LINKED,
                    "I03",
                    "{} terminated {}",
                    entry.caller_role,
                    " ".join(managed),
                )

    def _see_launch(self, entry: InstanceLaunched) -> None:
        """I01 allowed, I02 in a session, I09 tagged, I14 new, I16 capped, I27 alive, I28 in all."""
        name, provider = entry.instance_id, entry.capacity_provider
        outsider = self._without_session.get(entry.call)
        self._check(outsider is None, "I02", "{} launched {} without AssumeRole", outsider, name)
        decisions = self._decisions.get(entry.call, [])
        launches = [d for d in decisions if d.action == "ec2:RunInstances"]
        self._check(
            bool(launches) and all(d.result == "Allowed" for d in decisions),
            "I01",
            "{} exists without an allowed RunInstances",
            name,
        )
        is_tagged = entry.tags.split(",")[-1].endswith(f":capacity-provider:{provider}")
        self._check(
            entry.operator == self._operator and is_tagged,
            "I09",
            "{} lacks operator or capacity provider tag",
            name,
        )
        self._check(name not in self._launched, "I14", "{} was used before", name)
        self._check(
            self._providers.get(provider) == "Active",
            "I27",
            "{} launched for {}, {}",
            name,
            provider,
            self._providers.get(provider, "unknown"),
        )
        self._ordered[entry.call] -= 1
        self._check(
            self._ordered[entry.call] >= 0, "I28", "{}: call {} asked for fewer", name, entry.call
        )
        self._launched[name] = entry
        self._state[name] = "pending"
        self._vcpu_used[provider] += entry.vcpu
        self._judge_cap(entry)

    def _judge_cap(self, entry: InstanceLaunched) -> None:
        """Of the launches of a first burst each is held against the cap alone."""
        provider = entry.capacity_provider
        used, cap = self._vcpu_used[provider], self._vcpu_count_max(provider)
        first_us = self._first_launch_us.setdefault(provider, entry.time_us)
        is_first_burst = (
            self._first_burst_us is not None
            and entry.purpose == PurposeOfLaunch.FIRST_PUBLISH
            and entry.time_us - first_us <= self._first_burst_us
        )
        held = entry.vcpu if is_first_burst else used
        self._check(held <= cap, "I16", "{} holds {} vCPUs of {}", provider, held, cap)

    def _see_instance(self, entry: InstanceChanged) -> None:
        """I20: instances only move along the legal life. I22: none ends with environments on it."""
        name = entry.instance_id
        known = self._state[name]
        self._check(
            entry.new_state in _INSTANCE_MOVES[known] and entry.old_state == known,
            "I20",
            "{} moved {} -> {}, was {}",
            name,
            entry.old_state,
            entry.new_state,
            known,
        )
        self._state[name] = entry.new_state
        if entry.new_state == "shutting-down":
            self._check(
                self._environment_vcpu[name] == 0, "I22", "{} ends with environments on it", name
            )
        if entry.new_state == "terminated":
            self._vcpu_used[entry.capacity_provider] -= self._launched[name].vcpu

    def _see_environment(self, entry: EnvironmentChanged) -> None:
        if not entry.old_state:
            self._environment_vcpu[entry.instance_id] += entry.vcpu
            self._environment_memory_mib[entry.instance_id] += entry.memory_mib
            self._judge_placement(entry.instance_id)
        elif entry.new_state == "terminated":
            self._environment_vcpu[entry.instance_id] -= entry.vcpu
            self._environment_memory_mib[entry.instance_id] -= entry.memory_mib

    def _judge_placement(self, name: str) -> None:
        """I22: none is placed on a draining instance. I23: on a ready one, with room for it."""
        state, launch = self._state[name], self._launched[name]
        self._check(state != "draining", "I22", "{} drains and gets an environment", name)
        self._check(state in ("ready", "draining"), "I23", "{} takes environments, {}", name, state)
        vcpu, room = self._environment_vcpu[name], launch.vcpu - self._overhead_vcpu
        self._check(vcpu <= room, "I23", "{} holds {} of {} vCPUs", name, vcpu, room)
        memory_mib = self._environment_memory_mib[name]
        self._check(
            memory_mib <= launch.memory_mib,
            "I23",
            "{} holds {} of {} MiB",
            name,
            memory_mib,
            launch.memory_mib,
        )

    def _see_service_linked_role(self, entry: ServiceLinkedRoleChanged) -> None:
        """I08: the role is never deleted while a provider exists."""
        if entry.change == "created":
            self._has_service_linked_role = True
        elif entry.change == "deleted":
            self._has_service_linked_role = False
            existing = sorted(name for name, state in self._providers.items() if state != "Gone")
            self._check(not existing, "I08", "deleted while {} exist", existing)

    def _see_provider(self, entry: CapacityProviderChanged) -> None:
        """I08: no provider without the service-linked role. I21: states along the graph."""
        name = entry.capacity_provider
        known = self._providers.get(name, "")
        # A provider of a name that was used before is a new one: it comes from nowhere.
        old_state = "" if known == "Gone" else known
        self._check(
            entry.new_state in _PROVIDER_MOVES[known] and entry.old_state == old_state,
            "I21",
            "provider {} moved {} -> {}, was {}",
            name,
            entry.old_state,
            entry.new_state,
            known,
        )
        self._providers[name] = entry.new_state
        if entry.new_state == "Gone":
            self._first_launch_us.pop(name, None)
        self._check(
            self._has_service_linked_role or entry.new_state == "Gone",
            "I08",
            "{} exists without the role",
            name,
        )

    def _see_version(self, entry: FunctionVersionChanged) -> None:
        """I21: function versions move along the documented graph; a number never comes again."""
        key = (entry.function, entry.version)
        known = self._versions.get(key, "")
        moves = _HEAD_MOVES if entry.version == LATEST_PUBLISHED else _VERSION_MOVES
        old_state = "" if known == "Gone" else known
        self._check(
            entry.new_state in moves[known] and entry.old_state == old_state,
            "I21",
            "version {}:{} moved {} -> {}, was {}",
            entry.function,
            entry.version,
            entry.old_state,
            entry.new_state,
            known,
        )
        self._versions[key] = entry.new_state


def _detail(entry: ApiCalled, name: str) -> str:
    """One `name=value` of a call's detail; empty if it has none of that name."""
    pairs = dict(part.split("=", 1) for part in entry.detail.split(" ") if "=" in part)
    return pairs.get(name, "")
