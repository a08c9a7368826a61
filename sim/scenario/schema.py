"""The JSON Schema of scenario files, for editors: made from the models, never written by hand."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, NoDefault
from pydantic_core import core_schema

from sim.scenario.bases import BASE_KEY, CHANGES_KEY, REMOVED_KEY
from sim.scenario.models import Scenario
from sim.scenario.texts import JsonObject

_BASE_KEYS: JsonObject = {
    BASE_KEY: {
        "type": "string",
        "description": "Another scenario file, relative to this one, whose keys hold where this "
        "one has none.",
    },
    CHANGES_KEY: {
        "type": "object",
        "description": "Single values of that file to change, by their paths, such as "
        "`functions.site.memory: 8 GiB`.",
    },
    REMOVED_KEY: {
        "type": "array",
        "items": {"type": "string"},
        "description": "Paths of values of that file to take away, such as `functions.site`.",
    },
}


def scenario_schema() -> JsonObject:
    """Schema of a scenario file; descriptions are the docstrings of the fields."""
    written = Scenario.model_json_schema(schema_generator=_Generator)
    dialect = {"$schema": GenerateJsonSchema.schema_dialect}
    # What a file is based on has the keys that the file leaves out.
    needed = [{"required": [BASE_KEY]}, {"required": written.pop("required")}]
    written["properties"] |= _BASE_KEYS
    return {**dialect, **written, "anyOf": needed, "title": "lmisim scenario"}


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
