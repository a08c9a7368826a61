"""The example scenarios that come with lmisim: real files that run as they are."""

from pathlib import Path

from sim.errors import EnvironmentProblemError, LmisimError, reason_of
from sim.scenario import load_scenario

_SUFFIX = ".yaml"


class UnknownExampleError(LmisimError):
    """No example of that name comes with lmisim."""


def example_names() -> tuple[str, ...]:
    """Names of all examples, sorted."""
    return tuple(sorted(p.stem for p in _folder().glob(f"*{_SUFFIX}")))


def example_path(name: str) -> Path:
    """Where an example lies; UnknownExampleError if there is none of that name."""
    if name not in example_names():
        known = ", ".join(f"`{n}`" for n in example_names())
        raise UnknownExampleError(f"there is no example `{name}`: expected one of {known}")
    return _folder() / f"{name}{_SUFFIX}"


def write_example(name: str, folder: Path) -> list[Path]:
    """Copy an example with the traces that it replays, and return the files written.

    Raises UnknownExampleError for an unknown name, EnvironmentProblemError when a file is there
    already or cannot be written.
    """
    source = example_path(name)
    content = {f"{name}{_SUFFIX}": source.read_bytes()}
    for workload in load_scenario(source).workloads:
        if workload.trace is not None:
            content[workload.trace.file] = workload.trace.content
    return write_new({folder / file: data for file, data in content.items()})


def write_new(files: dict[Path, bytes]) -> list[Path]:
    """Write files that are not there yet, all or none; EnvironmentProblemError otherwise."""
    there = [path for path in files if path.exists()]
    if there:
        raise EnvironmentProblemError(f"`{there[0]}` is there already: nothing was written")
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    except OSError as error:
        raise EnvironmentProblemError(
            f"cannot write `{error.filename}`: {reason_of(error)}"
        ) from error
    return list(files)


def _folder() -> Path:
    """In an installed package the examples lie beside the modules, in a checkout in `configs/`."""
    package = Path(__file__).parents[1]
    installed = package / "examples"
    return installed if installed.is_dir() else package.parent / "configs"
