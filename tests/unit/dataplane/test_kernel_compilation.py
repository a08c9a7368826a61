"""What is kept of the compiled kernel always fits what it was made of, and needs no compiler."""

import gc
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
from data_plane_builders import a_plane, arrivals_at, finished

from sim.dataplane.kernel import RowArrays, machine_code
from sim.dataplane.kernel.blocks import block_of, form_of, form_of_columns


@pytest.fixture
def sources(tmp_path):
    """Copies of all sources of the kernel."""
    copies = []
    for number, source in enumerate(machine_code.SOURCES):
        copy = tmp_path / f"{number}" / source.name
        copy.parent.mkdir()
        copy.write_bytes(source.read_bytes())
        copies.append(copy)
    return tuple(copies)


def test_the_same_texts_have_the_same_digest(sources):
    """Where they lie says nothing."""
    assert machine_code.digest(sources) == machine_code.digest()
    assert len(machine_code.digest()) == 16


@pytest.mark.parametrize("number", range(len(machine_code.SOURCES)))
def test_a_changed_byte_in_any_source_gives_another_digest(sources, number):
    """So an edit of any of them compiles anew, constants of other modules included."""
    text = sources[number].read_bytes()
    sources[number].write_bytes(text[:-1] + bytes([text[-1] ^ 1]))
    assert machine_code.digest(sources) != machine_code.digest()


def test_text_moved_from_one_file_to_the_next_gives_another_digest(sources):
    """Names and lengths belong to what is digested."""
    text = sources[0].read_bytes()
    sources[0].write_bytes(text[:-10])
    sources[1].write_bytes(text[-10:] + sources[1].read_bytes())
    assert machine_code.digest(sources) != machine_code.digest()


def test_the_sources_are_all_that_the_kernel_imports_of_us():
    """Every module of ours that a file of the kernel names is among the sources."""
    named = {
        words[1]
        for source in machine_code.SOURCES
        if source.parent.name == "kernel"
        for line in source.read_text(encoding="utf-8").splitlines()
        if (words := line.split())[:1] == ["from"] and words[1].startswith("sim.")
    }
    package = Path(machine_code.__file__).parents[3]
    for module in named:
        assert package.joinpath(*module.split(".")).with_suffix(".py") in machine_code.SOURCES


def place(monkeypatch, *, package, caches, given=None):
    """The folder that is chosen with these places."""
    monkeypatch.setattr(machine_code, "_PACKAGE", package)
    monkeypatch.setenv("NUMBA_CACHE_DIR", given or "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(caches))
    return machine_code.folder.__wrapped__()


def name():
    """How the folder is called."""
    return f"kernel-{machine_code.digest()}-{machine_code.maker()}"


def a_file(folder):
    """Below a file there is no place to write to, not even for the superuser."""
    (folder / "file").write_text("", encoding="utf-8")
    return folder / "file"


def test_the_folder_is_beside_the_sources_if_that_can_be(monkeypatch, tmp_path):
    """Named after the digest, and left without traces of the probe."""
    folder = place(monkeypatch, package=tmp_path, caches=tmp_path / "caches")
    assert folder == tmp_path / "__pycache__" / name()
    assert list(folder.iterdir()) == []


def test_a_place_that_cannot_be_written_to_falls_back_to_the_users_caches(monkeypatch, tmp_path):
    """As where the package was installed by somebody else."""
    folder = place(monkeypatch, package=a_file(tmp_path), caches=tmp_path / "caches")
    assert folder == tmp_path / "caches" / "lmisim" / name()


def test_without_any_place_nothing_is_kept(monkeypatch, tmp_path):
    """The kernel is then compiled in memory."""
    nowhere = a_file(tmp_path)
    assert place(monkeypatch, package=nowhere, caches=nowhere) is None


def test_the_compilers_own_setting_comes_first(monkeypatch, tmp_path):
    """Whoever sets NUMBA_CACHE_DIR finds the kernel there, and nowhere else."""
    given = tmp_path / "given"
    folder = place(monkeypatch, package=tmp_path, caches=tmp_path, given=str(given))
    assert folder == given / name()


def test_another_compiler_or_processor_gives_another_folder(monkeypatch):
    """Machine code of one is nothing for the other."""
    makers = {machine_code.maker()}
    with monkeypatch.context() as patch:
        patch.setattr(machine_code, "version_text", lambda _: "0")
        makers.add(machine_code.maker())
    with monkeypatch.context() as patch:
        patch.setattr(machine_code, "host_features", lambda: "+none")
        makers.add(machine_code.maker())
    assert len(makers) == 3


@pytest.fixture
def somewhere(monkeypatch, tmp_path):
    """An empty folder for machine code."""
    monkeypatch.setattr(machine_code, "folder", lambda: tmp_path)
    return tmp_path


def test_code_that_was_kept_comes_back(somewhere):
    """Byte by byte, and nothing else is left in the folder."""
    assert machine_code.kept("some") is None
    machine_code.keep("some", b"code")
    assert machine_code.kept("some") == b"code"
    assert [file.name for file in somewhere.iterdir()] == ["some"]


@pytest.mark.parametrize("length", [0, 10, 32, 35])
def test_code_that_is_not_whole_is_not_kept(somewhere, length):
    """A file that was cut off is made anew."""
    machine_code.keep("some", b"code")
    whole = (somewhere / "some").read_bytes()
    (somewhere / "some").write_bytes(whole[:length])
    assert machine_code.kept("some") is None


def test_kept_code_runs_without_the_compiler():
    """Another process gets the same numbers and imports neither numba nor scipy."""
    steps = (
        "import sys",
        "from data_plane_builders import a_plane, arrivals_at, finished",
        "plane, _ = a_plane(arrivals_at([0.0, 0.0], cpu_us=1e6))",
        "print(finished(plane).latency_sum_us.sum(), {'numba', 'scipy'} & set(sys.modules))",
    )
    plane, _ = a_plane(arrivals_at([0.0, 0.0], cpu_us=1e6))
    latency_us = finished(plane).latency_sum_us.sum()
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path}\n" + "\n".join(steps)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == f"{latency_us} set()"


def test_the_same_arrays_have_the_same_block():
    """A group of the same arrays is not looked through again, one of another array is."""
    rows = np.arange(3)
    first = block_of(RowArrays(rows))
    assert block_of(RowArrays(rows)) is first
    other = block_of(RowArrays(np.arange(4)))
    assert other is not first
    assert other.form == first.form == form_of_columns(RowArrays)


def test_other_types_have_another_form():
    """Code for one number type or number of axes is never called with another; None is a form."""
    groups = [np.zeros(2), np.zeros(2, dtype=np.int64), np.zeros((2, 2)), None, 1]
    assert len({form_of(RowArrays(values)) for values in groups}) == len(groups)


@pytest.mark.parametrize("rows", [np.arange(6)[::2], np.broadcast_to(np.int64(1), 3)])
def test_arrays_with_gaps_or_for_reading_only_are_refused(rows):
    """Compiled code reads and writes one value after the other."""
    with pytest.raises(AssertionError):
        block_of(RowArrays(rows))


def test_a_run_that_is_over_keeps_no_array_alive():
    """The arrays of the record go with the last who holds the record."""
    plane, _ = a_plane(arrivals_at([0.0, 1.0]))
    counted = weakref.ref(finished(plane).arrived.base)
    assert counted() is not None
    del plane
    gc.collect()
    assert counted() is None
