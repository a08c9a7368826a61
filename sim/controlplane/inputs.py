"""Input shapes of the operations: members named as AWS names them, checked before anything happens.

Members that this model cannot honour are refused, not ignored. The shapes of each service lie
beside its handlers.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from sim.controlplane.api_input import ApiInput
from sim.controlplane.iam_service import policy_inputs, role_inputs, user_inputs
from sim.controlplane.lambda_service import (
    access_inputs,
    capacity_provider_inputs,
    function_inputs,
)
from sim.controlplane.organizations_service import organizations_inputs
from sim.controlplane.sts_service import sts_inputs

InstanceIds = Annotated[list[str], Field(max_length=1000)]
"""Source of the length: service model of EC2."""


class TerminateInstances(ApiInput):
    """EC2 `TerminateInstances`."""

    instance_ids: Annotated[InstanceIds, Field(min_length=1)]
    """Instances to end, all or none."""


class DescribeInstances(ApiInput):
    """EC2 `DescribeInstances`."""

    instance_ids: InstanceIds = Field(default_factory=list)
    """Instances to describe; none named: all of the account."""


INPUT_TYPES: Mapping[str, type[ApiInput]] = {
    **capacity_provider_inputs.INPUT_TYPES,
    **function_inputs.INPUT_TYPES,
    **access_inputs.INPUT_TYPES,
    "ec2:TerminateInstances": TerminateInstances,
    "ec2:DescribeInstances": DescribeInstances,
    **role_inputs.INPUT_TYPES,
    **policy_inputs.INPUT_TYPES,
    **user_inputs.INPUT_TYPES,
    **sts_inputs.INPUT_TYPES,
    **organizations_inputs.INPUT_TYPES,
}
"""Input shape of every operation, by `service:Name`."""
