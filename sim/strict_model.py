"""What people write is taken as it is or refused: nothing unknown, converted or infinite."""

import ast
import inspect
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from textwrap import dedent
from typing import Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic_core import CoreSchema


class DescribedModel(BaseModel):
    """Base of what others write; the docstring under a field is its description in the schema.

    A model is built when something is validated by it: most are parts of others, or not needed.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The schema with the docstrings under the fields."""
        written = handler(schema)
        properties = handler.resolve_ref_schema(written).get("properties", {})
        described = descriptions(cls)
        for name, field in cls.model_fields.items():
            key = field.alias or name
            if name in described and key in properties:
                properties[key]["description"] = described[name]
        return written


class StrictModel(DescribedModel):
    """Base of what is read at the edges."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


@cache
def descriptions(model: type) -> Mapping[str, str]:
    """The docstrings under the fields of a model and of its bases, read when they are asked for."""
    described: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            described.update(_docstrings(base))
    return described


def _docstrings(model: type) -> dict[str, str]:
    (written,) = ast.parse(dedent(inspect.getsource(model))).body
    assert isinstance(written, ast.ClassDef)
    return {
        statement.target.id: inspect.cleandoc(following.value.value)
        for statement, following in pairwise(written.body)
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and isinstance(following, ast.Expr)
        and isinstance(following.value, ast.Constant)
        and isinstance(following.value.value, str)
    }
