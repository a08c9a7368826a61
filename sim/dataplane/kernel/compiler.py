"""From marked functions to machine code: the only module that knows the compiler.

Each part is typed and lowered once; all parts of an entry are then optimised together, once. They
count no references (the kernel makes no arrays), and nobody but the entry calls them.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from types import FunctionType
from typing import Any

import numba
import numpy as np
from llvmlite import binding as llvm
from llvmlite import ir as llvm_ir
from numba.core import (
    cgutils,
    codegen,
    compiler,
    ir,
    ir_utils,
    lowering,
    typed_passes,
    types,
    untyped_passes,
)
from numba.core.compiler_machinery import FunctionPass, PassManager, register_pass
from numba.core.datamodel import models
from numba.core.registry import CPUDispatcher
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, lower_getattr_generic, register_model

from sim.dataplane.kernel.blocks import Group, columns_of
from sim.dataplane.kernel.compilation import PARTS, Entry
from sim.dataplane.kernel.machine_code import target_machine

_OPTIONS = {
    "nopython": True,
    "_nrt": False,
    # A division by zero gives infinity as in numpy: a check for it costs as much as the division.
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}
_NUMBERS = {int: types.int64, float: types.float64, bool: types.boolean}
_WORD = llvm_ir.IntType(64)


def machine_code_of(entries: Sequence[Entry], group: Group) -> bytes:
    """An object file with all entries, under their own names, for first groups of this form."""
    first = _group_type(group)
    results = [_result(entry, first) for entry in entries]
    module = _linked([result.library for result in results])
    names = {
        result.fndesc.llvm_func_name: entry.function.__name__
        for result, entry in zip(results, entries, strict=True)
    }
    for function in module.functions:
        if not function.is_declaration:
            function.linkage = "external" if function.name in names else "internal"
    for mangled, name in names.items():
        module.get_function(mangled).name = name
    return _optimised(module)


def _result(entry: Entry, first: "_GroupType") -> Any:
    """The entry as it was lowered; what others have lowered before is used again."""
    columns = [_group_type_of_columns(group_type) for group_type in entry.columns]
    arguments = (first, *columns, *(_NUMBERS[number] for number in entry.number_types))
    results = [_NUMBERS[number] for number in entry.result_types]
    returned = types.Tuple(results) if len(results) > 1 else [*results, types.none][0]
    dispatcher = _dispatchers()[entry.function]
    dispatcher.compile(returned(*arguments))
    return dispatcher.overloads[arguments]


def _linked(libraries: list["_Library"]) -> llvm.ModuleRef:
    """One module with these parts and all that they call."""
    module, *others = _with_all_that_they_call(libraries)
    module = module.clone()
    for other in others:
        module.link_in(other, preserve=True)
    return module


def _with_all_that_they_call(libraries: list["_Library"]) -> Iterator[llvm.ModuleRef]:
    found = set()
    waiting = list(libraries)
    while waiting:
        library = waiting.pop()
        if library not in found:
            found.add(library)
            waiting += library._linking_libraries
            yield library._final_module


def _optimised(module: llvm.ModuleRef) -> bytes:
    machine = target_machine()
    module.data_layout = str(machine.target_data)
    tuning = llvm.create_pipeline_tuning_options(speed_level=3)
    tuning.slp_vectorization = False
    builder = llvm.create_pass_builder(machine, tuning)
    simplifier = builder.getFunctionPassManager()
    for function in module.functions:
        if not function.is_declaration:
            # What is simple before it is inlined is faster afterwards (measured: 3 %).
            simplifier.run(function, builder)
    builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))


class _GroupType(types.Type):
    """A pointer to a block of words (see `blocks`), and what stands from which word on."""

    def __init__(self, name: str, fields: dict[str, tuple[types.Type, int]], size: int) -> None:
        self.fields = fields
        self.size = size
        """In bytes."""
        super().__init__(name)


def _group_type(group: Group) -> _GroupType:
    fields = {}
    place = 0
    for name, value in zip(type(group).__annotations__, group, strict=True):
        fields[name] = (_field_type(value), place)
        place += _width(value)
    described = ",".join(f"{name}:{field}@{place}" for name, (field, place) in fields.items())
    return _GroupType(f"{type(group).__name__}({described})", fields, 8 * place)


def _group_type_of_columns(group_type: type[Group]) -> _GroupType:
    columns = [np.empty(0, dtype=dtype) for dtype in columns_of(group_type).values()]
    return _group_type(group_type(*columns))


def _field_type(value: object) -> types.Type:
    match value:
        case None:
            return types.none
        case np.ndarray():
            return types.Array(numba.from_dtype(value.dtype), value.ndim, "C")
        case tuple():
            return _group_type(value)
        case _:
            return types.int64


def _width(value: object) -> int:
    match value:
        case None:
            return 0
        case np.ndarray():
            return 1 + value.ndim
        case tuple():
            return sum(map(_width, value))
        case _:
            return 1


@register_model(_GroupType)
class _GroupModel(models.PrimitiveModel):
    """In compiled code a group is where its block begins."""

    def __init__(self, models_known: Any, group_type: _GroupType) -> None:
        super().__init__(models_known, group_type, _WORD.as_pointer())


@infer_getattr
class _GroupAttributes(AttributeTemplate):
    """The types of the fields of groups."""

    key = _GroupType

    def generic_resolve(  # type: ignore[override]
        self, group_type: _GroupType, name: str
    ) -> types.Type:
        """The type of one field."""
        return group_type.fields[name][0]


@lower_getattr_generic(_GroupType)
def _field(context: Any, builder: Any, group_type: _GroupType, block: Any, name: str) -> Any:
    """Read a field from the words of its block."""
    field, place = group_type.fields[name]

    def word(offset: int) -> Any:
        loaded = builder.load(builder.gep(block, [_WORD(place + offset)]))
        # Nobody writes to a block while compiled code runs: it may be read once and for all.
        loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
        return loaded

    if field is types.none:
        return context.get_dummy_value()
    if isinstance(field, _GroupType):
        return builder.gep(block, [_WORD(place)])
    if not isinstance(field, types.Array):
        return word(0)
    shape = [word(1 + axis) for axis in range(field.ndim)]
    strides = [_WORD(context.get_abi_sizeof(context.get_data_type(field.dtype)))]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length, flags=["nsw"]))
    model = context.data_model_manager[field]
    array = llvm_ir.Constant(model.get_value_type(), None)
    for part, value in {
        "data": builder.inttoptr(word(0), context.get_value_type(model.get_type("data"))),
        "shape": cgutils.pack_array(builder, shape),
        "strides": cgutils.pack_array(builder, strides),
    }.items():
        array = model.set(builder, array, value, part)
    return array


class _Part(CPUDispatcher):
    """A marked function: compiled for the types that its callers have, never called by Python."""

    def add_overload(self, result: Any) -> None:
        """Without the table from which Python's calls are answered."""
        self.overloads[tuple(result.signature.args)] = result


@cache
def _dispatchers() -> dict[FunctionType, _Part]:
    """The marked functions as the compiler knows them, calling each other."""
    namespaces = {function.__module__: dict(function.__globals__) for function in PARTS}
    parts = {
        function: _part(function, namespaces[function.__module__], options)
        for function, options in PARTS.items()
    }
    extremes = {
        "min": _part(_lesser, {}, {"forceinline": True}),
        "max": _part(_greater, {}, {"forceinline": True}),
    }
    for namespace in namespaces.values():
        for name, value in namespace.items():
            if isinstance(value, FunctionType) and value in parts:
                namespace[name] = parts[value]
        namespace.update(extremes)
    return parts


def _part(
    function: Callable[..., Any], namespace: dict[str, Any], options: dict[str, Any]
) -> _Part:
    copy = FunctionType(function.__code__, namespace, function.__name__)
    return _Part(copy, targetoptions={**_OPTIONS, **options}, pipeline_class=_Pipeline)


def _lesser(first: Any, second: Any) -> Any:
    """`min` of two numbers: the compiler's own is for any number of them and compiled apart."""
    return second if second < first else first


def _greater(first: Any, second: Any) -> Any:
    """`max` of two numbers."""
    return second if second > first else first


class _Library(codegen.JITCodeLibrary):
    """The code of one part as it was lowered: neither optimised nor linked nor put into memory."""

    def _optimize_functions(self, module: llvm.ModuleRef) -> None:
        """Later, together with all others."""

    def finalize(self) -> None:
        """Nothing is left to be done for a part alone."""
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)
class _LeaveOutAbsent(FunctionPass):
    """Read a group's field as None where it is None, so that code for it is not compiled."""

    _name = "leave_out_absent"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        """Whether something was changed."""
        changed = False
        for block in state.func_ir.blocks.values():
            for statement in block.find_insts(ir.Assign):
                if self._is_absent(state, statement.value):
                    statement.value = ir.Const(None, statement.loc)
                    state.func_ir._definitions[statement.target.name] = [statement.value]
                    changed = True
        return changed

    @staticmethod
    def _is_absent(state: Any, value: Any) -> bool:
        if not isinstance(value, ir.Expr) or value.op != "getattr":
            return False
        owner = ir_utils.guard(ir_utils.get_definition, state.func_ir, value.value)
        group = state.args[owner.index] if isinstance(owner, ir.Arg) else None
        return isinstance(group, _GroupType) and group.fields[value.attr][0] is types.none


class _Lower(lowering.Lower):
    """Lowers one part."""

    def pre_lower(self) -> None:
        """Say of blocks that they can be read at any time: the optimiser does it once."""
        super().pre_lower()
        arguments = {argument.name: argument for argument in self.function.args}
        for name, kind in zip(self.fndesc.args, self.fndesc.argtypes, strict=True):
            if isinstance(kind, _GroupType):
                attributes = arguments[f"arg.{name}"].attributes
                attributes.dereferenceable = kind.size
                attributes.align = 8
                for attribute in ("noalias", "nonnull"):
                    attributes.add(attribute)


@register_pass(mutates_CFG=True, analysis_only=False)
class _Lowering(typed_passes.NativeLowering):
    """Lower a part into a library of its own, which callers find by the part's result."""

    _name = "lowering_of_a_part"

    @property
    def lowering_class(self) -> type[_Lower]:
        """What the pass lowers with."""
        return _Lower

    def run_pass(self, state: Any) -> bool:
        """Always changes something."""
        state.library = _Library(state.targetctx.codegen(), state.func_id.func_qualname)
        super().run_pass(state)
        if not state.flags.forceinline:
            function = state.library._final_module.get_function(state.cr.fndesc.llvm_func_name)
            # So that callers keep their registers for what is frequent (measured: 3 %).
            function.add_function_attribute("cold")
        key = object()
        state.cr = state.cr._replace(cfunc=key)
        state.targetctx.insert_user_function(key, state.cr.fndesc, [state.library])
        return True


class _Pipeline(compiler.CompilerBase):
    """The compiler's passes without those for what the kernel does not use."""

    def define_pipelines(self) -> list[PassManager]:
        """One pipeline: what cannot be compiled is a mistake."""
        self.state.flags.no_compile = True
        passes = PassManager("kernel")
        for step in (
            untyped_passes.TranslateByteCode,
            untyped_passes.FixupArgs,
            untyped_passes.IRProcessing,
            _LeaveOutAbsent,
            untyped_passes.DeadBranchPrune,
            untyped_passes.ReconstructSSA,
            untyped_passes.DeadBranchPrune,
            typed_passes.NopythonTypeInference,
            typed_passes.PreLowerStripPhis,
            typed_passes.IRLegalization,
            _Lowering,
            typed_passes.NoPythonBackend,
        ):
            passes.add_pass(step, step._name)
        passes.finalize()
        return [passes]
