"""Every name in a scenario is given once and means something that is there."""

import ipaddress
from collections.abc import Iterator, Mapping
from itertools import product
from typing import NamedTuple

from sim.errors import Problem
from sim.scenario.document import Path, dotted
from sim.scenario.parts import Parts
from sim.scenario.suggestions import did_you_mean, one_of

_SERVICE_LINKED_PREFIX = "AWSServiceRoleFor"
"""Names of service-linked roles begin so. Source: IAM user guide, service-linked roles."""


def reference_problems(parts: Parts) -> Iterator[Problem]:
    """Names given twice, reserved or unknown, zones and address ranges that do not fit."""
    yield from _duplicates(parts)
    yield from _unknown_names(parts)
    yield from _reserved_roles(parts)
    yield from _zones(parts)
    yield from _overlaps(parts)
    yield from _fault_things(parts)


class _Things(NamedTuple):
    """What a name stands for, and the names there are."""

    noun: str
    place: Path
    names: frozenset[str]

    @classmethod
    def at(cls, parts: Parts, noun: str, *place: str, key: str = "name") -> "_Things":
        """Collect the names of a list of the document."""
        return cls(noun, place, frozenset(parts.names(*place, key=key).values()))


def _duplicates(parts: Parts) -> Iterator[Problem]:
    things = [
        ("user", parts.names("account", "users")),
        ("role", parts.names("account", "roles")),
        ("image", parts.names("account", "images", key="id")),
        ("subnet", parts.names("network", "subnets", key="id")),
        ("security group", parts.names("network", "security_groups")),
        ("capacity provider", parts.names("capacity_providers")),
        ("function", parts.names("functions")),
    ]
    for noun, names in things:
        yield from _given_twice(parts, noun, names)
    for path in [*parts.items("account", "users"), *parts.items("account", "roles")]:
        names = parts.names(*path, "inline_policies")
        yield from _given_twice(parts, "inline policy", names)
    for path in parts.items("capacity_providers"):
        yield from _given_twice(parts, "subnet", parts.names(*path, "subnets"))
        yield from _given_twice(parts, "security group", parts.names(*path, "security_groups"))
    yield from _second_workloads(parts)


def _reserved_roles(parts: Parts) -> Iterator[Problem]:
    """Service-linked roles are made by AWS services, never by a person."""
    for path, name in parts.names("account", "roles").items():
        if name.startswith(_SERVICE_LINKED_PREFIX):
            message = f"the name `{name}` is reserved for service-linked roles"
            advice = "leave it out: Lambda creates its role with the first capacity provider"
            yield parts.problem(path, "reserved-name", message, advice)


def _given_twice(parts: Parts, noun: str, names: Mapping[Path, str]) -> Iterator[Problem]:
    first: dict[str, Path] = {}
    for path, name in names.items():
        if name in first:
            line = parts.document.value_at(first[name]).line
            message = f"the {noun} `{name}` is already named at line {line}"
            yield parts.problem(path, "duplicate-name", message, "keep one, or rename one")
        first.setdefault(name, path)


def _second_workloads(parts: Parts) -> Iterator[Problem]:
    """A version is called by one workload; one that names no version calls the first one."""
    first_qualifiers = {f.name: f.first_qualifier for f in parts.functions.values()}
    qualifiers = {path[:-1]: q for path, q in parts.names("workloads", key="qualifier").items()}
    first: dict[tuple[str, str], Path] = {}
    for path, name in parts.names("workloads", key="function").items():
        qualifier = qualifiers.get(path[:-1], first_qualifiers.get(name, "1"))
        if (name, qualifier) in first:
            line = parts.document.value_at(first[name, qualifier]).line
            version = f"version `{qualifier}` of " if path[:-1] in qualifiers else ""
            message = f"{version}the function `{name}` already has a workload at line {line}"
            advice = "keep one workload per version, or name another `qualifier`"
            yield parts.problem(path, "duplicate-name", message, advice)
        first.setdefault((name, qualifier), path)


def _unknown_names(parts: Parts) -> Iterator[Problem]:
    users = _Things.at(parts, "user", "account", "users")
    roles = _Things.at(parts, "role", "account", "roles")
    subnets = _Things.at(parts, "subnet", "network", "subnets", key="id")
    security_groups = _Things.at(parts, "security group", "network", "security_groups")
    providers = _Things.at(parts, "capacity provider", "capacity_providers")
    functions = _Things.at(parts, "function", "functions")
    for place, key, things in (
        ("capacity_providers", "operator_role", roles),
        ("capacity_providers", "created_by", users),
        ("functions", "capacity_provider", providers),
        ("functions", "execution_role", roles),
        ("functions", "deployed_by", users),
        ("workloads", "function", functions),
        ("expectations", "function", functions),
    ):
        yield from _not_among(parts, parts.names(place, key=key), things)
    yield from _unknown_callers(parts, users, roles)
    for path in parts.items("capacity_providers"):
        yield from _not_among(parts, parts.names(*path, "subnets"), subnets)
        yield from _not_among(parts, parts.names(*path, "security_groups"), security_groups)


def _unknown_callers(parts: Parts, users: _Things, roles: _Things) -> Iterator[Problem]:
    """Who calls is a user or a role of the account, one that the script makes, or Lambda's own."""
    every = frozenset(f"role/{name}" for name in (*roles.names, *_made_roles(parts)))
    known = {False: users, True: roles._replace(names=every)}
    named = parts.names("script", key="caller")
    callers = {path: name for path, name in named.items() if not _is_service_linked(name)}
    for key in ("caller", "by", "not_by", "first_by", "then_by"):
        named = parts.names("expectations", key=key)
        callers |= {path: name for path, name in named.items() if not _is_of_aws(name)}
    for is_role, things in known.items():
        used = {path: name for path, name in callers.items() if name.startswith("role/") is is_role}
        yield from _not_among(parts, used, things)


def _made_roles(parts: Parts) -> Iterator[str]:
    for call in parts.script.values():
        name = call.input.get("RoleName")
        if call.operation == "iam:CreateRole" and isinstance(name, str):
            yield name


def _is_of_aws(caller: str) -> bool:
    """Whether a caller is a service or a service-linked role, which no scenario lists."""
    return caller.endswith(".amazonaws.com") or _is_service_linked(caller)


def _is_service_linked(caller: str) -> bool:
    return caller.startswith(f"role/{_SERVICE_LINKED_PREFIX}")


def _not_among(parts: Parts, used: Mapping[Path, str], things: _Things) -> Iterator[Problem]:
    if not parts.is_list_or_absent(things.place):
        return  # already told; the names cannot be known
    for path, name in used.items():
        if name not in things.names:
            advice = did_you_mean(name, things.names) or f"add it under `{dotted(things.place)}`"
            code = f"unknown-{things.noun.replace(' ', '-')}"
            yield parts.problem(path, code, f"there is no {things.noun} `{name}`", advice)


def _zones(parts: Parts) -> Iterator[Problem]:
    region = parts.text("region", "us-east-1")
    for path, subnet in parts.subnets.items():
        if region is not None and subnet.availability_zone[:-1] != region:
            message = f"the Availability Zone `{subnet.availability_zone}` is not in `{region}`"
            advice = f"expected a zone such as {one_of([f'{region}a'])}, or another `region`"
            yield parts.problem((*path, "availability_zone"), "wrong-zone", message, advice)


def _fault_things(parts: Parts) -> Iterator[Problem]:
    """A fault of something that is not there would do nothing: that is a slip of the pen."""
    known = {
        "availability_zones": _Things.at(
            parts, "zone", "network", "subnets", key="availability_zone"
        ),
        "subnets": _Things.at(parts, "subnet", "network", "subnets", key="id"),
        "security_groups": _Things.at(parts, "security group", "network", "security_groups"),
        "roles": _Things.at(parts, "role", "account", "roles"),
        "functions": _Things.at(parts, "function", "functions"),
    }
    for path, (key, things) in product(parts.items("faults"), known.items()):
        named = parts.names(*path, key)
        exact = {place: name for place, name in named.items() if "*" not in name}
        yield from _not_among(parts, exact, things)


def _overlaps(parts: Parts) -> Iterator[Problem]:
    """Sorted by first address, a range can only reach into ranges that start before it ends."""
    ranges = [
        (ipaddress.IPv4Network(subnet.cidr), subnet.id, path)
        for path, subnet in parts.subnets.items()
    ]
    ranges.sort(key=lambda entry: (entry[0].network_address, entry[2]))
    for index, (earlier, owner, first_path) in enumerate(ranges):
        for later, _, path in ranges[index + 1 :]:
            if later.network_address > earlier.broadcast_address:
                break
            line = parts.document.value_at((*first_path, "cidr")).line
            message = f"`{later}` overlaps `{earlier}` of `{owner}` at line {line}"
            advice = "give every subnet of the VPC a range of its own"
            yield parts.problem((*path, "cidr"), "overlapping-subnets", message, advice)
