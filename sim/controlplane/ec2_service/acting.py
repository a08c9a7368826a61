"""How every call of EC2 that changes something goes: who may, how often, and with which tags."""

from collections.abc import Mapping, Sequence

from sim.controlplane.account import Account, Call
from sim.controlplane.ec2_service.checks import on_new, on_record
from sim.controlplane.ec2_service.errors import invalid_value, too_many_tags
from sim.controlplane.ec2_service.input_shapes import Ec2Input, Tag, Tagged
from sim.engine.ec2 import DRY_RUN
from sim.model.api_results import ApiError
from sim.model.authorization import AuthorizationCheck
from sim.model.network import NetworkResource

Named = tuple[type[NetworkResource], str]
"""A record of the network by its kind and its identifier."""

RESERVED = "aws:"
"""Beginning of the keys of tags that only AWS puts on and takes off."""
_KEY_LENGTH_MAX, _VALUE_LENGTH_MAX = 128, 256
"""Source: EC2 User Guide, tag restrictions."""


def refusal(
    account: Account, call: Call, request: Ec2Input, checks: Sequence[AuthorizationCheck]
) -> ApiError | None:
    """What stands against a call before EC2 looks at what it is about."""
    return (
        account.refusal(call, *checks)
        or (DRY_RUN if request.dry_run else None)
        or account.world.ec2.admit(call.operation)
    )


def refusal_on(
    account: Account,
    call: Call,
    request: Ec2Input,
    *records: Named,
) -> ApiError | None:
    """The same about a call on records of the network, each with its kind and identifier."""
    checks = [on_record(account, call.operation, kind, name) for kind, name in records]
    return refusal(account, call, request, checks)


def refusal_of_new(
    account: Account,
    call: Call,
    request: Tagged,
    kind: type[NetworkResource],
    *records: Named,
) -> ApiError | None:
    """The same about a call that makes a record, with its tags, out of others that there are."""
    checks = [
        *on_new(account, call.operation, kind.kind, new_tags(request, kind.kind)),
        *(on_record(account, call.operation, other, name) for other, name in records),
    ]
    return refusal(account, call, request, checks) or new_tags_refusal(account, request, kind.kind)


def new_tags(request: Tagged, kind: str) -> dict[str, str]:
    """The tags for a new resource of a kind."""
    return {
        tag.key: tag.value
        for specification in request.tag_specifications
        if specification.resource_type == kind
        for tag in specification.tags
    }


def new_tags_refusal(account: Account, request: Tagged, *kinds: str) -> ApiError | None:
    """Why the tags of a call cannot be put on what it makes."""
    for specification in request.tag_specifications:
        if specification.resource_type not in kinds:
            return invalid_value(
                f"'{specification.resource_type}' is not a valid taggable resource type for this "
                "operation."
            )
        tags = {tag.key: tag.value for tag in specification.tags}
        error = tags_refusal(account, specification.tags, so_far={}, after=tags)
        if error:
            return error
    return None


def tags_refusal(
    account: Account,
    tags: Sequence[Tag],
    *,
    so_far: Mapping[str, str],
    after: Mapping[str, str],
) -> ApiError | None:
    """Why tags cannot be put on: reserved or wrong ones, or more than a resource can have.

    The words about lengths are assumed.
    """
    errors = [error for tag in tags if (error := _tag_refusal(tag))]
    if errors:
        return errors[0]
    most = account.facts.integer("ec2.tags_max")
    own = [key for key in after if not key.startswith(RESERVED)]
    return too_many_tags(most) if len(own) > max(most, len(so_far)) else None


def _tag_refusal(tag: Tag) -> ApiError | None:
    if not tag.key:
        return invalid_value("Tag key cannot be empty")
    for what, text, most in (
        ("key", tag.key, _KEY_LENGTH_MAX),
        ("value", tag.value, _VALUE_LENGTH_MAX),
    ):
        if len(text) > most:
            return invalid_value(f"Tag {what} exceeds the maximum length of {most} characters")
    return reserved_tag() if tag.key.lower().startswith(RESERVED) else None


def reserved_tag() -> ApiError:
    """EC2's answer to whoever touches the tags of AWS."""
    return invalid_value("Tag keys starting with 'aws:' are reserved for internal use")
