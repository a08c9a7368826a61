"""Keeps the folder the registry: the module `p/x.py` holds exactly the kind `x` of package `p`."""

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Annotated, Union

from pydantic import Field


@cache
def kinds(package: str) -> Mapping[str, type]:
    """Import every public module of a package and return {kind: settings class}, sorted by kind.

    A kind is a class with a `kind` field (pydantic model or dataclass) whose default is the name
    of its module. Modules whose names start with an underscore are private and not looked at.
    A module that does not hold exactly one such class is our own mistake: assertion.
    """
    parent = importlib.import_module(package)
    names = sorted(found.name for found in pkgutil.iter_modules(parent.__path__))
    found = {
        name: _only_kind(importlib.import_module(f"{package}.{name}"), name)
        for name in names
        if not name.startswith("_")
    }
    return MappingProxyType(found)


def one_of_kinds(package: str) -> object:
    """The pydantic type of whatever kind of a package, told by its `kind`."""
    classes = tuple(kinds(package).values())
    return Annotated[Union[classes], Field(discriminator="kind")]  # noqa: UP007  # at run time


def _only_kind(module: ModuleType, name: str) -> type:
    classes = [
        candidate
        for _, candidate in inspect.getmembers(module, inspect.isclass)
        if candidate.__module__ == module.__name__ and _default_kind(candidate) is not None
    ]
    assert len(classes) == 1, f"{module.__name__} holds {len(classes)} kinds, expected exactly one"
    (only,) = classes
    assert _default_kind(only) == name, (
        f"kind of {module.__name__}.{only.__name__} is `{_default_kind(only)}`, expected `{name}`"
    )
    return only


def _default_kind(candidate: type) -> str | None:
    """Return the default of the class's `kind` field, None if it has no such text."""
    fields = getattr(candidate, "model_fields", None)
    if isinstance(fields, dict):
        default = fields["kind"].default if "kind" in fields else None
    else:
        default = vars(candidate).get("kind")
    return default if isinstance(default, str) else None
