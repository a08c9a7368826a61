"""The only place where the objects of a world meet: a scenario and a seed in, a system out."""

import gc
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sim.assembly.account import account_images, account_organization, account_principals
from sim.assembly.deployment import Deployment
from sim.assembly.run_records import RunRecords
from sim.assembly.script import Script
from sim.assembly.set_up import set_up_calls
from sim.assembly.settings import (
    bound_callers,
    bound_workloads,
    function_behaviours,
    world_rules,
    world_settings,
)
from sim.controlplane.account import Account
from sim.controlplane.authority import Authority
from sim.controlplane.door import ControlPlane
from sim.controlplane.identity_troubles import IdentityTroubles
from sim.controlplane.lambda_service.request_rates import ProviderRequestRates
from sim.controlplane.organization import Organization
from sim.controlplane.principals import Principals
from sim.controlplane.security_tokens import SecurityTokens
from sim.controlplane.service_linked_role import ServiceLinkedRole
from sim.engine.arrivals import MergedArrivals
from sim.engine.arrivals_ahead import drawn_ahead
from sim.engine.callers import DrawnCallers
from sim.engine.ec2_observer import Ec2Bounds
from sim.engine.foundation import Foundation
from sim.engine.kernel import Priority
from sim.engine.observers import Observers
from sim.engine.randomness import Streams
from sim.engine.world import Traffic, World
from sim.facts import Catalogue, catalogue
from sim.faults import FaultSettings, Levers
from sim.model.invocation_record import THROTTLE_OUTCOMES, InvocationRecord, Outcome
from sim.model.journal_entries import FaultChange, FaultChanged, WorldEnded, WorldStarted
from sim.scenario import Scenario, to_resolved
from sim.version import VERSION

_COLLECTED_AFTER = 50_000
"""New objects after which the garbage collector looks; Python's own 700 is for lesser programs."""


@dataclass(frozen=True, slots=True)
class System:
    """A world with its control plane, ready to be advanced."""

    scenario: Scenario
    seed: int
    facts: Catalogue
    foundation: Foundation
    world: World
    account: Account
    control_plane: ControlPlane
    observers: Observers
    records: RunRecords
    traffic_start_us: int
    horizon_us: int

    def advance_to(self, time_us: int) -> None:
        """Let everything happen up to and including events at `time_us`."""
        with _collecting_seldom():
            self.world.advance_to(time_us)

    def finish(self) -> InvocationRecord:
        """Close both records; the last journal entry holds the totals of the data plane."""
        record = self.world.finish()
        self.observers.judge_invocations(record)
        self.foundation.journal.append(_ended(self.foundation.kernel.now_us, record))
        return record


def assemble(
    scenario: Scenario,
    *,
    seed: int,
    replication: int = 0,
    credential_clock: Callable[[], int] | None = None,
) -> System:
    """Build the world of a scenario; nothing has happened yet but its first journal entry.

    Credentials end by `credential_clock`, in world microseconds; None: by the world's time.
    """
    facts = catalogue().with_overrides(scenario.assumptions)
    foundation = Foundation(Streams(seed, replication))
    records = RunRecords(scenario=scenario, seed=seed, facts=facts, foundation=foundation)
    account = _account(scenario, facts, foundation, records, credential_clock)
    observers = _observers(account.world, facts)
    foundation.journal.observe(observers.see)
    system = System(
        scenario=scenario,
        seed=seed,
        facts=facts,
        foundation=foundation,
        world=account.world,
        account=account,
        control_plane=ControlPlane(account),
        observers=observers,
        records=records,
        traffic_start_us=scenario.preparation,
        horizon_us=scenario.preparation + scenario.duration,
    )
    _start(system, account)
    return system


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Look for garbage seldom: most of what a world makes stays, in its records or its fleet.

    To look at all of that again and again takes a seventh of the time of a large fleet.
    """
    young, *older = gc.get_threshold()
    # Zero is the wish of somebody that it never looks.
    gc.set_threshold(young and max(young, _COLLECTED_AFTER), *older)
    try:
        yield
    finally:
        gc.set_threshold(young, *older)


def _account(
    scenario: Scenario,
    facts: Catalogue,
    foundation: Foundation,
    records: RunRecords,
    credential_clock: Callable[[], int] | None,
) -> Account:
    principals = account_principals(scenario, facts)
    organization = account_organization(scenario, facts)
    authority = _authority(scenario, foundation, principals, organization)
    linked_role = ServiceLinkedRole(foundation=foundation, principals=principals, facts=facts)
    return Account(
        account_id=scenario.account.id,
        region=scenario.region,
        foundation=foundation,
        facts=facts,
        principals=principals,
        authority=authority,
        service_linked_role=linked_role,
        organization=organization,
        started_at=_instant(scenario, 0),
        provider_rates=ProviderRequestRates.of(facts),
        world=_world(scenario, facts, foundation, authority, principals, linked_role),
        behaviours=function_behaviours(scenario),
        own_images=account_images(scenario),
        record_of=records.so_far,
        credential_clock=credential_clock,
    )


def _authority(
    scenario: Scenario,
    foundation: Foundation,
    principals: Principals,
    organization: Organization,
) -> Authority:
    return Authority(
        kernel=foundation.kernel,
        journal=foundation.journal,
        principals=principals,
        organization=organization,
        region=scenario.region,
        calendar=lambda now_us: _calendar(scenario, now_us),
    )


def _world(
    scenario: Scenario,
    facts: Catalogue,
    foundation: Foundation,
    authority: Authority,
    principals: Principals,
    linked_role: ServiceLinkedRole,
) -> World:
    settings = world_settings(scenario, facts, terminating_role_arn=linked_role.arn)
    return World(
        foundation=foundation,
        settings=settings,
        rules=world_rules(scenario.placement, facts),
        traffic=_traffic(scenario, foundation, settings.horizon_us),
        authority=authority,
        role_assumption=SecurityTokens(
            foundation=foundation, principals=principals, authority=authority, facts=facts
        ),
    )


def _traffic(scenario: Scenario, foundation: Foundation, horizon_us: int) -> Traffic:
    start_us = scenario.preparation
    return Traffic(
        arrivals=drawn_ahead(
            MergedArrivals(
                workloads=bound_workloads(scenario),
                streams=foundation.streams,
                start_us=start_us,
                horizon_us=horizon_us,
            )
        ),
        callers=tuple(
            DrawnCallers(callers, streams=foundation.streams, start_us=start_us)
            for callers in bound_callers(scenario)
        ),
    )


def _observers(world: World, facts: Catalogue) -> Observers:
    timings = world.settings.timings
    return Observers(
        vcpu_count_max=lambda name: world.capacity_providers.by_name[name].vcpu_count_max,
        operator=facts.text("managed_instance.operator"),
        overhead_vcpu=facts.integer("managed_instance.overhead_vcpu"),
        first_burst_us=timings.first_burst_us if world.settings.is_first_burst_raced else None,
        ec2_bounds=Ec2Bounds(
            address_counts={s.subnet_id: s.address_count for s in world.settings.subnets},
            vcpu_quota=world.ec2.laws.vcpu_quota.own_limit_vcpu,
        ),
    )


def _start(system: System, account: Account) -> None:
    """Write the first entry, and plan the set-up calls, the script and what is to be judged."""
    system.foundation.journal.append(
        WorldStarted(
            time_us=0,
            scenario_sha256=scenario_sha256(system.scenario),
            seed=system.seed,
            version=VERSION,
        )
    )
    levers = Levers(system.world, IdentityTroubles(account.principals, account.authority))
    for position, fault in enumerate(system.scenario.faults):
        _plan_fault(system, levers, fault, stream=_fault_stream(system.scenario, position))
    script = Script(system.scenario, account, system.control_plane)
    deployment = Deployment(kernel=system.foundation.kernel, make=script.make, facts=system.facts)
    for planned in set_up_calls(system.scenario, system.facts):
        deployment.plan(planned)
    script.plan_expectations(horizon_us=system.horizon_us)


def _fault_stream(scenario: Scenario, position: int) -> str:
    """The stream of a fault: named after its kind, and numbered among the faults of that kind."""
    kind = _fault_kind(scenario.faults[position])
    number = sum(_fault_kind(earlier) == kind for earlier in scenario.faults[:position])
    return f"fault/{kind}/{number}"


def _fault_kind(fault: FaultSettings) -> str:
    return str(type(fault).model_fields["kind"].default)


def _plan_fault(system: System, levers: Levers, fault: FaultSettings, *, stream: str) -> None:
    """Write down when it begins and heals, and pull its levers; what is one thing may be spared."""
    streams = system.foundation.streams
    if fault.is_one_thing and not streams.strikes(stream, "the fault", fault.probability):
        return
    span = fault.span(
        traffic_start_us=system.traffic_start_us, horizon_us=system.horizon_us, stream=stream
    )
    for time_us, change in (
        (span.start_us, FaultChange.BEGAN),
        (span.end_us, FaultChange.HEALED),
    ):
        entry = FaultChanged(
            time_us=time_us,
            fault=_fault_kind(fault),
            scope=fault.scope(),
            change=change.value,
        )
        system.foundation.kernel.call_at(
            time_us, Priority.SCRIPT, partial(system.foundation.journal.append, entry)
        )
    fault.pull(levers, span)


def scenario_sha256(scenario: Scenario) -> str:
    """Digest of the resolved scenario, 64 hexadecimal digits."""
    text = json.dumps(to_resolved(scenario), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _calendar(scenario: Scenario, now_us: int) -> str:
    """Calendar time of a world instant, ISO 8601 in UTC; seconds are enough for IAM."""
    return _instant(scenario, now_us).strftime("%Y-%m-%dT%H:%M:%SZ")


def _instant(scenario: Scenario, now_us: int) -> datetime:
    return scenario.start_at + timedelta(microseconds=now_us - scenario.preparation)


def _ended(now_us: int, record: InvocationRecord) -> WorldEnded:
    totals = record.outcomes.sum(axis=(0, 1))
    return WorldEnded(
        time_us=now_us,
        arrived=int(record.arrived.sum()),
        completed=int(totals[Outcome.COMPLETED]),
        throttled=int(totals[list(THROTTLE_OUTCOMES)].sum()),
        timed_out=int(totals[Outcome.TIMED_OUT]),
        infrastructure_failed=int(totals[Outcome.INFRASTRUCTURE_FAILED]),
        in_flight=int(record.in_flight.sum()),
        invocations_sha256=invocations_sha256(record),
    )


def invocations_sha256(record: InvocationRecord) -> str:
    """Digest of what happened to the invocations, 64 hexadecimal digits.

    Of the histograms only those enter that are not empty; the outcomes say which.
    """
    digest = hashlib.sha256()
    for array in (
        record.arrived,
        record.outcomes,
        record.latency_histogram[record.has_latencies],
        record.latency_sum_us,
        record.busy_vcpu_us,
        record.concurrency_us,
    ):
        digest.update(array.tobytes())
    return digest.hexdigest()
