"""Tags of functions and capacity providers: how many there may be, and the keys that IAM sees."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sim.controlplane.errors import invalid_parameter
from sim.facts import Catalogue
from sim.model.api_results import ApiError
from sim.model.authorization import AuthorizationCheck

_RESERVED = "aws:"


def too_many_tags(facts: Catalogue, tags: Collection[str]) -> ApiError | None:
    """The answer to so many tag keys, or to one of AWS's own; the second text is assumed."""
    if any(key.lower().startswith(_RESERVED) for key in tags):
        return invalid_parameter("Tag keys must not begin with aws:, which is reserved")
    if len(tags) > facts.integer("lambda.tags_max"):
        return invalid_parameter("Number of tags exceeds resource tag limit.")
    return None


def request_tags(tags: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The condition keys of a request that brings tags."""
    if not tags:
        return {}
    return {**{f"aws:RequestTag/{k}": (v,) for k, v in tags.items()}, "aws:TagKeys": tuple(tags)}


def resource_tags(tags: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The condition keys of a resource that has tags."""
    return {f"aws:ResourceTag/{key}": (value,) for key, value in tags.items()}


def with_tags(
    creation: Sequence[AuthorizationCheck], tags: Mapping[str, str]
) -> list[AuthorizationCheck]:
    """The checks of a creation, that of the new resource first, when it brings tags.

    Source: Lambda developer guide, tags.
    """
    if not tags:
        return list(creation)
    first, *others = creation
    keys = request_tags(tags)
    return [
        replace(first, context={**first.context, **keys}),
        AuthorizationCheck("lambda:TagResource", first.resource, keys),
        *others,
    ]
