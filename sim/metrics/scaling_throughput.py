"""Keeps the scaling throughput: how fast a demand became serving instances, and what it took.

All is read off the journal: the call that made the demand, every launch and
what was refused before it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sim.metrics.fact_lookup import exact_number, fact_of, whole_number
from sim.metrics.instances import Life, lives_of
from sim.model.journal_entries import (
    ApiCalled,
    EnvironmentChanged,
    JournalEntry,
    LaunchFailed,
)
from sim.model.run_record import RunRecord
from sim.model.states import EnvironmentState, ManagedInstanceState
from sim.units import MINUTE_US, SECOND_US

_RUN_INSTANCES = "ec2:RunInstances"
_CAP_REACHED = "CapacityProviderScalingLimitExceeded"
_REQUEST_LIMIT = "RequestLimitExceeded"


class Wait(StrEnum):
    """What an instance waits for on its way from demand to serving."""

    CALL = "decision and call"
    """Nothing was refused yet: Lambda decides, and its calls to STS and EC2 are under way."""
    REQUEST_BUCKET = "API request bucket"
    INSTANCE_BUCKET = "instance bucket"
    CAPACITY = "EC2 capacity"
    VCPU_QUOTA = "account vCPU quota"
    VCPU_CAP = "MaxVCpuCount"
    ADDRESSES = "subnet addresses"
    PERMISSION = "permissions"
    OTHER = "other refusals"
    PENDING = "EC2 pending"
    BOOT = "boot and agent"
    ENVIRONMENT = "environment start"


_WAIT_BY_REASON: Mapping[str, Wait] = {
    "InsufficientCapacity": Wait.CAPACITY,
    "VcpuLimitExceeded": Wait.VCPU_QUOTA,
    "SubnetOutOfIPAddresses": Wait.ADDRESSES,
    "InsufficientRolePermissions": Wait.PERMISSION,
    _CAP_REACHED: Wait.VCPU_CAP,
}
"""What launches wait for, by Lambda's reason code; a throttle is told by the buckets."""


@dataclass(frozen=True, slots=True)
class ScalingThroughput:
    """One demand and the instances that came of it."""

    demanded_count: int
    """Instances that the demand needs more than served before."""
    served_count: int
    """Those of them that serve at the end of the run."""
    first_us: int
    """From the demand to the first of them."""
    half_us: int
    """To half of them."""
    last_us: int
    """To the last of them."""
    critical_us: Mapping[Wait, int]
    """What the last of them waited for; the parts add up to `last_us`."""

    @property
    def instances_per_minute(self) -> float:
        """Instances that serve, over the time until the last of them does."""
        return self.served_count * MINUTE_US / self.last_us if self.last_us else 0.0

    @property
    def binding(self) -> Wait | None:
        """The cap, if it left anything out; else what the last instance waited for longest."""
        if self.served_count < self.demanded_count and Wait.VCPU_CAP in self.critical_us:
            return Wait.VCPU_CAP
        waits = self.critical_us
        return max(waits, key=lambda wait: waits[wait]) if any(waits.values()) else None


def scaling_throughput(record: RunRecord, *, demanded_count: int) -> ScalingThroughput:
    """How the last change of a function's scaling configuration was followed.

    `demanded_count` instances are needed more than before; every instance counts from when the
    first environment on it is ready.
    """
    journal = record.journal
    demand_us = _demand_us(journal)
    later = [entry for entry in journal if entry.time_us >= demand_us]
    served_us = _served_us(later)
    lives = lives_of(record)
    served = sorted(
        (us, name) for name, us in served_us.items() if lives[name].launch.time_us >= demand_us
    )
    if not served:
        return ScalingThroughput(demanded_count, 0, 0, 0, 0, {})
    instants = [us - demand_us for us, _ in served]
    last_us, name = served[-1]
    last = lives[name]
    waits = _launch_waits(record, later, until_us=last.launch.time_us, since_us=demand_us)
    for wait, span_us in _start_waits(last, last_us).items():
        waits[wait] += span_us
    if len(served) < demanded_count and _met_cap(later):
        waits[Wait.VCPU_CAP] += 0
    return ScalingThroughput(
        demanded_count=demanded_count,
        served_count=len(served),
        first_us=instants[0],
        half_us=instants[(len(instants) - 1) // 2],
        last_us=instants[-1],
        critical_us=dict(waits),
    )


def _demand_us(journal: Sequence[JournalEntry]) -> int:
    """When the scaling configuration was changed last."""
    return max(
        entry.time_us
        for entry in journal
        if isinstance(entry, ApiCalled)
        and entry.operation == "lambda:PutFunctionScalingConfig"
        and not entry.error_code
    )


def _served_us(entries: Sequence[JournalEntry]) -> dict[str, int]:
    """When the first environment of each instance became ready."""
    served: dict[str, int] = {}
    for entry in entries:
        if isinstance(entry, EnvironmentChanged) and entry.new_state == EnvironmentState.READY:
            served.setdefault(entry.instance_id, entry.time_us)
    return served


def _launch_waits(
    record: RunRecord, entries: Sequence[JournalEntry], *, since_us: int, until_us: int
) -> dict[Wait, int]:
    """What a launch at `until_us` waited for: after a refusal for what it was refused for."""
    throttles = _throttles(record)
    waits: dict[Wait, int] = defaultdict(int)
    reason, from_us = Wait.CALL, since_us
    for entry in entries:
        if entry.time_us > until_us:
            break
        following = _next_reason(entry, throttles)
        if following is not None:
            waits[reason] += entry.time_us - from_us
            reason, from_us = following, entry.time_us
    waits[reason] += until_us - from_us
    return waits


def _next_reason(entry: JournalEntry, throttles: Mapping[int, Wait]) -> Wait | None:
    """What launches wait for from an entry on; None when it changes nothing."""
    if not isinstance(entry, LaunchFailed):
        return None
    if entry.error_code == _REQUEST_LIMIT:
        return throttles.get(entry.time_us, Wait.REQUEST_BUCKET)
    return _WAIT_BY_REASON.get(entry.reason_code, Wait.OTHER)


def _throttles(record: RunRecord) -> dict[int, Wait]:
    """Which of EC2's two buckets was empty at the instants at which it throttled RunInstances.

    EC2 says the same for both; who counts the calls knows which it was: a call is charged to the
    bucket of requests unless that is empty, and instances to theirs once they are granted.
    """
    requests = _Bucket.of(record, "run_instances_requests")
    causes: dict[int, Wait] = {}
    for entry in record.journal:
        if not isinstance(entry, ApiCalled) or entry.operation != _RUN_INSTANCES:
            continue
        if entry.error_code == "UnauthorizedOperation":
            continue  # refused before the buckets are asked
        is_admitted = requests.take(entry.time_us)
        if entry.error_code == _REQUEST_LIMIT:
            causes[entry.time_us] = Wait.INSTANCE_BUCKET if is_admitted else Wait.REQUEST_BUCKET
    return causes


class _Bucket:
    """Tokens of a bucket as the calls of a journal leave them, in exact numbers."""

    def __init__(self, *, burst: int, parts_per_us: int) -> None:
        self._full = burst * SECOND_US * SECOND_US
        self._parts, self._parts_per_us, self._at_us = self._full, parts_per_us, 0

    @classmethod
    def of(cls, record: RunRecord, name: str) -> "_Bucket":
        """As large as the run had it."""
        burst = whole_number(fact_of(record, f"ec2.{name}_burst"))
        refill = exact_number(fact_of(record, f"ec2.{name}_refill"))
        return cls(burst=burst, parts_per_us=round(refill * SECOND_US))

    def take(self, now_us: int) -> bool:
        """Take a token if there is one."""
        gained = (now_us - self._at_us) * self._parts_per_us
        self._parts, self._at_us = min(self._full, self._parts + gained), now_us
        is_enough = self._parts >= SECOND_US * SECOND_US
        self._parts -= SECOND_US * SECOND_US * is_enough
        return is_enough


def _start_waits(life: Life, served_us: int) -> dict[Wait, int]:
    """How long an instance took from its launch to serving, by stage."""
    running_us = life.entered_us[ManagedInstanceState.RUNNING]
    ready_us = life.entered_us[ManagedInstanceState.READY]
    return {
        Wait.PENDING: running_us - life.launch.time_us,
        Wait.BOOT: ready_us - running_us,
        Wait.ENVIRONMENT: served_us - ready_us,
    }


def _met_cap(entries: Sequence[JournalEntry]) -> bool:
    """Whether launches were left out because of `MaxVCpuCount`."""
    return any(isinstance(e, LaunchFailed) and e.reason_code == _CAP_REACHED for e in entries)
