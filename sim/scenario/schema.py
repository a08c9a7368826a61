"""The JSON Schema of scenario files, for editors: made from the models, never written by hand."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, NoDefault
from pydantic_core import core_schema

from sim.scenario.models import Scenario
from sim.scenario.texts import JsonObject


def scenario_schema() -> JsonObject:
    """Schema of a scenario file; descriptions are the docstrings of the fields."""
    written = Scenario.model_json_schema(schema_generator=_Generator)
    dialect = {"$schema": GenerateJsonSchema.schema_dialect}
    return {**dialect, **written, "title": "lmisim scenario"}


class _Generator(GenerateJsonSchema):
    """Shows defaults as a person writes them, also those that come from the facts."""

    def get_default_value(self, schema: core_schema.WithDefaultSchema) -> Any:
        """The default, made by its factory if it has one."""
        default = super().get_default_value(schema)
        factory = schema.get("default_factory")
        if default is NoDefault and factory is not None:
            return factory()  # type: ignore[call-arg]  # ours take no validated data
        return default

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """The schema with its default, a quantity as text with a unit."""
        written = super().default_schema(schema)
        serializer = schema["schema"].get("serialization") or {}
        if "default" in written and serializer.get("type") == "function-plain":
            written["default"] = serializer["function"](self.get_default_value(schema))
        return written
