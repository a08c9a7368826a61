"""Keeps the `capacity` table: launches, moves and placements folded into levels over time."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pandas as pd

from sim.metrics.fact_lookup import fact_of, whole_number
from sim.metrics.minute_grid import minute_grid
from sim.metrics.step_functions import StepFunction
from sim.model.journal_entries import EnvironmentChanged, InstanceChanged, InstanceLaunched
from sim.model.run_record import RunRecord
from sim.model.states import EnvironmentState, ManagedInstanceState

INSTANCE_STATES = tuple(s for s in ManagedInstanceState if s is not ManagedInstanceState.TERMINATED)
ENVIRONMENT_STATES = tuple(s for s in EnvironmentState if s is not EnvironmentState.TERMINATED)
VCPU_QUANTITIES = ("provisioned_vcpu", "allocatable_vcpu", "allocated_vcpu")


class Place(NamedTuple):
    """Where a level is kept: a capacity provider's part of an Availability Zone."""

    capacity_provider: str
    availability_zone: str


class Change(NamedTuple):
    """One step of one level: of one of `QUANTITIES` at one place."""

    time_us: int
    place: Place
    quantity: str
    amount: int


def column_of(state: ManagedInstanceState | EnvironmentState) -> str:
    """Column that counts what is in a state, such as `instances_shutting_down`."""
    noun = "instances" if isinstance(state, ManagedInstanceState) else "environments"
    return f"{noun}_{state.value.replace('-', '_')}"


INSTANCE_COLUMNS = tuple(column_of(state) for state in INSTANCE_STATES)
ENVIRONMENT_COLUMNS = tuple(column_of(state) for state in ENVIRONMENT_STATES)
QUANTITIES = (*INSTANCE_COLUMNS, *ENVIRONMENT_COLUMNS, *VCPU_QUANTITIES)


def capacity_table(record: RunRecord) -> pd.DataFrame:
    """One row per minute since the first traffic, capacity provider and Availability Zone.

    Columns: `minute`, `time_us`, `hours`, `capacity_provider`, `availability_zone`, then
    time-weighted means over the minute: `instances_STATE`, `instances` (all not terminated),
    `environments_STATE`, `provisioned_vcpu` (all instances not terminated), `allocatable_vcpu`
    (ready instances less what the operating system and the Lambda Agent keep), `allocated_vcpu`
    (environments not terminated).
    All are additive over zones and capacity providers.
    """
    grid = minute_grid(record)
    levels = step_functions(record)
    nothing = StepFunction.from_changes([], [])
    parts = []
    used = places(record)
    for place in used or (Place("", ""),):
        means = {
            quantity: levels.get((place, quantity), nothing).means(grid.starts_us, grid.ends_us)
            for quantity in QUANTITIES
        }
        parts.append(pd.DataFrame({**grid.columns(), **place._asdict(), **means}))
    table = pd.concat(parts, ignore_index=True) if used else parts[0].head(0)
    return table.assign(instances=table[list(INSTANCE_COLUMNS)].sum(axis=1))


def places(record: RunRecord) -> tuple[Place, ...]:
    """Every capacity provider with every of its zones, also those never used."""
    return tuple(
        Place(provider.name, zone)
        for provider in record.capacity_providers
        for zone in provider.availability_zones
    )


def total_level(record: RunRecord, *quantities: str) -> StepFunction:
    """Level of one or more quantities summed over the account."""
    wanted = [change for change in changes(record) if change.quantity in quantities]
    return StepFunction.from_changes(
        [change.time_us for change in wanted], [change.amount for change in wanted]
    )


def step_functions(record: RunRecord) -> Mapping[tuple[Place, str], StepFunction]:
    """The level of each quantity at each place."""
    grouped: dict[tuple[Place, str], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for change in changes(record):
        times_us, amounts = grouped[change.place, change.quantity]
        times_us.append(change.time_us)
        amounts.append(change.amount)
    return {
        key: StepFunction.from_changes(times_us, amounts)
        for key, (times_us, amounts) in grouped.items()
    }


def changes(record: RunRecord) -> Iterator[Change]:
    """Every step of every level, in the order of the journal."""
    overhead_vcpu = whole_number(fact_of(record, "managed_instance.overhead_vcpu"))
    launched: dict[str, InstanceLaunched] = {}
    for entry in record.journal:
        match entry:
            case InstanceLaunched():
                launched[entry.instance_id] = entry
                yield from _launch_changes(entry)
            case InstanceChanged():
                yield from _instance_changes(entry, launched[entry.instance_id], overhead_vcpu)
            case EnvironmentChanged():
                yield from _environment_changes(entry, launched[entry.instance_id])
            case _:
                pass


def _launch_changes(entry: InstanceLaunched) -> Iterator[Change]:
    place = Place(entry.capacity_provider, entry.availability_zone)
    yield Change(entry.time_us, place, column_of(ManagedInstanceState.PENDING), 1)
    yield Change(entry.time_us, place, "provisioned_vcpu", entry.vcpu)


def _instance_changes(
    entry: InstanceChanged, launch: InstanceLaunched, overhead_vcpu: int
) -> Iterator[Change]:
    place = Place(launch.capacity_provider, launch.availability_zone)
    states = ((entry.old_state, -1), (entry.new_state, 1))
    for state, sign in ((ManagedInstanceState(name), sign) for name, sign in states):
        if state is ManagedInstanceState.TERMINATED:
            yield Change(entry.time_us, place, "provisioned_vcpu", -launch.vcpu)
            continue
        yield Change(entry.time_us, place, column_of(state), sign)
        if state is ManagedInstanceState.READY:
            usable_vcpu = launch.vcpu - overhead_vcpu
            yield Change(entry.time_us, place, "allocatable_vcpu", sign * usable_vcpu)


def _environment_changes(entry: EnvironmentChanged, launch: InstanceLaunched) -> Iterator[Change]:
    place = Place(launch.capacity_provider, launch.availability_zone)
    if not entry.old_state:
        yield Change(entry.time_us, place, "allocated_vcpu", entry.vcpu)
    else:
        yield Change(entry.time_us, place, column_of(EnvironmentState(entry.old_state)), -1)
    if entry.new_state == EnvironmentState.TERMINATED:
        yield Change(entry.time_us, place, "allocated_vcpu", -entry.vcpu)
    else:
        yield Change(entry.time_us, place, column_of(EnvironmentState(entry.new_state)), 1)
