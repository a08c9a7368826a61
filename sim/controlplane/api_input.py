"""Every input has AWS's member names, and nothing in it is unknown or coerced."""

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel, to_pascal

from sim.strict_model import StrictModel


class ApiInput(StrictModel):
    """Base of all inputs: AWS's member names, nothing unknown, nothing coerced."""

    model_config = ConfigDict(
        alias_generator=to_pascal, validate_by_alias=True, validate_by_name=False
    )


class CamelInput(ApiInput):
    """Members in lowerCamelCase, as CloudWatch Logs names them."""

    model_config = ConfigDict(alias_generator=to_camel)
