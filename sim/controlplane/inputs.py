"""Input shapes of the operations: members named as AWS names them, checked before anything happens.

Members that this model cannot honour are refused, not ignored. The shapes of each service lie
beside its handlers.
"""

from collections.abc import Mapping

from sim.controlplane.api_input import ApiInput
from sim.controlplane.ec2_service.inputs import INPUT_TYPES as EC2_INPUT_TYPES
from sim.controlplane.iam_service import policy_inputs, role_inputs, user_inputs
from sim.controlplane.lambda_service import (
    access_inputs,
    capacity_provider_inputs,
    function_inputs,
)
from sim.controlplane.observability.inputs import INPUT_TYPES as OBSERVABILITY_INPUT_TYPES
from sim.controlplane.organizations_service import organizations_inputs
from sim.controlplane.sts_service import sts_inputs

INPUT_TYPES: Mapping[str, type[ApiInput]] = {
    **capacity_provider_inputs.INPUT_TYPES,
    **function_inputs.INPUT_TYPES,
    **access_inputs.INPUT_TYPES,
    **role_inputs.INPUT_TYPES,
    **policy_inputs.INPUT_TYPES,
    **user_inputs.INPUT_TYPES,
    **sts_inputs.INPUT_TYPES,
    **organizations_inputs.INPUT_TYPES,
    **EC2_INPUT_TYPES,
    **OBSERVABILITY_INPUT_TYPES,
}
"""Input shape of every operation, by `service:Name`."""
