"""The whole of a scenario as one frozen value, with the attribute names of the YAML file."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from sim.scenario.account import Account
from sim.scenario.capacity_provider import CapacityProvider
from sim.scenario.expectations import WorldExpectation
from sim.scenario.faults import Fault
from sim.scenario.function import Function, OtherFunctions
from sim.scenario.network import Network
from sim.scenario.placement import Placement
from sim.scenario.script import Call
from sim.scenario.texts import Region, ScenarioName
from sim.scenario.thresholds import Thresholds
from sim.scenario.workload import Workload
from sim.strict_model import StrictModel
from sim.units import MINUTE_US, DurationUs

_YEARS = range(1900, 2200)


class RoutingRule(StrEnum):
    """How the router picks an execution environment for an invocation."""

    POWER_OF_TWO = "power_of_two"
    RANDOM = "random"
    ROUND_ROBIN = "round_robin"
    LEAST_OUTSTANDING = "least_outstanding"


def _instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or instant.year not in _YEARS:
        raise ValueError(
            f"`{str(value)[:40]}` is not an instant: expected a date, time and zone such as "
            "`2026-01-31T08:00:00Z`"
        )
    return instant.astimezone(UTC)


def _instant_text(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    PlainSerializer(_instant_text, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


def _fact_value(value: object) -> object:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return value
    raise ValueError("a fact has one value: expected a number, or text such as `15s`")


def _is_usual(placement: Placement) -> bool:
    """What a scenario leaves as it is assumed to be is not written into a resolved one."""
    return placement == Placement()


FactValue = Annotated[str | int | float, BeforeValidator(_fact_value)]


class Scenario(StrictModel):
    """One world and what happens in it; validated, frozen, every default written out."""

    schema_version: Literal[1]
    """Version of this file format: 1."""
    name: ScenarioName
    """Short name; names the run folder."""
    description: Annotated[str, Field(max_length=2000)] = ""
    """One or two sentences for the head of the report."""
    start_at: Instant = datetime(2026, 1, 1, tzinfo=UTC)
    """Calendar time of the first traffic; only for labels."""
    preparation: DurationUs = Field(default=10 * MINUTE_US)
    """Time before the traffic for set-up calls and the first publish; whole minutes."""
    duration: DurationUs
    """How long traffic flows; more than zero."""
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    """Root of all randomness: same scenario and seed, same run."""
    region: Region = "us-east-1"
    """AWS Region; names ARNs and Availability Zones."""
    account: Account
    """Users, roles and guardrails."""
    network: Network
    """VPC, subnets and security groups."""
    capacity_providers: Annotated[tuple[CapacityProvider, ...], Field(max_length=1000)] = ()
    """Capacity providers created while the world is prepared."""
    functions: Annotated[tuple[Function, ...], Field(max_length=1000)] = ()
    """Functions deployed while the world is prepared."""
    other_functions: Annotated[
        OtherFunctions | None, Field(exclude_if=lambda value: value is None)
    ] = None
    """How functions behave that calls create beside these; without it, none can be created."""
    workloads: Annotated[tuple[Workload, ...], Field(max_length=1000)] = ()
    """Who calls which function when."""
    routing: RoutingRule = RoutingRule.POWER_OF_TWO
    """How the router picks an execution environment."""
    placement: Annotated[Placement, Field(exclude_if=_is_usual)] = Placement()
    """How Lambda chooses instance types, fills instances and balances zones."""
    record_every: Annotated[int | None, Field(ge=1, exclude_if=lambda value: value is None)] = None
    """Record every n-th arrival of each function on its own, in `samples.parquet`: its times,
    environment, attempts and outcome. Without it, none; each takes memory."""
    script: Annotated[tuple[Call, ...], Field(max_length=10_000)] = ()
    """Control-plane calls at chosen times."""
    expectations: Annotated[
        tuple[WorldExpectation, ...], Field(max_length=1000, exclude_if=lambda value: not value)
    ] = ()
    """What must be true of the world at chosen times, each a `kind` and what it is about; one that
    fails makes the command end with exit code 1, as does a call that comes to something else."""
    faults: Annotated[
        tuple[Fault, ...], Field(max_length=1000, exclude_if=lambda value: not value)
    ] = ()
    """What goes wrong and when it heals: each a `kind` and its settings."""
    thresholds: Thresholds = Thresholds()
    """What must hold for the run to pass."""
    assumptions: Annotated[dict[str, FactValue], Field(max_length=200)] = Field(
        default_factory=dict
    )
    """Other values for facts that AWS does not publish, by the fact's name."""
