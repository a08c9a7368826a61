"""How often EC2 may be called: one token bucket per action for requests, one for instances.

Source: EC2 Developer Guide, request throttling; sizes are the facts `ec2.*_burst` and `_refill`.
Buckets belong to the account and Region: whoever calls in it draws on them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sim.engine.token_bucket import TokenBucket
from sim.facts import Catalogue
from sim.model.api_results import ApiError


class RequestClass(StrEnum):
    """Rows of AWS's table of request buckets; every action falls into exactly one of them."""

    DESCRIBE = "describe"
    UNFILTERED_DESCRIBE = "unfiltered_describe"
    MUTATING = "mutating"
    RESOURCE_INTENSIVE = "resource_intensive"
    CONSOLE = "console"
    RUN_INSTANCES = "run_instances"
    START_INSTANCES = "start_instances"
    TERMINATE_INSTANCES = "terminate_instances"
    CREATE_NETWORK_INTERFACE = "create_network_interface"
    DELETE_NETWORK_INTERFACE = "delete_network_interface"
    CREATE_VOLUME = "create_volume"
    CREATE_TAGS = "create_tags"
    DELETE_TAGS = "delete_tags"
    DESCRIBE_INSTANCE_TOPOLOGY = "describe_instance_topology"


class InstanceClass(StrEnum):
    """Actions with a second bucket, whose tokens are instances."""

    RUN_INSTANCES = "run_instances"
    START_INSTANCES = "start_instances"
    TERMINATE_INSTANCES = "terminate_instances"
    STOP_INSTANCES = "stop_instances"


_OWN_CLASS: Mapping[str, RequestClass] = {
    "RunInstances": RequestClass.RUN_INSTANCES,
    "StartInstances": RequestClass.START_INSTANCES,
    "TerminateInstances": RequestClass.TERMINATE_INSTANCES,
    "CreateNetworkInterface": RequestClass.CREATE_NETWORK_INTERFACE,
    "DeleteNetworkInterface": RequestClass.DELETE_NETWORK_INTERFACE,
    "CreateVolume": RequestClass.CREATE_VOLUME,
    "CreateTags": RequestClass.CREATE_TAGS,
    "DeleteTags": RequestClass.DELETE_TAGS,
    "DescribeInstanceTopology": RequestClass.DESCRIBE_INSTANCE_TOPOLOGY,
}
_INSTANCE_CLASS: Mapping[str, InstanceClass] = {
    "RunInstances": InstanceClass.RUN_INSTANCES,
    "StartInstances": InstanceClass.START_INSTANCES,
    "TerminateInstances": InstanceClass.TERMINATE_INSTANCES,
    "StopInstances": InstanceClass.STOP_INSTANCES,
}
_LARGE_DESCRIBES = frozenset(
    {
        "DescribeInstances",
        "DescribeInstanceStatus",
        "DescribeNetworkInterfaces",
        "DescribeSecurityGroups",
        "DescribeSnapshots",
        "DescribeSpotInstanceRequests",
        "DescribeVolumes",
    }
)
"""Describe actions whose unfiltered, unpaginated form has a smaller bucket."""
_RESOURCE_INTENSIVE = frozenset(
    {
        "AcceptVpcPeeringConnection",
        "AuthorizeSecurityGroupIngress",
        "CancelSpotInstanceRequests",
        "CreateKeyPair",
        "CreateVpcPeeringConnection",
        "DeleteVpcPeeringConnection",
        "RejectVpcPeeringConnection",
        "RevokeSecurityGroupIngress",
        "RequestSpotInstances",
    }
)


def request_class(
    action: str, *, is_unfiltered: bool = False, is_from_console: bool = False
) -> RequestClass:
    """The row of AWS's table for an action, written without `ec2:`."""
    if action in _OWN_CLASS:
        return _OWN_CLASS[action]
    if is_from_console:
        return RequestClass.CONSOLE
    if action in _RESOURCE_INTENSIVE:
        return RequestClass.RESOURCE_INTENSIVE
    if not action.startswith(("Describe", "Get")):
        return RequestClass.MUTATING
    is_large = is_unfiltered and action in _LARGE_DESCRIBES
    return RequestClass.UNFILTERED_DESCRIBE if is_large else RequestClass.DESCRIBE


@dataclass(frozen=True, slots=True)
class BucketSize:
    """Tokens that a full bucket holds, and tokens that come back per second."""

    burst: int
    refill_per_s: float

    def bucket(self) -> TokenBucket:
        """A full bucket of this size."""
        return TokenBucket(capacity=self.burst, refill_per_s=self.refill_per_s)


@dataclass(frozen=True, slots=True)
class RequestLimitSizes:
    """The sizes of all buckets."""

    requests: Mapping[RequestClass, BucketSize]
    instances: Mapping[InstanceClass, BucketSize]

    @classmethod
    def of(cls, facts: Catalogue) -> "RequestLimitSizes":
        """As the facts have them."""

        def size(name: str) -> BucketSize:
            return BucketSize(
                burst=facts.integer(f"ec2.{name}_burst"),
                refill_per_s=facts.number(f"ec2.{name}_refill"),
            )

        return cls(
            requests={c: size(f"{c.value}_requests") for c in RequestClass},
            instances={c: size(f"{c.value}_instances") for c in InstanceClass},
        )


class RequestLimits:
    """The buckets of one account in one Region; a refused call takes nothing out of them."""

    def __init__(self, sizes: RequestLimitSizes) -> None:
        self._sizes = sizes
        self._requests: dict[tuple[str, RequestClass], TokenBucket] = {}
        self._instances = {c: size.bucket() for c, size in sizes.instances.items()}

    def admit(self, action: str, *, now_us: int, is_unfiltered: bool = False) -> ApiError | None:
        """Let one request pass, or answer RequestLimitExceeded; `action` as in `ec2:RunInstances`.

        Each action is limited on its own; only the size of its bucket is that of its class.
        """
        name = action.removeprefix("ec2:")
        of_class = request_class(name, is_unfiltered=is_unfiltered)
        key = (name, of_class)
        if key not in self._requests:
            self._requests[key] = self._sizes.requests[of_class].bucket()
        return None if self._requests[key].try_take(now_us=now_us) else _exceeded()

    def admit_instances(self, action: str, count: int, *, now_us: int) -> ApiError | None:
        """Let a request for `count` instances pass if that many tokens are there; takes none."""
        bucket = self._instances[_INSTANCE_CLASS[action.removeprefix("ec2:")]]
        return None if bucket.has(count, now_us=now_us) else _exceeded()

    def take_instances(self, action: str, count: int, *, now_us: int) -> None:
        """Take the tokens of instances that a request was given (assumed: not of those refused)."""
        bucket = self._instances[_INSTANCE_CLASS[action.removeprefix("ec2:")]]
        taken = bucket.try_take(count, now_us=now_us)
        assert taken, "only what was admitted at this instant is taken"


def _exceeded() -> ApiError:
    return ApiError("RequestLimitExceeded", "Request limit exceeded.")
