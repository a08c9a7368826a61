"""Which error codes a handler can answer, read from its source and from all functions it calls.

Functions of the control plane are followed wherever they are named, and where a function was made
with them, or with a record of them; methods are not. Whether a branch can be reached is not asked,
so the answer is the most that the functions could say.
"""

import ast
import dataclasses
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

from sim.controlplane.errors import access_denied
from sim.model.api_results import ApiError

_OWN = "sim.controlplane"


def raised_codes(handler: Callable[..., object]) -> set[str]:
    """Every code that an `ApiError` in the handler or below it is made with."""
    codes: set[str] = set()
    open_functions, seen = [handler], {access_denied}
    while open_functions:
        function = open_functions.pop()
        if not isinstance(function, FunctionType) or function in seen:
            continue
        seen.add(function)
        for cell in function.__closure__ or ():
            open_functions += _parts(cell.cell_contents)
        for node in ast.walk(_tree(function)):
            if isinstance(node, ast.Call) and _meaning(node.func, function) is ApiError:
                codes |= set(_first_texts(node, function))
            meant = _meaning(node, function)
            if isinstance(meant, FunctionType) and meant.__module__.startswith(_OWN):
                open_functions.append(meant)
    return codes


def _parts(held: Any) -> list[Any]:
    """What a function was made with, and what stands in it where that is a record."""
    fields = dataclasses.fields(held) if dataclasses.is_dataclass(held) else ()
    return [held, *(getattr(held, field.name) for field in fields)]


def _tree(function: FunctionType) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def _meaning(node: ast.AST, function: FunctionType) -> object:
    """What a name, or a name in a module, stands for in the function's module."""
    if isinstance(node, ast.Name):
        return function.__globals__.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _meaning(node.value, function)
        return getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else None
    return None


def _first_texts(call: ast.Call, function: FunctionType) -> Iterator[str]:
    """The code in an `ApiError(code, ...)`; one that is worked out is not known here."""
    argument = call.args[0]
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        yield argument.value
    elif isinstance(meant := _meaning(argument, function), str):
        yield meant
