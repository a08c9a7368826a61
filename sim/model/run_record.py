"""Everything a finished run leaves behind: two records, the resolved scenario, their origin."""

from collections.abc import Mapping
from dataclasses import dataclass

from sim.facts import Fact
from sim.model.invocation_record import InvocationRecord
from sim.model.journal_entries import JournalEntry


@dataclass(frozen=True, slots=True)
class FunctionProfile:
    """What the metrics need to know of a function version beyond its counts."""

    name: str
    """Name under which it is counted: see `InvocationRecord.function_names`."""
    capacity_provider: str
    architecture: str
    vcpu: int
    memory_mib: int
    concurrency_limit: int
    on_demand_memory_mib: int
    """Memory the same code would get on default Lambda, for the cost comparison."""
    service_time_mean_us: float
    """Mean CPU plus I/O time without contention, microseconds: default Lambda's billed duration."""
    timeout_us: int
    """Longest run of an invocation; default Lambda bills no more than this."""
    memory_base_mib: int
    """Memory that an environment holds without invocations."""
    memory_per_invocation_mib: int
    """Memory that each invocation in flight adds."""
    network_in_bytes: int = 0
    """What each invocation receives through its instance's network interface; 0: not told."""
    network_out_bytes: int = 0
    """What each invocation sends through it."""
    disk_read_bytes: int = 0
    """What each invocation reads from local storage."""
    disk_write_bytes: int = 0
    """What each invocation writes to local storage."""


@dataclass(frozen=True, slots=True)
class CapacityProviderProfile:
    """What the metrics need to know of a capacity provider."""

    name: str
    availability_zones: tuple[str, ...]
    vcpu_count_max: int
    target_cpu_fraction: float


@dataclass(frozen=True, slots=True)
class InvariantReport:
    """What the observers saw: how many checks they made and which failed, in order."""

    checked: int
    violations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One finished run. Metrics, cost and report are functions of this value and nothing else."""

    scenario_name: str
    description: str
    scenario: Mapping[str, object]
    """The resolved scenario, every default written out; loading it repeats the run."""
    seed: int
    version: str
    start_at: str
    """ISO 8601 instant of the first traffic; a label, the world itself counts from zero."""
    traffic_start_us: int
    horizon_us: int
    journal: tuple[JournalEntry, ...]
    journal_sha256: str
    invocations: InvocationRecord
    functions: tuple[FunctionProfile, ...]
    capacity_providers: tuple[CapacityProviderProfile, ...]
    assumptions: tuple[Fact, ...]
    """Every fact the run used that AWS does not document, with its interval."""
    pricing: tuple[Fact, ...]
    """The price facts used: fee, request price, default Lambda's prices, minimum billed time."""
    invariants: InvariantReport
    wall_s: float
    """Wall-clock seconds of the run; the only field that differs between equal runs."""
