"""Which model describes a place of the document, so that a wrong key is met with right ones."""

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.scenario.document import Document, Path, Plain
from sim.strict_model import descriptions


def model_at(root: type[BaseModel], path: Path, document: Document) -> type[BaseModel] | None:
    """The model of the mapping at a path; None for free JSON or an unknown kind."""
    fitting = [m for m, value in _models_at(root, path, document) if _is_of_kind(m, value)]
    return fitting[0] if fitting else None


def kinds_at(root: type[BaseModel], path: Path, document: Document) -> list[str]:
    """The kinds a mapping with a `kind` key may have at a path, sorted."""
    models = [model for model, _ in _models_at(root, path, document)]
    return sorted(str(m.model_fields["kind"].default) for m in models if "kind" in m.model_fields)


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a model by the keys of the file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def description_of(model: type[BaseModel], key: str) -> str:
    """The docstring under the field with this key, empty if there is none."""
    names = {field.alias or name: name for name, field in model.model_fields.items()}
    return descriptions(model).get(names.get(key, ""), "")


def _models_at(
    root: type[BaseModel], path: Path, document: Document
) -> list[tuple[type[BaseModel], Plain]]:
    """Every model that the annotation at a path names, with the value written there."""
    annotation: object = root
    value = document.value
    for part in path:
        if isinstance(value, dict):
            annotation = _field_annotation(annotation, str(part), value)
            value = value.get(str(part))
        elif isinstance(value, list) and isinstance(part, int):
            value = value[part]
    return [(model, value) for model in _models_in(annotation)]


def _field_annotation(annotation: object, key: str, value: Plain) -> object:
    for model in _models_in(annotation):
        fields = keys_of(model)
        if _is_of_kind(model, value) and key in fields:
            return fields[key].annotation
    return None


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """Models named anywhere in an annotation: through Annotated, unions, tuples and lists."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) is Annotated:
        yield from _models_in(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType, tuple, list):
        for inner in get_args(annotation):
            yield from _models_in(inner)


def _is_of_kind(model: type[BaseModel], value: Plain) -> bool:
    """Whether a model takes a mapping: always, unless both name different kinds."""
    if "kind" not in model.model_fields or not isinstance(value, dict):
        return True
    return bool(value.get("kind") == model.model_fields["kind"].default)
