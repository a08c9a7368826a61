"""A decision case is one JSON object: a request, every policy around it, the expected result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from sim.iam.decision import Result
from sim.iam.documents import Policy, parse_policy
from sim.iam.errors import CaseError, PolicyError
from sim.iam.policy_set import PolicySet
from sim.iam.requests import Request
from sim.iam.shapes import Node, clipped, kind_of


@dataclass(frozen=True, slots=True)
class Case:
    """One case, read."""

    id: str
    request: Request
    policies: PolicySet
    expected: Result | None
    """None when the case only asks."""
    tags: tuple[str, ...]
    group: str | None
    """Cases of one group are the resources of one API call."""


def read_case(case: Mapping[str, object]) -> Case:
    """Read one case object.

    Raises CaseError for a wrong shape, PolicyError (whose pointer then starts at the case) and
    RequestError for its parts.
    """
    if not _is_object(case):
        raise CaseError(f"a case is an object, not {kind_of(case)}")
    expected = case.get("expected")
    return Case(
        id=_text(case, "id"),
        request=_read_request(_object(case, "request")),
        policies=_read_policies(_object(case, "policies")),
        expected=None if expected is None else _result(expected),
        tags=tuple(_scalar(tag, "tags") for tag in _list(case.get("tags", []), "tags")),
        group=None if case.get("group") is None else _scalar(case["group"], "group"),
    )


def _result(value: object) -> Result:
    if not isinstance(value, str) or value not in tuple(Result):
        shown = f"`{clipped(value)}`" if isinstance(value, str) else kind_of(value)
        raise CaseError(f"expected result {shown} is none of {', '.join(Result)}")
    return Result(value)


def _read_request(request: Mapping[str, object]) -> Request:
    context = _object(request, "context")
    return Request(
        principal=_text(request, "principal"),
        action=_text(request, "action"),
        resource=_text(request, "resource"),
        context={
            _scalar(key, "context"): [
                _scalar(value, f"context/{key}") for value in _list(values, f"context/{key}")
            ]
            for key, values in context.items()
        },
    )


def _read_policies(policies: Mapping[str, object]) -> PolicySet:
    session = policies.get("session")
    return PolicySet(
        identity=_read_documents(policies.get("identity", []), "identity"),
        boundary=_read_optional(policies.get("boundary"), "boundary"),
        scp=_read_levels(policies.get("scp", []), "scp"),
        rcp=_read_levels(policies.get("rcp", []), "rcp"),
        session=None if session is None else _read_documents(session, "session"),
        resource=_read_optional(policies.get("resource"), "resource"),
    )


def _read_levels(levels: object, layer: str) -> tuple[tuple[Policy, ...], ...]:
    return tuple(
        _read_documents(level, f"{layer}/{index}")
        for index, level in enumerate(_list(levels, layer))
    )


def _read_documents(documents: object, layer: str) -> tuple[Policy, ...]:
    return tuple(
        _read_document(document, f"{layer}/{index}")
        for index, document in enumerate(_list(documents, layer))
    )


def _read_optional(document: object, layer: str) -> Policy | None:
    return None if document is None else _read_document(document, layer)


def _read_document(document: object, name: str) -> Policy:
    if not _is_object(document):
        raise CaseError(f"`policies/{name}` is not a policy document")
    try:
        return parse_policy(document, name=name)
    except PolicyError as error:
        pointer = f"/policies/{name}{error.pointer}"
        raise PolicyError(pointer, error.message, error.help) from None


def _is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)


def _object(parent: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = parent.get(name)
    if not _is_object(value):
        raise CaseError(f"`{name}` is missing or not an object")
    return value


def _text(parent: Mapping[str, object], name: str) -> str:
    value = parent.get(name)
    if not isinstance(value, str):
        raise CaseError(f"`{name}` is missing or not a string")
    return _scalar(value, name)


def _scalar(value: object, name: str) -> str:
    """Text, or a boolean or number as text."""
    try:
        return Node(value, "").scalar_text()
    except PolicyError as error:
        raise CaseError(f"`{clipped(name)}`: {error.message}") from None


def _list(value: object, name: str) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise CaseError(f"`{clipped(name)}` is not a list")
    return value
