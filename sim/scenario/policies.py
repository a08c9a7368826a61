"""Every IAM document of a scenario is one that IAM would save, every managed policy one we know."""

from collections.abc import Iterator

from sim.errors import Problem
from sim.facts import UnknownManagedPolicyError, managed_policy, managed_policy_names
from sim.iam import PolicyError, PolicyKind, parse_policy
from sim.scenario.document import Path
from sim.scenario.parts import Parts
from sim.scenario.suggestions import did_you_mean
from sim.scenario.texts import JsonObject


def policy_problems(parts: Parts) -> Iterator[Problem]:
    """Problems with inline, trust and service control policies, and with names of managed ones."""
    for path, principal in [*parts.users.items(), *parts.roles.items()]:
        for index, name in enumerate(principal.managed_policies):
            yield from _unknown_managed_policy(parts, (*path, "managed_policies", index), name)
        for index, policy in enumerate(principal.inline_policies):
            place = (*path, "inline_policies", index, "document")
            yield from refused_policy(parts, place, policy.document, PolicyKind.IDENTITY)
    for path, policy in parts.guardrails.items():
        yield from refused_policy(parts, (*path, "document"), policy.document, PolicyKind.IDENTITY)
    for path, role in parts.roles.items():
        yield from refused_policy(
            parts, (*path, "trust_policy"), role.trust_document(), PolicyKind.TRUST
        )


def _unknown_managed_policy(parts: Parts, path: Path, name: str) -> Iterator[Problem]:
    try:
        managed_policy(name)
    except UnknownManagedPolicyError as error:
        bare = name.partition("@")[0]
        if bare in managed_policy_names():
            message, _, expected = str(error).partition(": ")
            yield parts.problem(path, "unknown-managed-policy", message, expected)
            return
        advice = did_you_mean(bare, managed_policy_names())
        message = f"there is no managed policy `{bare}`"
        yield parts.problem(path, "unknown-managed-policy", message, advice)


def refused_policy(
    parts: Parts, path: Path, document: JsonObject, kind: PolicyKind
) -> Iterator[Problem]:
    """Why IAM would not save a document of this kind, at the place of the mistake; or nothing."""
    try:
        parse_policy(document, name="document", kind=kind)
    except PolicyError as error:
        place = (*path, *pointed_to(error.pointer, document))
        message = f"IAM would refuse this {kind}: {error.message}"
        is_about_key = error.message.startswith("unknown element")
        document_of = parts.document
        at = document_of.key_at(place) if is_about_key else document_of.value_at(place)
        yield at.problem("bad-policy", message, path=place, advice=error.help)


def pointed_to(pointer: str, document: object) -> Path:
    """Turn a JSON pointer into keys and indexes of a document."""
    path: list[str | int] = []
    for escaped in pointer.split("/")[1:]:
        part = escaped.replace("~1", "/").replace("~0", "~")
        key = int(part) if isinstance(document, list) else part
        path.append(key)
        document = document[key] if isinstance(document, list | dict) else None  # type: ignore[index]  # a pointer fits its document
    return tuple(path)
