"""Every scripted call names an operation that there is, with an input that AWS's API takes."""

from collections.abc import Iterator
from dataclasses import replace

from pydantic import ValidationError

from sim.controlplane.inputs import INPUT_TYPES
from sim.errors import Problem
from sim.scenario.document import Path, dotted
from sim.scenario.parts import Parts
from sim.scenario.policies import refused_policy
from sim.scenario.script import Call
from sim.scenario.scripted_documents import scripted_documents
from sim.scenario.suggestions import did_you_mean
from sim.scenario.validation import problems_of, validate_as


def script_problems(parts: Parts) -> Iterator[Problem]:
    """Unknown operations, inputs of the wrong shape, and documents that IAM would not save.

    What AWS has to refuse may be wrong on purpose: finding that out is left to the call itself.
    """
    for path, call in parts.script.items():
        if call.operation not in INPUT_TYPES:
            yield _unknown_operation(parts, path, call)
        elif not call.must_fail:
            yield from _wrong_input(parts, path, call)
            yield from _refused_document(parts, path, call)


def _unknown_operation(parts: Parts, path: Path, call: Call) -> Problem:
    message = f"there is no operation `{call.operation}` in this model"
    advice = did_you_mean(call.operation, INPUT_TYPES)
    return parts.problem((*path, "operation"), "unknown-operation", message, advice)


def _wrong_input(parts: Parts, path: Path, call: Call) -> Iterator[Problem]:
    input_type = INPUT_TYPES[call.operation]
    place = (*path, "input") if "input" in call.model_fields_set else path
    try:
        validate_as(input_type, call.input)
    except ValidationError as error:
        document = parts.document.below(place)
        for problem in problems_of(error, input_type, document):
            inner = f"{dotted((*path, 'input'))}.{problem.path}".rstrip(".")
            yield replace(problem, path=inner)


def _refused_document(parts: Parts, path: Path, call: Call) -> Iterator[Problem]:
    for place, document, use in scripted_documents(path, call):
        yield from refused_policy(parts, place, document, use.kind)
