"""What people write is taken as it is or refused: nothing unknown, converted or infinite."""

from pydantic import BaseModel, ConfigDict


class StrictModel(BaseModel):
    """Base of what is read at the edges; the docstring under a field is its description."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )
