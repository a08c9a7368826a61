"""Names speak the glossary: AWS's nouns spelled out, and no names that could mean anything."""

import ast
import re

from source_tree import modules

ABBREVIATIONS = {"cp", "ee", "inst", "env"}
BANNED = ABBREVIATIONS | {"utils", "helpers", "common", "manager", "misc"}
_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def words(name):
    """The words of an identifier in lower case, snake or camel."""
    return {word.lower() for part in name.split("_") for word in _CAMEL.findall(part)}


def names_given(tree):
    """Every name that a module gives to something of its own, with the node that gives it."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node
            case ast.arg():
                yield node.arg, node
            case ast.Name(ctx=ast.Store()):
                yield node.id, node
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr, node
            case ast.alias(asname=str()):
                yield node.asname, node


def test_words_are_split_as_a_reader_would():
    """The splitter of this test knows snake case, camel case and capitals."""
    assert words("IamCallerKind_maxVCpuCount") == {
        "iam",
        "caller",
        "kind",
        "max",
        "v",
        "cpu",
        "count",
    }
    assert words("common") & BANNED
    assert not words("instance_manage_environment") & BANNED


def test_identifiers_have_no_banned_word():
    """No identifier contains a banned word; names of tests are sentences and may say `common`."""
    found = [
        f"{module.place(node)} {name}"
        for module in modules("sim", "tests")
        for name, node in names_given(module.tree)
        if words(name) & (ABBREVIATIONS if name.startswith("test_") else BANNED)
    ]
    assert not found


def test_file_names_have_no_banned_word():
    """No file or folder of ours contains a banned word."""
    found = [
        module.name
        for module in modules("sim", "tests")
        if any(words(part.removesuffix(".py")) & BANNED for part in module.name.split("/"))
    ]
    assert not found
