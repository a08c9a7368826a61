"""Tags on EC2's resources: put on, taken off, listed. Those that AWS put on stay as they are."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from sim.controlplane.account import Account, Call
from sim.controlplane.ec2_service import instance_inputs as inputs
from sim.controlplane.ec2_service.acting import RESERVED, refusal, reserved_tag, tags_refusal
from sim.controlplane.ec2_service.checks import on_resource, request_tags
from sim.controlplane.ec2_service.errors import missing
from sim.controlplane.ec2_service.filters import Row
from sim.controlplane.ec2_service.input_shapes import Tag
from sim.controlplane.ec2_service.listing import Listing, listed
from sim.controlplane.operation import Operation
from sim.engine.ec2_describe import is_over
from sim.engine.ec2_not_found import KINDS, not_found
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck
from sim.model.journal_entries import TagsChanged


class Taggable(Protocol):
    """Anything with tags."""

    tags: Mapping[str, str]


def create_tags(account: Account, call: Call, request: inputs.CreateTags) -> ApiResult:
    """Put tags on resources, managed ones too, all or none."""
    tags = {tag.key: tag.value for tag in request.tags}
    known = _existing(account, request.resources)
    error = refusal(account, call, request, _checks(account, call, request, known=known, tags=tags))
    if error is None and not (request.resources and request.tags):
        error = missing("resourceIdSet" if request.tags else "tagSet")
    error = error or _unknown(request.resources, known)
    if error:
        return error
    for resource in known.values():
        after = {**resource.tags, **tags}
        error = tags_refusal(account, request.tags, so_far=resource.tags, after=after)
        if error:
            return error
    for name, resource in known.items():
        _set(account, name, resource, {**resource.tags, **tags})
    return ApiSuccess()


def delete_tags(account: Account, call: Call, request: inputs.DeleteTags) -> ApiResult:
    """Take tags off resources; one that a resource does not have is no error."""
    named = {tag.key: tag.value for tag in request.tags}
    known = _existing(account, request.resources)
    error = refusal(
        account, call, request, _checks(account, call, request, known=known, tags=named)
    )
    if error is None and not request.resources:
        error = missing("resourceIdSet")
    if error is None and any(key.startswith(RESERVED) for key in named):
        error = reserved_tag()
    error = error or _unknown(request.resources, known)
    if error:
        return error
    for name, resource in known.items():
        left = {k: v for k, v in resource.tags.items() if not _goes(k, v, request.tags)}
        if left != resource.tags:
            _set(account, name, resource, left)
    return ApiSuccess()


def _goes(key: str, value: str, named: list[Tag]) -> bool:
    """Whether a tag is taken off: named with its value or without one, or nothing is named."""
    if key.startswith(RESERVED):
        return False
    return not named or any(
        tag.key == key and ("value" not in tag.model_fields_set or tag.value == value)
        for tag in named
    )


def _set(account: Account, name: str, resource: Taggable, tags: Mapping[str, str]) -> None:
    resource.tags = dict(sorted(tags.items()))
    account.foundation.journal.append(
        TagsChanged(
            time_us=account.now_us,
            identifier=name,
            tags=",".join(f"{key}={value}" for key, value in resource.tags.items()),
        )
    )


def _checks(
    account: Account,
    call: Call,
    request: inputs.CreateTags | inputs.DeleteTags,
    *,
    known: Mapping[str, Taggable],
    tags: Mapping[str, str],
) -> list[AuthorizationCheck]:
    """One per resource; the tags of the request and those that the resource has are keys."""
    return [
        on_resource(
            account,
            call.operation,
            kind=_kind(name),
            identifier=name,
            resource=known.get(name),
            further=request_tags(tags),
        )
        for name in request.resources or ["*"]
    ]


def _existing(account: Account, names: list[str]) -> dict[str, Taggable]:
    """Those of some resources that there are, each once, in the order in which they are named."""
    everything = dict(_all(account))
    return {name: everything[name] for name in names if name in everything}


def _unknown(names: list[str], known: Mapping[str, Taggable]) -> ApiError | None:
    return next((not_found(name) for name in names if name not in known), None)


def _all(account: Account) -> Iterator[tuple[str, Taggable]]:
    """Everything that has or could have tags, by identifier."""
    ec2 = account.world.ec2
    for instance in ec2.all_instances():
        if not is_over(instance.state):
            yield instance.instance_id, instance
    for interface in ec2.laws.network_interfaces.all():
        yield interface.network_interface_id, interface
    for volume in ec2.laws.volumes.all():
        yield volume.volume_id, volume
    for record in ec2.laws.network.everything():
        yield record.identifier, record


def _tags(account: Account, _: inputs.DescribeTags) -> Iterator[tuple[str, str, str]]:
    """Resource, key and value of every tag."""
    for name, resource in _all(account):
        for key, value in resource.tags.items():
            yield name, key, value


def _tag_row(_: Account, tag: tuple[str, str, str]) -> Row:
    name, key, value = tag
    return {"Key": key, "Value": value, "ResourceId": name, "ResourceType": _kind(name)}


def _tag_order(tag: tuple[str, str, str]) -> str:
    return f"{tag[0]} {tag[1]}"


def _kind(name: str) -> str:
    return KINDS.get(name.partition("-")[0], "*")


OPERATIONS: Mapping[str, Operation] = {
    "ec2:CreateTags": Operation(create_tags),
    "ec2:DeleteTags": Operation(delete_tags),
    "ec2:DescribeTags": listed(
        Listing(
            "Tags",
            _tags,
            _tag_order,
            _tag_row,
            {
                "key": "Key",
                "resource-id": "ResourceId",
                "resource-type": "ResourceType",
                "value": "Value",
            },
            page_max=1000,
        )
    ),
}
