"""Calls to AWS that a scenario makes at chosen times, as a person or a pipeline would."""

from pydantic import Field

from sim.scenario.texts import IamName, JsonObject, OperationName
from sim.strict_model import StrictModel
from sim.units import DurationUs


class Call(StrictModel):
    """One control-plane call; what AWS answers, a refusal too, is part of the run's record."""

    at: DurationUs
    """When, counted from the first traffic; before the end of the run."""
    caller: IamName
    """Name of the user who calls."""
    operation: OperationName
    """Service and operation, such as `iam:PutRolePolicy`."""
    input: JsonObject = Field(default_factory=dict)
    """Parameters under AWS's own names, such as `RoleName`."""
