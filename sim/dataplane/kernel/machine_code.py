"""Machine code of the kernel on disk: it fits the sources, the compiler and the processor, or goes.

The folder is named after a digest of everything that decides what the code is. A file begins with
the digest of the rest: one that was cut off is made anew.
"""

import hashlib
import os
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from llvmlite import binding as llvm

_PACKAGE = Path(__file__).parent
_SIM = _PACKAGE.parents[1]
SOURCES = (
    *sorted(_PACKAGE.glob("*.py")),
    _SIM / "units.py",
    _SIM / "model" / "invocation_record.py",
)
"""Every file whose text can change what the compiled functions do."""

_DIGEST_SIZE = hashlib.sha256().digest_size


def digest(sources: tuple[Path, ...] = SOURCES) -> str:
    """Digest of the names and texts of the sources, 16 hexadecimal digits."""
    together = hashlib.sha256()
    for source in sources:
        text = source.read_bytes()
        together.update(f"{source.name} {len(text)}\n".encode())
        together.update(text)
    return together.hexdigest()[:16]


def maker() -> str:
    """Digest of the compiler and the processor that the code is for, 16 hexadecimal digits."""
    parts = (
        version_text("numba"),
        version_text("llvmlite"),
        sys.implementation.cache_tag,
        llvm.get_process_triple(),
        llvm.get_host_cpu_name(),
        host_features(),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def version_text(package: str) -> str:
    """What an installed package says about its version, without importing it."""
    found = find_spec(package)
    assert found is not None
    assert found.origin is not None
    return (Path(found.origin).parent / "_version.py").read_text(encoding="utf-8")


@cache
def folder() -> Path | None:
    """Where machine code is kept; None if there is no place that may be written to.

    Beside the sources if possible, else among the user's caches; below `NUMBA_CACHE_DIR` if that is
    set.
    """
    given = os.environ.get("NUMBA_CACHE_DIR")
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    places = [Path(given)] if given else [_PACKAGE / "__pycache__", Path(caches) / "lmisim"]
    for place in places:
        folder = place / f"kernel-{digest()}-{maker()}"
        if _is_writable(folder):
            return folder
    return None


def kept(name: str) -> bytes | None:
    """The code of this name, None if it is not kept or not whole."""
    place = folder()
    try:
        content = b"" if place is None else (place / name).read_bytes()
    except FileNotFoundError:
        return None
    code = content[_DIGEST_SIZE:]
    is_whole = hashlib.sha256(code).digest() == content[:_DIGEST_SIZE]
    return code if is_whole else None


def keep(name: str, code: bytes) -> None:
    """Keep code for later processes; others see all of it or nothing."""
    place = folder()
    if place is not None:
        unfinished = place / f"{name}-{os.getpid()}"
        unfinished.write_bytes(hashlib.sha256(code).digest() + code)
        unfinished.replace(place / name)


def loaded(code: bytes) -> llvm.ExecutionEngine:
    """The code in memory, as long as the engine lives; it knows the addresses of functions."""
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


def target_machine() -> llvm.TargetMachine:
    """Code for this processor, at the place where it is loaded."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=host_features(),
        opt=3,
        reloc="static" if target.name.startswith("x86") else "default",
        codemodel="jitdefault",
        jit=True,
    )


def host_features() -> str:
    """What this processor can, in the compiler's words."""
    features: str = llvm.get_host_cpu_features().flatten()
    return features


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f"probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True
