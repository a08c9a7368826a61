"""Keeps the account short of vCPUs: its quota is lower for a while."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from sim.engine.troubles import TroubleSpan
from sim.faults._fault import FaultSettings, examples

if TYPE_CHECKING:
    from sim.faults._levers import Levers


class VcpuQuota(FaultSettings):
    """EC2 answers VcpuLimitExceeded to launches above the quota; what runs stays."""

    model_config: ClassVar[ConfigDict] = examples(
        {"kind": "vcpu_quota", "limit_vcpu": 8, "start": "5m", "duration": "20m"},
    )
    is_one_thing: ClassVar[bool] = True

    kind: Literal["vcpu_quota"] = "vcpu_quota"
    limit_vcpu: Annotated[int, Field(ge=0, le=10_000_000)]
    """The quota of running On-Demand vCPUs meanwhile; a lower one of the account's own counts."""

    def scope(self) -> str:
        """The quota."""
        return f"{self.limit_vcpu} vCPUs"

    def pull(self, levers: "Levers", span: TroubleSpan) -> None:
        """Lower the quota, and lift it again."""
        quota = levers.laws.vcpu_quota
        levers.during(
            span,
            begin=partial(quota.lower, self.limit_vcpu),
            heal=partial(quota.lift, self.limit_vcpu),
        )
