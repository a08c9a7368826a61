"""The account's quota of running On-Demand vCPUs: no launch goes over it.

Every type that Lambda launches is of family C, M or R, which share one quota with A, D, H, I, T and
Z (`Running On-Demand Standard instances`, L-1216C47A).
"""

from sim.model.api_results import ApiError


class VcpuQuota:
    """vCPUs in use and the most that may be; instances count until they are terminated."""

    def __init__(self, limit_vcpu: int | None) -> None:
        """`limit_vcpu` None: the account's quota never binds."""
        self._limit_vcpu = limit_vcpu
        self._lowered_vcpu: list[int] = []
        self._own_vcpu = 0
        self._others_vcpu = 0

    def set_limit(self, limit_vcpu: int | None) -> None:
        """Lever: raise, lower or lift the quota; what runs stays."""
        self._limit_vcpu = limit_vcpu

    def lower(self, limit_vcpu: int) -> None:
        """Lever: let the quota be no higher, until `lift` takes that back; what runs stays."""
        self._lowered_vcpu.append(limit_vcpu)

    def lift(self, limit_vcpu: int) -> None:
        """Lever: take one lowering back."""
        self._lowered_vcpu.remove(limit_vcpu)

    @property
    def limit_vcpu(self) -> int | None:
        """The quota in force; None: it never binds."""
        own = [] if self._limit_vcpu is None else [self._limit_vcpu]
        return min([*own, *self._lowered_vcpu], default=None)

    def set_others(self, vcpu: int) -> None:
        """Lever: what instances outside of this simulation use of the account's quota."""
        self._others_vcpu = vcpu

    def own_limit_vcpu(self) -> int | None:
        """vCPUs that instances of this simulation may have in all; None without a quota."""
        return None if self.limit_vcpu is None else self.limit_vcpu - self._others_vcpu

    def left_vcpu(self) -> int | None:
        """vCPUs that may still be launched; None without a quota, never below zero."""
        limit_vcpu = self.own_limit_vcpu()
        return None if limit_vcpu is None else max(0, limit_vcpu - self._own_vcpu)

    def take(self, vcpu: int) -> None:
        """An instance was launched."""
        self._own_vcpu += vcpu

    def give_back(self, vcpu: int) -> None:
        """An instance is terminated."""
        self._own_vcpu -= vcpu
        assert self._own_vcpu >= 0, "more vCPUs were given back than taken"

    def refusal(self) -> ApiError:
        """VcpuLimitExceeded."""
        return ApiError(
            "VcpuLimitExceeded",
            "You have requested more vCPU capacity than your current vCPU limit of "
            f"{self.limit_vcpu} allows for the instance bucket that the specified instance type "
            "belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an "
            "adjustment to this limit.",
        )
