"""A decision case is one JSON object: a request, every policy around it, the expected result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.iam.decision import Result
from sim.iam.documents import Policy, parse_policy
from sim.iam.errors import CaseError
from sim.iam.policy_set import PolicySet
from sim.iam.requests import Request


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

    Raises CaseError for a wrong shape, PolicyError and RequestError for its parts.
    """
    expected = case.get("expected")
    group = case.get("group")
    return Case(
        id=_text(case, "id"),
        request=_read_request(_object(case, "request")),
        policies=_read_policies(_object(case, "policies")),
        expected=None if expected is None else _result(expected),
        tags=tuple(str(tag) for tag in _list(case.get("tags", []), "tags")),
        group=None if group is None else str(group),
    )


def _result(value: object) -> Result:
    if value not in tuple(Result):
        raise CaseError(f"expected result `{value}` is none of {', '.join(Result)}")
    return Result(str(value))


def _read_request(request: Mapping[str, object]) -> Request:
    context = _object(request, "context")
    return Request(
        principal=_text(request, "principal"),
        action=_text(request, "action"),
        resource=_text(request, "resource"),
        context={
            key: [str(value) for value in _list(values, f"context/{key}")]
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
    if not isinstance(document, Mapping):
        raise CaseError(f"`policies/{name}` is not a policy document")
    return parse_policy(document, name=name)


def _object(parent: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = parent.get(name)
    if not isinstance(value, Mapping):
        raise CaseError(f"`{name}` is missing or not an object")
    return value


def _text(parent: Mapping[str, object], name: str) -> str:
    value = parent.get(name)
    if not isinstance(value, str):
        raise CaseError(f"`{name}` is missing or not a string")
    return value


def _list(value: object, name: str) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise CaseError(f"`{name}` is not a list")
    return value
