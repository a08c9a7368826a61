"""Files and functions stay small enough to be read, or say why not."""

import ast

from source_tree import modules

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
REASON = "Longer than the limit because"


def has_reason(node):
    """Whether a docstring says why the thing is so long."""
    return REASON in (ast.get_docstring(node) or "")


def test_files_are_short():
    """No file has more than 500 lines, unless its docstring states the reason."""
    long = {
        module.name: module.text.count("\n")
        for module in modules("sim", "tests")
        if module.text.count("\n") > FILE_LINES_MAX and not has_reason(module.tree)
    }
    assert not long


def test_functions_are_short():
    """No function has more than 60 lines, unless its docstring or its module's states why."""
    long = {
        module.place(function): length
        for module in modules("sim", "tests")
        if not has_reason(module.tree)
        for function in module.functions()
        if (length := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES_MAX
        and not has_reason(function)
    }
    assert not long
