"""A proposed policy allows what was needed, with no element that could be taken out again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sim.iam.condition_keys import find_key
from sim.iam.documents import parse_policy
from sim.iam.errors import RequestError
from sim.iam.requests import NO_RESOURCE, Request
from sim.iam.statements import Statement
from sim.iam.variables import Version

DEFAULT_KEEP_KEYS = ("ec2:ManagedResourceOperator", "ec2:Owner")
"""The keys that keep an operator role to its own instances and to Amazon's images."""

Shape: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
"""The kept keys of a request with their values, sorted by name."""


@dataclass(frozen=True, slots=True)
class _Atom:
    """One action on one resource under one condition: the least that a statement can allow."""

    action: str
    resource: str
    shape: Shape

    def statement(self) -> dict[str, object]:
        return _statement([self.action], [self.resource], self.shape)

    def compiled(self) -> Statement:
        return parse_policy(_document([self.statement()]), name="atom").statements[0]


def minimize(
    requests_needed: Iterable[Request], *, keep_keys: Sequence[str] = DEFAULT_KEEP_KEYS
) -> dict[str, object]:
    """Propose an identity policy that allows the requests, and little else.

    Actions are named one by one and resources are the ARNs of the requests (a `*` in one, as in
    `instance/*` before an instance has its ID, is the wildcard that IAM makes of it). Of the
    context, the keys of `keep_keys` become conditions. Requests that share resources and condition
    share a statement. What another element covers is left out, so that without any action or
    resource of the proposal some request is denied.
    Raises RequestError when nothing is needed: a policy has at least one statement; PolicyError
    for a resource that no policy can name.
    """
    requests = list(requests_needed)
    if not requests:
        raise RequestError("no request is needed; there is no policy without a statement")
    atoms = _irredundant(list(dict.fromkeys(_atom(one, keep_keys) for one in requests)), requests)
    return _document(_grouped(atoms))


def _atom(request: Request, keep_keys: Sequence[str]) -> _Atom:
    names = {key.lower(): key for key in keep_keys}
    shape = tuple(
        (names[key], values)
        for key, values in sorted(request.folded_context.items())
        if key in names
    )
    resource = request.resource
    return _Atom(request.action, _escaped(resource) if resource != NO_RESOURCE else resource, shape)


def _escaped(text: str) -> str:
    """Text in which nothing is taken for a variable."""
    return text.replace("${", "${$}{")


def _irredundant(atoms: Sequence[_Atom], requests: Sequence[Request]) -> list[_Atom]:
    """Atoms of which each allows a request that no other does; narrow ones go first."""
    allowed = [
        {place for place, request in enumerate(requests) if compiled.matches(request)}
        for compiled in (atom.compiled() for atom in atoms)
    ]
    support = [sum(place in covered for covered in allowed) for place in range(len(requests))]
    kept = set(range(len(atoms)))
    for index in sorted(kept, key=lambda index: len(allowed[index])):
        if all(support[place] > 1 for place in allowed[index]):
            kept.discard(index)
            for place in allowed[index]:
                support[place] -= 1
    return [atom for index, atom in enumerate(atoms) if index in kept]


def _grouped(atoms: Sequence[_Atom]) -> list[dict[str, object]]:
    """Statements that are whole products of actions and resources, never more than the atoms."""
    actions: defaultdict[tuple[str, Shape], list[str]] = defaultdict(list)
    for atom in atoms:
        actions[atom.resource, atom.shape].append(atom.action)
    resources: defaultdict[tuple[tuple[str, ...], Shape], list[str]] = defaultdict(list)
    for (resource, shape), names in actions.items():
        resources[tuple(sorted(names)), shape].append(resource)
    return [
        _statement(names, sorted(places), shape) for (names, shape), places in resources.items()
    ]


def _statement(actions: Sequence[str], resources: Sequence[str], shape: Shape) -> dict[str, object]:
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Action": _bare(actions),
        "Resource": _bare(resources),
    }
    condition = _condition(shape)
    return statement | ({"Condition": condition} if condition else {})


def _condition(shape: Shape) -> Mapping[str, dict[str, object]]:
    condition: defaultdict[str, dict[str, object]] = defaultdict(dict)
    for key, values in shape:
        asked = _bare([_escaped(value) for value in values])
        known = find_key(key)
        if len(values) > 1 or (known is not None and known.is_multivalued):
            condition["ForAllValues:StringEquals"][key] = asked
            condition["Null"][key] = "false"
        else:
            condition["StringEquals"][key] = asked
    return dict(condition)


def _bare(texts: Sequence[str]) -> object:
    return texts[0] if len(texts) == 1 else list(texts)


def _document(statements: Sequence[Mapping[str, object]]) -> dict[str, object]:
    return {"Version": Version.CURRENT.value, "Statement": list(statements)}
