"""What a person may say about a function: its settings at Lambda and the work of one invocation."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from sim.facts import catalogue
from sim.model.version_names import LATEST_PUBLISHED
from sim.scenario.demands import Demand
from sim.scenario.texts import IamName, Name, Runtime
from sim.strict_model import StrictModel
from sim.units import MIB_PER_GIB, DurationUs, Fraction, SizeMib, TrafficBytes

_Count = Annotated[int, Field(ge=0, le=2**31)]


def _is_zero(value: object) -> bool:
    """What a function never does is not written into a resolved scenario."""
    return not value


class OtherFunctions(StrictModel):
    """How functions behave that calls create and the scenario does not describe."""

    init: DurationUs
    """How long the function's own start-up takes in a new execution environment."""
    cpu: Demand
    """CPU time that one invocation needs, alone on its vCPU."""
    io: Demand
    """Time one invocation waits for others, such as databases, without using CPU."""
    correlation: Annotated[float, Field(ge=-1.0, le=1.0)] = 0.0
    """How `cpu` and `io` of one invocation hang together, as in a function."""
    memory_base: SizeMib = 0
    """Memory an idle environment uses."""
    memory_per_invocation: SizeMib = 0
    """Memory each running invocation adds."""
    disk_per_invocation: SizeMib = 0
    """Scratch disk each running invocation uses."""
    init_failure_fraction: Annotated[Fraction, Field(exclude_if=_is_zero)] = 0.0
    """Share of starts of an environment that fail at the end of the function's init."""


class Function(StrictModel):
    """A Lambda function on managed instances, published once while the world is prepared."""

    name: Name
    """Name, unique in the scenario."""
    capacity_provider: Name
    """Name of the capacity provider that runs it."""
    execution_role: IamName
    """Name of the role that the function's code acts with."""
    runtime: Runtime
    """Lambda runtime such as `python3.13`; it sets the default concurrency per vCPU."""
    memory: SizeMib = Field(
        default_factory=lambda: catalogue().size_mib("execution_environment.memory_min")
    )
    """Memory of an execution environment. Source: execution_environment.memory_min/_max."""
    memory_gib_per_vcpu: Annotated[int, Field(ge=1, le=2**20)] = Field(
        default_factory=lambda: catalogue().integer(
            "execution_environment.memory_gib_per_vcpu_default"
        )
    )
    """GiB of memory for each vCPU. Source: execution_environment.memory_gib_per_vcpu_choices."""
    per_execution_environment_max_concurrency: Annotated[int, Field(ge=1, le=2**31)] | None = None
    """Invocations at once in one environment; default: the runtime's number per vCPU x vCPUs."""
    timeout: DurationUs = Field(
        default_factory=lambda: catalogue().duration_us("function.timeout_default")
    )
    """Longest run of an invocation. Source: function.timeout_default/_max."""
    init: DurationUs
    """How long the function's own start-up takes in a new execution environment."""
    min_execution_environments: _Count = Field(
        default_factory=lambda: catalogue().integer("execution_environment.count_min_default")
    )
    """Environments kept always; 0 only with maximum 0. Source: execution_environment.count_*."""
    max_execution_environments: _Count | None = None
    """Most environments; null: as many as the capacity provider holds."""
    cpu: Demand
    """CPU time that one invocation needs, alone on its vCPU."""
    io: Demand
    """Time one invocation waits for others, such as databases, without using CPU."""
    correlation: Annotated[float, Field(ge=-1.0, le=1.0)] = 0.0
    """How `cpu` and `io` of one invocation hang together, -1 to 1: above 0 long ones are long in
    both; 0: not at all. Each keeps its distribution. It is the correlation of a Gaussian copula."""
    memory_base: SizeMib = 0
    """Memory an idle environment uses."""
    memory_per_invocation: SizeMib = 0
    """Memory each running invocation adds."""
    disk: SizeMib = Field(
        default_factory=lambda: catalogue().size_mib("execution_environment.disk_min")
    )
    """Scratch disk of an environment. Source: execution_environment.disk_min/_max."""
    disk_per_invocation: SizeMib = 0
    """Scratch disk each running invocation uses."""
    network_in_per_invocation: Annotated[TrafficBytes, Field(exclude_if=_is_zero)] = 0
    """What each invocation receives from others than its caller, through the network interface of
    its instance, such as `12 KiB`: only for the metric NetworkIn. It takes no time here."""
    network_out_per_invocation: Annotated[TrafficBytes, Field(exclude_if=_is_zero)] = 0
    """What each invocation sends that way: only for the metric NetworkOut."""
    disk_read_per_invocation: Annotated[TrafficBytes, Field(exclude_if=_is_zero)] = 0
    """What each invocation reads from local storage: only for the metric DiskReadBytes."""
    disk_write_per_invocation: Annotated[TrafficBytes, Field(exclude_if=_is_zero)] = 0
    """What each invocation writes to local storage: only for the metric DiskWriteBytes."""
    error_fraction: Annotated[Fraction, Field(exclude_if=_is_zero)] = 0.0
    """Share of invocations that end with a function error, `1%` or 0.01."""
    crash_fraction: Annotated[Fraction, Field(exclude_if=_is_zero)] = 0.0
    """Share of invocations that take their whole environment down when they end, as the crash of an
    extension does: it is replaced, and what else runs in it is lost."""
    init_failure_fraction: Annotated[Fraction, Field(exclude_if=_is_zero)] = 0.0
    """Share of starts of an environment that fail at the end of the function's init; after some
    (fact execution_environment.failed_init_max) the first publish fails."""
    adaptive_concurrency: Annotated[bool, Field(exclude_if=_is_zero)] = False
    """Whether the limit of each environment follows its CPU use (facts adaptive_concurrency.*), at
    most the configured one; else the configured limit always holds."""
    on_demand_memory: SizeMib = Field(
        default_factory=lambda: catalogue().size_mib("comparison.on_demand_memory")
    )
    """Memory the same code would get on default Lambda; only for the cost comparison."""
    publish_to_latest_published: Annotated[bool, Field(exclude_if=_is_zero)] = False
    """Whether it is published as `$LATEST.PUBLISHED`, the head that is published again in place;
    else as version 1."""
    deployed_by: IamName | None = None
    """User who creates and publishes it; `developer` if there is one, else as `created_by`."""

    @model_validator(mode="after")
    def _ends_in_one_way(self) -> Self:
        if self.error_fraction + self.crash_fraction > 1.0:
            raise ValueError(
                "an invocation ends with an error or takes its environment down: expected "
                "`error_fraction` and `crash_fraction` to be at most 1 together"
            )
        return self

    @property
    def first_qualifier(self) -> str:
        """The version that is published while the world is prepared."""
        return LATEST_PUBLISHED if self.publish_to_latest_published else "1"

    @property
    def vcpu(self) -> int:
        """Whole vCPUs of an execution environment, rounded down; validation refuses fractions."""
        return self.memory // (self.memory_gib_per_vcpu * MIB_PER_GIB)

    @property
    def concurrency_limit(self) -> int:
        """Invocations at once in one execution environment, the default written out."""
        assert self.per_execution_environment_max_concurrency is not None, "not resolved"
        return self.per_execution_environment_max_concurrency
