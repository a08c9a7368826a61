"""The shapes of the inputs of all of EC2's operations."""

from collections.abc import Mapping

from sim.controlplane.api_input import ApiInput
from sim.controlplane.ec2_service import instance_inputs, network_inputs

INPUT_TYPES: Mapping[str, type[ApiInput]] = {
    **network_inputs.INPUT_TYPES,
    **instance_inputs.INPUT_TYPES,
}
"""Input shape of every operation, by `ec2:Name`."""
