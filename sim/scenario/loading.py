"""A scenario comes out whole, checked and with every default written out, or not at all.

All problems of one reading are told together, each at the place where a person wrote the mistake.
"""

from collections.abc import Iterable, Iterator, Sequence
from os import PathLike
from pathlib import Path

from pydantic import ValidationError

from sim.errors import ConfigurationError, Problem
from sim.facts import Catalogue, FactOverrideError, OverrideProblem, catalogue
from sim.scenario.bases import read_document, read_scenario
from sim.scenario.defaults import resolve
from sim.scenario.document import Document, in_reading_order
from sim.scenario.function_limits import function_problems
from sim.scenario.limits import (
    network_problems,
    placement_problems,
    provider_problems,
    queue_problems,
    time_problems,
)
from sim.scenario.models import Scenario
from sim.scenario.parts import Parts
from sim.scenario.policies import policy_problems
from sim.scenario.policy_findings import refused_sizes
from sim.scenario.references import reference_problems
from sim.scenario.script_inputs import script_problems
from sim.scenario.traces import Traces
from sim.scenario.validation import problems_of, validate_as


def load_scenario(path: str | PathLike[str], overrides: Sequence[str] = ()) -> Scenario:
    """Read a scenario file, change it by `path.to.value=X` overrides, and check all of it.

    What it is based on and its traces are read too, relative to the file's folder. Raises
    ConfigurationError with every problem found, EnvironmentProblemError when a file cannot be read.
    """
    file = Path(path)
    return _load(read_scenario(file), name=str(file), folder=file.parent, overrides=overrides)


def load_scenario_text(
    text: str | bytes,
    overrides: Sequence[str] = (),
    *,
    name: str = "<text>",
    folder: str | PathLike[str] = ".",
) -> Scenario:
    """The same for text at hand; other files are looked for in `folder`, problems name `name`."""
    return _load(text, name=name, folder=Path(folder), overrides=overrides)


def _load(content: str | bytes, *, name: str, folder: Path, overrides: Sequence[str]) -> Scenario:
    document = read_document(content, name=name, folder=folder, overrides=overrides)
    problems = list(document.problems)
    scenario = _validated(document, problems)
    parts = Parts.of(document)
    facts = _facts(document, problems)
    _add_new(problems, _cross_checks(parts, facts))
    traces = Traces(parts, folder)
    _add_new(problems, traces.problems)
    if scenario is None or problems:
        raise ConfigurationError(in_reading_order(problems))
    return resolve(scenario, traces.counts, facts)


def _validated(document: Document, problems: list[Problem]) -> Scenario | None:
    """Validate the whole; None if it is not valid."""
    try:
        return validate_as(Scenario, document.value)
    except ValidationError as error:
        _add_new(problems, problems_of(error, Scenario, document))
        return None


def _add_new(problems: list[Problem], found: Iterable[Problem]) -> None:
    """Add problems, except at places of which something wrong is known already."""
    known = {(problem.file, problem.line, problem.column) for problem in problems}
    problems.extend(p for p in found if (p.file, p.line, p.column) not in known)


def _facts(document: Document, problems: list[Problem]) -> Catalogue:
    """The facts of this world; AWS's own when the assumptions are wrong."""
    value = document.value
    assumptions = value.get("assumptions") if isinstance(value, dict) else None
    written = assumptions if isinstance(assumptions, dict) else {}
    single = {name: fact for name, fact in written.items() if isinstance(fact, str | int | float)}
    try:
        return catalogue().with_overrides(single)
    except FactOverrideError as error:
        _add_new(problems, (_bad_assumption(refused, document) for refused in error.problems))
        return catalogue()


def _bad_assumption(refused: OverrideProblem, document: Document) -> Problem:
    path = ("assumptions", refused.name)
    is_known = refused.name in catalogue().names()
    at = document.value_at(path) if is_known else document.key_at(path)
    message, colon, forms = refused.message.partition(": expected ")
    advice = f"expected {forms}; {refused.help}" if colon else refused.help
    return at.problem("bad-assumption", message, path=path, advice=advice)


def _cross_checks(parts: Parts, facts: Catalogue) -> Iterator[Problem]:
    yield from reference_problems(parts)
    yield from policy_problems(parts)
    yield from refused_sizes(parts)
    yield from script_problems(parts)
    yield from time_problems(parts)
    yield from network_problems(parts, facts)
    yield from provider_problems(parts, facts)
    yield from placement_problems(parts)
    yield from queue_problems(parts)
    yield from function_problems(parts, facts)
