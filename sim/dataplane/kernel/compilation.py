"""How the kernel is compiled: functions are marked here, and what Python calls is called here.

Nothing is compiled, and no compiler is imported, before somebody calls a function whose machine
code is not kept for groups of this form.
"""

import ctypes
import gc
import hashlib
from collections.abc import Callable
from types import FunctionType, GenericAlias
from typing import Any, ParamSpec, TypeVar, cast, get_args

from llvmlite import binding as llvm

from sim.dataplane.kernel.blocks import Group, block_of, form_of_columns
from sim.dataplane.kernel.machine_code import keep, kept, loaded

P = ParamSpec("P")
R = TypeVar("R")

PARTS: dict[FunctionType, dict[str, Any]] = {}
"""Every function that is compiled, and the compiler's options for it."""


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile what each request passes into its callers."""
    return _marked(function, forceinline=True)


def called(function: Callable[P, R]) -> Callable[P, R]:
    """Compile what is rare, or large: inlining it takes longer to compile and gains nothing."""
    return _marked(function, forceinline=False)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile what Python calls with a group of arrays, groups of columns, and numbers."""
    entry = Entry(cast("FunctionType", _marked(function)))
    ENTRIES.append(entry)
    return cast("Callable[P, R]", entry)


def _marked(function: Callable[P, R], **options: Any) -> Callable[P, R]:
    PARTS[cast("FunctionType", function)] = options
    return function


class Entry:
    """A compiled function that Python calls; its machine code is kept for every form of a group."""

    def __init__(self, function: FunctionType) -> None:
        self.function = function
        *hints, returned = function.__annotations__.values()
        _, *self.columns = (hint for hint in hints if _is_group(hint))
        self.number_types = [_number_type(hint) for hint in hints if not _is_group(hint)]
        results = get_args(returned) if isinstance(returned, GenericAlias) else (returned,)
        self.result_types = [_number_type(hint) for hint in results if hint is not None]
        self._group_count = 1 + len(self.columns)
        self._column_forms = [form_of_columns(group_type) for group_type in self.columns]
        self._codes: dict[str, Callable[..., int]] = {}
        self._prototype = ctypes.CFUNCTYPE(
            ctypes.c_int32,
            *[ctypes.c_void_p] * (2 + self._group_count),
            *[_C_TYPES[number] for number in self.number_types],
        )
        self._result_names = [f"_{place}" for place in range(len(self.result_types))]
        fields = zip(self._result_names, map(_C_TYPES.get, self.result_types), strict=True)
        self._results = type("Results", (ctypes.Structure,), {"_fields_": list(fields)})

    @property
    def forms(self) -> list[str]:
        """The forms of the first group for which it was called."""
        return list(self._codes)

    def __call__(self, *arguments: Any) -> Any:
        """Answer as the function would."""
        first, *others = map(block_of, arguments[: self._group_count])
        code = self._codes.get(first.form)
        if code is None:
            engine = _engine(first.form, arguments[0])
            code = self._prototype(engine.get_function_address(self.function.__name__))
            self._codes[first.form] = code
        assert [block.form for block in others] == self._column_forms
        numbers = [
            number_type(number)
            for number_type, number in zip(
                self.number_types, arguments[self._group_count :], strict=True
            )
        ]
        results = self._results()
        addresses = [block.address for block in (first, *others)]
        raised = ctypes.c_void_p()
        status = code(ctypes.addressof(results), ctypes.addressof(raised), *addresses, *numbers)
        assert status == 0, "compiled code raises nothing"
        values = [getattr(results, name) for name in self._result_names]
        return tuple(values) if len(values) > 1 else values[0] if values else None


ENTRIES: list[Entry] = []
"""Everything that Python calls: it is compiled together, once for every form of the first group."""
_ENGINES: dict[str, llvm.ExecutionEngine] = {}
"""What is in memory, by the form of the first group."""
_C_TYPES: dict[type, type] = {int: ctypes.c_int64, float: ctypes.c_double, bool: ctypes.c_bool}


def _engine(form: str, group: Group) -> llvm.ExecutionEngine:
    """The code for groups of this form; it is made if it is not kept."""
    if form not in _ENGINES:
        name = hashlib.sha256(form.encode()).hexdigest()[:16]
        code = kept(name)
        if code is None:
            code = _made(group)
            keep(name, code)
        _ENGINES[form] = loaded(code)
    return _ENGINES[form]


def _made(group: Group) -> bytes:
    """Compile without the garbage collector, which takes an eighth of the time and finds little."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        from sim.dataplane.kernel.compiler import machine_code_of

        return machine_code_of(ENTRIES, group)
    finally:
        if was_enabled:
            gc.enable()


def _is_group(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, tuple)


def _number_type(hint: object) -> type:
    """What the compiled code knows: whole numbers of 64 bits, floats and truth values."""
    return hint if hint in (float, bool) else int
