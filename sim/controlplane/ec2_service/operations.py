"""All operations of EC2."""

from collections.abc import Mapping

from sim.controlplane.ec2_service import (
    gateway_calls,
    instance_calls,
    instance_listings,
    network_calls,
    network_listings,
    tag_calls,
)
from sim.controlplane.operation import Operation

OPERATIONS: Mapping[str, Operation] = {
    **network_listings.OPERATIONS,
    **network_calls.OPERATIONS,
    **gateway_calls.OPERATIONS,
    **instance_listings.OPERATIONS,
    **instance_calls.OPERATIONS,
    **tag_calls.OPERATIONS,
}
"""Every operation by `ec2:Name`."""
