"""How the kernel is compiled: what is kept on disk always fits the sources that it was made of.

The compiler's own cache notices edits of the file of the function that is compiled, but neither of
the functions that it calls from other files nor of the constants that it takes from them. So the
folder of the cache is named after a digest of everything that the kernel is made of.
"""

import gc
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit
from numba.core import config as numba_config

_CONFIG: Any = numba_config
"""Its names are made at run time."""

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = Path(__file__).parent
_SIM = _PACKAGE.parents[1]
SOURCES = (
    *sorted(_PACKAGE.glob("*.py")),
    _SIM / "units.py",
    _SIM / "model" / "invocation_record.py",
)
"""Every file whose text can change what the compiled functions do."""

# The compiler counts references to array arguments in every inlined call. The loop makes no arrays,
# so it is compiled without counting (measured: 9.7 instead of 2.5 million requests per second).
# A division by zero gives infinity as in numpy: a check for it costs as much as the division.
_UNCOUNTED: dict[str, Any] = {"_nrt": False, "error_model": "numpy", "no_cfunc_wrapper": True}
# Wrappers to call these from Python would take half of the time to compile.
_INNER: dict[str, Any] = {**_UNCOUNTED, "no_cpython_wrapper": True}


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile what each request passes into its callers."""
    return cast("Callable[P, R]", njit(forceinline=True, **_INNER)(function))


def pasted(function: Callable[P, R]) -> Callable[P, R]:
    """Paste what is small, or has one caller, into its callers before they are compiled.

    That saves compiling it by itself. Not where an argument may be None: that is decided by type.
    """
    return cast("Callable[P, R]", njit(inline="always", **_INNER)(function))


def called(function: Callable[P, R]) -> Callable[P, R]:
    """Compile what is rare or large: inlining it takes longer to compile and gains nothing."""
    return cast("Callable[P, R]", njit(**_INNER)(function))


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile what Python calls; the result is kept on disk and loaded by later processes."""
    return cast("Callable[P, R]", _kept(function, **_UNCOUNTED))


def compiled_with_copies(function: Callable[P, R]) -> Callable[P, R]:
    """The same for a function that makes arrays, so that references have to be counted."""
    return cast("Callable[P, R]", _kept(function))


@contextmanager
def without_collection() -> Iterator[None]:
    """Compile without the garbage collector, which takes an eighth of the time and finds little."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def digest(sources: tuple[Path, ...] = SOURCES) -> str:
    """Digest of the names and texts of the sources, 16 hexadecimal digits."""
    together = hashlib.sha256()
    for source in sources:
        text = source.read_bytes()
        together.update(f"{source.name} {len(text)}\n".encode())
        together.update(text)
    return together.hexdigest()[:16]


def _kept(function: Callable[..., Any], **options: Any) -> Any:
    folder = cache_folder()
    if folder is None:
        return njit(nogil=True, **options)(function)
    with _numba_keeps_in(folder):
        return njit(cache=True, nogil=True, **options)(function)


@cache
def cache_folder() -> Path | None:
    """Where compiled functions are kept; None if there is no place that may be written to.

    Beside the sources if possible, else among the user's caches; below `NUMBA_CACHE_DIR` if that is
    set.
    """
    given = _CONFIG.CACHE_DIR
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    places = [Path(given)] if given else [_PACKAGE / "__pycache__", Path(caches) / "lmisim"]
    for place in places:
        folder = place / f"kernel-{digest()}"
        if _is_writable(folder):
            return folder
    return None


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f"probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True


@contextmanager
def _numba_keeps_in(folder: Path) -> Iterator[None]:
    """The compiler fixes a function's folder when it is decorated; others keep their own."""
    before = _CONFIG.CACHE_DIR
    _CONFIG.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        _CONFIG.CACHE_DIR = before
