"""A synthetic day: diurnal load with a flash crowd, a fleet in three zones, a freeze."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.facts import catalogue
from sim.model.invocation_record import THROTTLE_OUTCOMES, InvocationRecord, Outcome
from sim.model.journal_entries import (
    ApiCalled,
    AuthorizationDecided,
    CapacityProviderChanged,
    EnvironmentChanged,
    FunctionVersionChanged,
    InstanceChanged,
    InstanceLaunched,
    JournalEntry,
    LaunchFailed,
    ScalingDecided,
    ServiceLinkedRoleChanged,
    ThrottlingEnded,
    ThrottlingStarted,
    WorldEnded,
    WorldStarted,
)
from sim.model.run_record import RunRecord
from sim.units import HOUR_US, MINUTE_US, SECOND_US
from tests.unit.metrics.records import SCALE, ZONES, a_function, a_record

ACCOUNT = "123456789012"
TRAFFIC_US = 10 * MINUTE_US
OPERATOR = f"arn:aws:sts::{ACCOUNT}:assumed-role/LambdaOperatorRole/lambda"
LINKED = f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForLambda/lambda"
ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:user/administrator"
DENIAL = (
    "You are not authorized to perform this operation. "
    f"User: {OPERATOR} is not authorized to perform: ec2:RunInstances "
    f"on resource: arn:aws:ec2:us-east-1:{ACCOUNT}:instance/* "
    "with an explicit deny in an identity-based policy"
)
_USABLE_VCPU = 7
_WORK_VCPU_S = 0.05


@dataclass(slots=True)
class Fleet:
    """Writes the journal of a fleet that follows a wanted number of instances."""

    entries: list[JournalEntry] = field(default_factory=list)
    alive: list[InstanceLaunched] = field(default_factory=list)
    environments: dict[str, list[EnvironmentChanged]] = field(default_factory=dict)
    count: int = 0
    call: int = 10

    def next_call(self, time_us: int, operation: str, arn: str, role: str, **changed: Any) -> int:
        """Record an API call and return its number."""
        self.call += 1
        resource = changed.pop("resource", "*")
        self.entries.append(
            ApiCalled(
                time_us=time_us,
                call=self.call,
                operation=operation,
                caller_arn=arn,
                caller_role=role,
                resource=resource,
                **changed,
            )
        )
        return self.call

    def decide(self, time_us: int, action: str, arn: str, role: str, policy: str, sid: str) -> None:
        """Record that the latest call was allowed by a statement."""
        self.entries.append(
            AuthorizationDecided(
                time_us=time_us,
                call=self.call,
                principal_arn=arn,
                caller_role=role,
                action=action,
                resource="*",
                result="Allowed",
                layer="identity",
                policy=policy,
                statement=sid,
                reason="",
            )
        )

    def launch(self, time_us: int, purpose: str) -> None:
        """One instance in the next zone, with seven environments, ready after 40 seconds."""
        zone = ZONES[self.count % 3]
        self.count += 1
        call = self.next_call(
            time_us, "ec2:RunInstances", OPERATOR, "operator role", detail=f"zone={zone}"
        )
        self.decide(
            time_us,
            "ec2:RunInstances",
            OPERATOR,
            "operator role",
            "AWSLambdaManagedEC2ResourceOperator",
            "AllowRunInstances",
        )
        entry = InstanceLaunched(
            time_us=time_us,
            call=call,
            instance_id=f"i-{self.count:017x}",
            capacity_provider="web",
            instance_type="m8g.2xlarge" if self.count % 4 else "m9g.2xlarge",
            availability_zone=zone,
            subnet=f"subnet-{zone[-1]}",
            vcpu=8,
            memory_mib=32768,
            nano_usd_per_hour=359_000_000,
            operator="scaler.lambda.amazonaws.com",
            tags="aws:lambda:capacity-provider=web",
            purpose=purpose,
        )
        self.entries.append(entry)
        self.alive.append(entry)
        self.move(entry, time_us + 8 * SECOND_US, "pending", "running")
        self.move(entry, time_us + 38 * SECOND_US, "running", "ready")
        self._place(entry, time_us + 39 * SECOND_US)

    def terminate(self, time_us: int) -> None:
        """Drain the oldest instance and let the service-linked role terminate it."""
        entry = self.alive.pop(0)
        for placed in self.environments.pop(entry.instance_id):
            self._environment(placed, time_us, "ready", "draining")
            self._environment(placed, time_us + 3 * SECOND_US, "draining", "terminated")
        self.move(entry, time_us, "ready", "draining")
        after_us = time_us + 120 * SECOND_US
        self.next_call(
            after_us,
            "ec2:TerminateInstances",
            LINKED,
            "service-linked role",
            resource=f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/{entry.instance_id}",
        )
        self.decide(
            after_us,
            "ec2:TerminateInstances",
            LINKED,
            "service-linked role",
            "AWSLambdaServiceRolePolicy",
            "AllowTerminateManagedInstances",
        )
        self.move(entry, after_us, "draining", "shutting-down")
        self.move(entry, after_us + 40 * SECOND_US, "shutting-down", "terminated")

    def move(self, entry: InstanceLaunched, time_us: int, old: str, new: str) -> None:
        """Record that an instance moved."""
        self.entries.append(
            InstanceChanged(
                time_us=time_us,
                instance_id=entry.instance_id,
                capacity_provider="web",
                availability_zone=entry.availability_zone,
                old_state=old,
                new_state=new,
                reason="no longer needed" if new == "draining" else "",
            )
        )

    def _place(self, entry: InstanceLaunched, time_us: int) -> None:
        placed = [
            EnvironmentChanged(
                time_us=time_us,
                environment_id=f"environment-{self.count:04d}{index}",
                function="site" if index < 5 else "scores",
                version="1",
                instance_id=entry.instance_id,
                availability_zone=entry.availability_zone,
                vcpu=1,
                memory_mib=4096,
                old_state="",
                new_state="starting",
            )
            for index in range(_USABLE_VCPU)
        ]
        self.entries.extend(placed)
        self.environments[entry.instance_id] = placed
        for environment in placed:
            self._environment(environment, time_us + 3 * SECOND_US, "starting", "ready")

    def _environment(self, placed: EnvironmentChanged, time_us: int, old: str, new: str) -> None:
        self.entries.append(
            EnvironmentChanged(
                time_us=time_us,
                environment_id=placed.environment_id,
                function=placed.function,
                version="1",
                instance_id=placed.instance_id,
                vcpu=1,
                memory_mib=4096,
                availability_zone=placed.availability_zone,
                old_state=old,
                new_state=new,
            )
        )

    def refuse(self, time_us: int) -> None:
        """One launch attempt that the freeze denies."""
        self.next_call(
            time_us,
            "ec2:RunInstances",
            OPERATOR,
            "operator role",
            error_code="UnauthorizedOperation",
            error_message=DENIAL,
        )
        self.entries.append(
            AuthorizationDecided(
                time_us=time_us,
                call=self.call,
                principal_arn=OPERATOR,
                caller_role="operator role",
                action="ec2:RunInstances",
                resource=f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/*",
                result="ExplicitlyDenied",
                layer="identity",
                policy="Freeze",
                statement="NoNewInstances",
                reason="with an explicit deny in an identity-based policy: Freeze",
            )
        )
        self.entries.append(
            LaunchFailed(
                time_us=time_us,
                capacity_provider="web",
                availability_zone=ZONES[0],
                instance_type="m8g.2xlarge",
                count=1,
                error_code="UnauthorizedOperation",
                reason_code="InsufficientRolePermissions",
                message=DENIAL,
                retry_at_us=time_us + MINUTE_US,
            )
        )


def rates_per_s(minute_count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Expected rate of each minute: a day's wave, and at 19:00 a flash crowd that triples it."""
    hours = np.arange(minute_count) / 60
    wave = 900 + 700 * np.sin((hours - 9) / 24 * 2 * np.pi)
    crowd = 1 + 2.0 * np.exp(-np.maximum(hours - 19.08, 0) * 2) * (hours > 19.0)
    return wave * crowd


def a_day(minute_count: int = 1440, seed: int = 1998) -> RunRecord:
    """Run record of a day with a freeze of launches from 18:30 to 19:45 across the flash crowd."""
    generator = np.random.default_rng(seed)
    rates = rates_per_s(minute_count)
    fleet = Fleet()
    _set_up(fleet)
    capacity = _follow(fleet, rates)
    record = _invocations(generator, rates, capacity)
    _throttling(fleet, record)
    fleet.entries.sort(key=lambda entry: entry.time_us)
    horizon_us = TRAFFIC_US + minute_count * MINUTE_US
    kept = [entry for entry in fleet.entries if entry.time_us < horizon_us]
    ended = WorldEnded(
        time_us=horizon_us,
        arrived=int(record.arrived.sum()),
        completed=0,
        throttled=0,
        timed_out=0,
        infrastructure_failed=0,
        in_flight=0,
        invocations_sha256="0" * 64,
    )
    return a_record(
        scenario_name="world-cup-opening-day",
        description=(
            "The opening day of a tournament on a news site: an ordinary day, then a flash crowd "
            "at kick-off while somebody has frozen new instances."
        ),
        seed=seed,
        traffic_start_us=TRAFFIC_US,
        horizon_us=horizon_us,
        journal=(*kept, ended),
        journal_sha256="3f7a" * 16,
        invocations=record,
        functions=(a_function(), a_function(name="scores", service_time_mean_us=21_000.0)),
        assumptions=catalogue().assumptions(),
    )


def _set_up(fleet: Fleet) -> None:
    """Longer than the limit because a set-up is told entry by entry."""
    fleet.entries.append(
        WorldStarted(time_us=0, scenario_sha256="ab" * 32, seed=1998, version="0.1.0")
    )
    fleet.next_call(
        0, "lambda:CreateCapacityProvider", ADMINISTRATOR, "administrator", resource="web"
    )
    fleet.decide(
        0,
        "lambda:CreateCapacityProvider",
        ADMINISTRATOR,
        "administrator",
        "AdministratorAccess",
        "statement 1",
    )
    fleet.decide(
        0, "iam:PassRole", ADMINISTRATOR, "administrator", "AdministratorAccess", "statement 1"
    )
    role = (
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/lambda.amazonaws.com/AWSServiceRoleForLambda"
    )
    fleet.entries.append(ServiceLinkedRoleChanged(time_us=0, role_arn=role, change="created"))
    for time_us, old, new in ((0, "", "Pending"), (5 * SECOND_US, "Pending", "Active")):
        fleet.entries.append(
            CapacityProviderChanged(
                time_us=time_us, capacity_provider="web", old_state=old, new_state=new
            )
        )
    for function in ("site", "scores"):
        fleet.next_call(
            6 * SECOND_US, "lambda:PublishVersion", ADMINISTRATOR, "developer", resource=function
        )
        ready_us = 140 * SECOND_US
        for time_us, old, new in ((6 * SECOND_US, "", "Pending"), (ready_us, "Pending", "Active")):
            fleet.entries.append(
                FunctionVersionChanged(
                    time_us=time_us,
                    function=function,
                    version="1",
                    capacity_provider="web",
                    old_state=old,
                    new_state=new,
                )
            )
    for _ in range(3):
        fleet.launch(70 * SECOND_US, "first_publish")
    freeze_us = TRAFFIC_US + 18 * HOUR_US + 30 * MINUTE_US
    for time_us, operation in (
        (freeze_us, "iam:PutRolePolicy"),
        (freeze_us + 75 * MINUTE_US, "iam:DeleteRolePolicy"),
    ):
        fleet.next_call(
            time_us,
            operation,
            ADMINISTRATOR,
            "administrator",
            resource="LambdaOperatorRole",
            detail="PolicyName=Freeze",
        )
        fleet.decide(
            time_us,
            operation,
            ADMINISTRATOR,
            "administrator",
            "AdministratorAccess",
            "statement 1",
        )


def _follow(fleet: Fleet, rates: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Follow the demand every five minutes; return the allocated vCPUs of each minute."""
    capacity = np.zeros(len(rates))
    for minute, rate in enumerate(rates):
        now_us = TRAFFIC_US + minute * MINUTE_US
        wanted = max(3, int(np.ceil(rate * _WORK_VCPU_S / 0.5 / _USABLE_VCPU)))
        frozen = 18.5 * 60 <= minute < 19.75 * 60
        if wanted > len(fleet.alive):
            _scaled(fleet, now_us, wanted, "scale_out")
            for _ in range(min(4, wanted - len(fleet.alive))):
                fleet.refuse(now_us) if frozen else fleet.launch(now_us, "scale_out")
        elif minute % 5 == 0 and wanted < len(fleet.alive):
            _scaled(fleet, now_us, wanted, "scale_in")
            fleet.terminate(now_us)
        capacity[minute] = _USABLE_VCPU * len(fleet.alive)
    return capacity


def _scaled(fleet: Fleet, now_us: int, wanted: int, action: str) -> None:
    fleet.entries.append(
        ScalingDecided(
            time_us=now_us,
            function="site",
            version="1",
            capacity_provider="web",
            ready_count=len(fleet.alive) * 5,
            starting_count=0,
            desired_count=wanted * 5,
            cpu_fraction=0.55,
            concurrency_fraction=0.1,
            action=action,
            reason="CPU above target",
        )
    )


def _invocations(
    generator: np.random.Generator, rates: np.ndarray[Any, Any], capacity: np.ndarray[Any, Any]
) -> InvocationRecord:
    preparation = TRAFFIC_US // MINUTE_US
    minute_count = len(rates) + preparation
    arrived = np.zeros((2, minute_count), dtype=np.int64)
    arrived[0, preparation:] = generator.poisson(rates * 0.75 * 60)
    arrived[1, preparation:] = generator.poisson(rates * 0.25 * 60)
    load = np.concatenate([np.zeros(preparation), rates * _WORK_VCPU_S / capacity])
    refused = np.clip(1 - 0.85 / np.maximum(load, 0.01), 0, 1)
    throttled = generator.binomial(arrived, refused)
    by_cpu = generator.binomial(throttled, 0.9)
    timed_out = generator.binomial(arrived - throttled, 2e-7)
    outcomes = np.zeros((2, minute_count, len(Outcome)), dtype=np.int64)
    outcomes[:, :, Outcome.THROTTLED_CPU] = by_cpu
    outcomes[:, :, Outcome.THROTTLED_CONCURRENCY] = throttled - by_cpu
    outcomes[:, :, Outcome.TIMED_OUT] = timed_out
    outcomes[:, :, Outcome.COMPLETED] = arrived - throttled - timed_out
    in_flight = np.array([41, 7])
    outcomes[:, -1, Outcome.COMPLETED] -= in_flight
    completed = outcomes[:, :, Outcome.COMPLETED]
    histogram = _latencies(generator, completed, load)
    sums_us = histogram @ SCALE.representatives_us()
    busy = np.minimum(arrived - throttled, arrived) / 60 * _WORK_VCPU_S
    held = np.concatenate([np.full(preparation, 21.0), capacity])
    return InvocationRecord(
        function_names=("site", "scores"),
        minute_count=minute_count,
        arrived=arrived,
        outcomes=outcomes,
        latency_sum_us=sums_us,
        latency_histogram=histogram,
        scale=SCALE,
        busy_vcpu_us=busy * MINUTE_US,
        concurrency_us=sums_us,
        environment_us=np.stack([held * 5 / 7, held * 2 / 7]) * MINUTE_US,
        routed_attempts=arrived + throttled * 15,
        failed_attempts=np.zeros_like(arrived),
        batches=np.zeros_like(arrived),
        retried=np.zeros_like(arrived),
        throttled_attempts=outcomes[:, :, list(THROTTLE_OUTCOMES)],
        waiting_us=np.zeros(arrived.shape),
        waiting_peak=np.zeros_like(arrived),
        waiting=np.zeros(2, dtype=np.int64),
        in_flight=in_flight,
    )


def _latencies(
    generator: np.random.Generator, completed: np.ndarray[Any, Any], load: np.ndarray[Any, Any]
) -> np.ndarray[Any, np.dtype[np.int64]]:
    middle = SCALE.representatives_us()
    histogram = np.zeros((*completed.shape, SCALE.bin_count), dtype=np.int64)
    for function, median_us in enumerate((40_000, 20_000)):
        for minute, count in enumerate(completed[function]):
            slow = median_us * (1 + 1.5 * min(load[minute], 0.9) ** 4)
            weights = np.exp(-0.5 * (np.log(middle / slow) / 0.55) ** 2)
            histogram[function, minute] = generator.multinomial(count, weights / weights.sum())
    return histogram


def _throttling(fleet: Fleet, record: InvocationRecord) -> None:
    for index, function in enumerate(record.function_names):
        throttled = record.outcomes[index, :, 1:5].sum(axis=1)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], throttled > 0, [0]])))
        for first, last in edges.reshape(-1, 2):
            fleet.entries.append(
                ThrottlingStarted(
                    time_us=int(first) * MINUTE_US + 7 * SECOND_US, function=function, reason="cpu"
                )
            )
            fleet.entries.append(
                ThrottlingEnded(
                    time_us=int(last) * MINUTE_US + 10 * SECOND_US,
                    function=function,
                    throttled_count=int(throttled[first:last].sum()),
                )
            )
