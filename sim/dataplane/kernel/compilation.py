"""How the kernel is compiled: functions are marked here, and what Python calls is called here.

Nothing is compiled, and no compiler is imported, before somebody calls a function whose machine
code is not kept for groups of this form.
"""

import ctypes
import hashlib
from collections.abc import Callable
from types import FunctionType
from typing import Any, ParamSpec, TypeVar, cast, get_args

from sim.dataplane.kernel import machine_code
from sim.dataplane.kernel.blocks import Group, block_of

P = ParamSpec("P")
R = TypeVar("R")

PARTS: dict[FunctionType, dict[str, Any]] = {}
"""Every function that is compiled, and the compiler's options for it."""


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile what each request passes into its callers."""
    return _marked(function, forceinline=True)


def pasted(function: Callable[P, R]) -> Callable[P, R]:
    """Paste what is small, or has one caller, into its callers before they are compiled.

    That saves compiling it by itself. Not where an argument may be None: that is decided by type.
    """
    return _marked(function, inline="always")


def called(function: Callable[P, R]) -> Callable[P, R]:
    """Compile what is rare or large: inlining it takes longer to compile and gains nothing."""
    return _marked(function)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile what Python calls: groups of arrays come first, then numbers."""
    return cast("Callable[P, R]", Entry(cast("FunctionType", _marked(function))))


def _marked(function: Callable[P, R], **options: Any) -> Callable[P, R]:
    PARTS[cast("FunctionType", function)] = options
    return function


class Entry:
    """A compiled function that Python calls; its machine code is kept for every form of groups."""

    def __init__(self, function: FunctionType) -> None:
        self.function = function
        *parameters, returned = function.__annotations__.values()
        self.group_count = sum(map(_is_group, parameters))
        self.number_types = [_number_type(hint) for hint in parameters[self.group_count :]]
        hints = get_args(returned) or (returned,)
        self.result_types = [_number_type(hint) for hint in hints if hint is not None]
        self._codes: dict[tuple[str, ...], Callable[..., int]] = {}
        self._prototype = ctypes.CFUNCTYPE(
            ctypes.c_int32,
            *[ctypes.c_void_p] * (2 + self.group_count),
            *[_C_TYPES[number] for number in self.number_types],
        )
        fields = [(f"_{place}", _C_TYPES[number]) for place, number in enumerate(self.result_types)]
        self._results = type("Results", (ctypes.Structure,), {"_fields_": fields})

    @property
    def forms(self) -> list[tuple[str, ...]]:
        """The forms of groups for which the code is loaded."""
        return list(self._codes)

    def __call__(self, *arguments: Any) -> Any:
        groups = arguments[: self.group_count]
        blocks = [block_of(group) for group in groups]
        form = tuple(block.form for block in blocks)
        code = self._codes.get(form)
        if code is None:
            code = self._codes[form] = self._prototype(self._address(form, groups))
        numbers = map(_converted, self.number_types, arguments[self.group_count :])
        results = self._results()
        status = code(ctypes.addressof(results), None, *[b.address for b in blocks], *numbers)
        assert status == 0, "compiled code raises nothing"
        values = [getattr(results, name) for name, _ in self._results._fields_]
        return tuple(values) if len(values) > 1 else values[0] if values else None

    def _address(self, form: tuple[str, ...], groups: tuple[Group, ...]) -> int:
        """Where the machine code stands in memory; it is made if it is not kept."""
        symbol = self.function.__name__
        name = f"{symbol}-{hashlib.sha256(repr(form).encode()).hexdigest()[:16]}"
        code = machine_code.kept(name)
        if code is None:
            from sim.dataplane.kernel.compiler import machine_code_of  # it is large

            code = machine_code_of(self, groups)
            machine_code.keep(name, code)
        return machine_code.loaded(code, symbol)


_C_TYPES: dict[type, type] = {int: ctypes.c_int64, float: ctypes.c_double, bool: ctypes.c_bool}


def _is_group(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, tuple)


def _number_type(hint: object) -> type:
    """What the compiled code knows: whole numbers of 64 bits, floats and truth values."""
    return hint if hint in (float, bool) else int


def _converted(number_type: type, number: Any) -> Any:
    return number_type(number)
