"""The folder is the registry, and a folder that breaks the rule is our own mistake."""

import sys
from pathlib import Path

import pytest

from sim.registry import kinds

GOOD = """
from dataclasses import dataclass
from typing import Literal
from pydantic import BaseModel
class Other: pass
class Settings(BaseModel):
    kind: Literal["{kind}"] = "{kind}"
"""


def a_package(folder: Path, name: str, modules: dict[str, str]) -> str:
    """Write an importable package and return its name."""
    package = folder / name
    package.mkdir()
    (package / "__init__.py").write_text("")
    for module, text in modules.items():
        (package / f"{module}.py").write_text(text)
    return name


@pytest.fixture
def importable(tmp_path, monkeypatch):
    """Give a folder from which packages can be imported, forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_kinds_are_the_public_modules_in_order(importable):
    """Public modules are kinds, sorted by name; private ones are not looked at."""
    modules = {"zebra": GOOD.format(kind="zebra"), "ant": GOOD.format(kind="ant"), "_shared": ""}
    found = kinds(a_package(importable, "kinds_in_order", modules))
    assert list(found) == ["ant", "zebra"]
    assert found["ant"]().kind == "ant"


def test_dataclass_with_a_kind_is_a_kind_too(importable):
    """A frozen dataclass with a default `kind` counts as much as a pydantic model."""
    text = "import dataclasses\n@dataclasses.dataclass\nclass A:\n    kind: str = 'a'\n"
    assert list(kinds(a_package(importable, "kinds_as_dataclass", {"a": text}))) == ["a"]


def test_imported_kind_is_not_counted(importable):
    """A kind class that a module only imports does not make the module ambiguous."""
    modules = {
        "one": GOOD.format(kind="one"),
        "two": "from kinds_imported.one import Settings as One\n" + GOOD.format(kind="two"),
    }
    assert list(kinds(a_package(importable, "kinds_imported", modules))) == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("kinds_none", "", "holds 0 kinds"),
        ("kinds_misnamed", GOOD.format(kind="other"), "is `other`, expected `a`"),
        ("kinds_twice", GOOD.format(kind="a") + "class B(Settings): pass", "holds 2 kinds"),
    ],
)
def test_module_that_is_not_one_kind_is_an_assertion(importable, name, text, message):
    """A module without a kind, with a wrong name or with two kinds is refused at once."""
    with pytest.raises(AssertionError, match=message):
        kinds(a_package(importable, name, {"a": text}))


def test_registry_cannot_be_changed_by_a_reader(importable):
    """The mapping is read-only: a kind is added by adding a file."""
    found = kinds(a_package(importable, "kinds_frozen", {"a": GOOD.format(kind="a")}))
    with pytest.raises(TypeError):
        found["b"] = object
