"""Every input has AWS's member names, and nothing in it is unknown or coerced."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_pascal


class ApiInput(BaseModel):
    """Base of all inputs: AWS's member names, nothing unknown, nothing coerced."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        alias_generator=to_pascal,
        validate_by_alias=True,
        validate_by_name=False,
        defer_build=True,
    )
