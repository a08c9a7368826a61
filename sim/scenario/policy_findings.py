"""What the policies of a scenario say that their author may not mean, each at its place."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path as FilePath
from typing import Final, NamedTuple

from sim.errors import Problem
from sim.iam import Finding, PolicyUse, Severity, lint
from sim.scenario.bases import read_document, read_scenario
from sim.scenario.document import Path, in_reading_order
from sim.scenario.parts import Parts
from sim.scenario.policies import pointed_to
from sim.scenario.scripted_documents import scripted_documents
from sim.scenario.texts import JsonObject

_REFUSED_CODES: Final = frozenset({"too-large", "character-not-accepted"})
"""Findings for which IAM refuses a document that is well formed."""


class _Written(NamedTuple):
    """A policy document of the scenario, where it stands and what it is used for."""

    path: Path
    document: JsonObject
    use: PolicyUse


def scenario_findings(
    path: str | PathLike[str], overrides: Sequence[str] = ()
) -> tuple[Problem, ...]:
    """Findings about all policy documents of a scenario file that was loaded before.

    Their `severity` says how serious they are; a scenario with findings runs all the same.
    """
    file = FilePath(path)
    document = read_document(
        read_scenario(file), name=str(file), folder=file.parent, overrides=overrides
    )
    return in_reading_order(_all_findings(Parts.of(document)))


def refused_sizes(parts: Parts) -> Iterator[Problem]:
    """Documents that IAM would refuse for their size or characters."""
    for written in _documents(parts):
        for finding in lint(written.document, kind=written.use):
            if finding.code in _REFUSED_CODES:
                yield replace(_problem(parts, written, finding), severity="error")


def _all_findings(parts: Parts) -> Iterator[Problem]:
    for written in _documents(parts):
        for finding in lint(written.document, kind=written.use):
            yield _problem(parts, written, finding)


def _documents(parts: Parts) -> Iterator[_Written]:
    for owners, use in (
        (parts.users, PolicyUse.USER_INLINE),
        (parts.roles, PolicyUse.ROLE_INLINE),
    ):
        for path, owner in owners.items():
            for index, policy in enumerate(owner.inline_policies):
                place = (*path, "inline_policies", index, "document")
                yield _Written(place, policy.document, use)
    for path, guardrail in parts.guardrails.items():
        yield _Written((*path, "document"), guardrail.document, PolicyUse.SERVICE_CONTROL)
    for path, role in parts.roles.items():
        yield _Written((*path, "trust_policy"), role.trust_document(), PolicyUse.TRUST)
    for path, call in parts.script.items():
        for scripted in scripted_documents(path, call):
            yield _Written(*scripted)


def _problem(parts: Parts, written: _Written, finding: Finding) -> Problem:
    place = (*written.path, *pointed_to(finding.pointer, written.document))
    at = parts.document.value_at(place)
    problem = at.problem(finding.code, finding.message, path=place, advice=finding.help)
    # A finding is a judgement, not a refusal: what stops a scenario is told by its loader.
    is_mild = finding.severity is Severity.SUGGESTION
    return replace(problem, severity="suggestion" if is_mild else "warning")
