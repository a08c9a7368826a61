"""A trace is read when the scenario is, from inside the scenario's folder, or it is a problem."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path as FilePath
from typing import Final

from sim.errors import ConfigurationError, EnvironmentProblemError, Problem
from sim.scenario.document import Path
from sim.scenario.parts import Parts
from sim.scenario.suggestions import did_you_mean
from sim.workload.counts import Counts

_LISTED_MAX: Final = 1_000


class Traces:
    """The counts of all workloads that name a file, by path; and what was wrong with them."""

    def __init__(self, parts: Parts, folder: FilePath) -> None:
        """Read every trace; `folder` is the scenario's, which no trace may leave."""
        self.counts: dict[Path, Counts] = {}
        self.problems: list[Problem] = []
        self._parts = parts
        self._folder = folder
        for path, workload in parts.workloads.items():
            file = getattr(workload.arrivals, "file", None)
            if isinstance(file, str):
                self._read(path, file)

    def _read(self, path: Path, file: str) -> None:
        place = (*path, "arrivals", "file")
        problems = list(self._place_problems(place, file))
        if problems:
            self.problems.extend(problems)
            return
        workload = self._parts.workloads[path]
        assert workload.arrivals is not None, "it names a file"
        try:
            counts = workload.arrivals.load(self._folder)
        except ConfigurationError as error:
            self.problems.extend(error.problems)
        except EnvironmentProblemError as error:
            self.problems.append(self._parts.problem(place, "unreadable-trace", str(error)))
        else:
            assert counts is not None, "settings with a file load counts"
            self.counts[path] = counts
            self._check_digest(path, counts)

    def _place_problems(self, place: Path, file: str) -> Iterator[Problem]:
        try:
            folder = self._folder.resolve()
            target = (folder / file).resolve()
            is_file = target.is_file()
        except (OSError, RuntimeError, ValueError):  # too long, circle of links, NUL
            yield self._parts.problem(place, "missing-trace", "this cannot be the name of a file")
            return
        if not target.is_relative_to(folder):
            message = f"the trace `{file}` lies outside the scenario's folder"
            advice = "copy it next to the scenario and name it by a relative path"
            yield self._parts.problem(place, "trace-outside-folder", message, advice)
        elif not is_file:
            message = f"there is no trace file `{file}`"
            near = did_you_mean(file, _files_beside(folder, target))
            advice = near or "the name counts from the folder of the scenario"
            yield self._parts.problem(place, "missing-trace", message, advice)

    def _check_digest(self, path: Path, counts: Counts) -> None:
        expected = self._parts.workloads[path].trace_sha256
        if expected is not None and expected != counts.sha256:
            message = f"the trace `{counts.file}` is not the one this scenario was written for"
            advice = f"its digest is {counts.sha256}; restore the file or remove `trace_sha256`"
            place = (*path, "trace_sha256")
            self.problems.append(self._parts.problem(place, "trace-changed", message, advice))


def _files_beside(folder: FilePath, target: FilePath) -> list[str]:
    """Files where the trace was looked for, named as a scenario names them."""
    if not target.parent.is_relative_to(folder):
        return []
    try:
        found = [entry for entry in islice(target.parent.iterdir(), _LISTED_MAX) if entry.is_file()]
    except OSError:
        return []  # no such folder, or one that may not be listed
    return [entry.relative_to(folder).as_posix() for entry in found]
