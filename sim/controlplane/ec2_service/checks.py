"""What IAM is asked before EC2 makes, changes or tags something for a customer.

Source: Service Authorization Reference for Amazon EC2: resources and condition keys of each action.
"""

from collections.abc import Mapping
from typing import Any

from sim.controlplane.account import Account
from sim.controlplane.ec2_service.listing import place_of
from sim.engine.ec2_network import vpc_of
from sim.model.authorization import AuthorizationCheck
from sim.model.network import NetworkResource, Vpc

Context = dict[str, tuple[str, ...]]


def on_new(
    account: Account, action: str, kind: str, tags: Mapping[str, str]
) -> list[AuthorizationCheck]:
    """An action that makes a resource; tags put on at once need `ec2:CreateTags` besides."""
    arn = place_of(account).arn(kind, "*")
    context = _region(account) | request_tags(tags)
    checks = [AuthorizationCheck(action, arn, context)]
    if tags:
        named = context | {"ec2:CreateAction": (action.removeprefix("ec2:"),)}
        checks.append(AuthorizationCheck("ec2:CreateTags", arn, named))
    return checks


def on_record(
    account: Account, action: str, kind: type[NetworkResource], identifier: str
) -> AuthorizationCheck:
    """An action on a record of the network; one that does not exist has no tags and no VPC."""
    record = account.world.ec2.laws.network.find(kind, identifier)
    context = _region(account)
    if record is not None:
        context |= resource_tags(record.tags)
        if vpc_of(record) and not isinstance(record, Vpc):
            context["ec2:Vpc"] = (place_of(account).arn("vpc", vpc_of(record)),)
    return AuthorizationCheck(action, place_of(account).arn(kind.kind, identifier), context)


def on_resource(
    account: Account,
    action: str,
    *,
    kind: str,
    identifier: str,
    resource: Any | None,
    further: Context,
) -> AuthorizationCheck:
    """An action on anything with tags; what a service operates says so."""
    context = _region(account) | further
    if resource is not None:
        context |= resource_tags(resource.tags)
        operator = getattr(resource, "operator", None)
        if operator is not None:
            context["ec2:ManagedResourceOperator"] = (operator,)
    return AuthorizationCheck(action, place_of(account).arn(kind, identifier), context)


def request_tags(tags: Mapping[str, str]) -> Context:
    """The keys about the tags of a request."""
    if not tags:
        return {}
    context: Context = {f"aws:RequestTag/{key}": (value,) for key, value in sorted(tags.items())}
    return context | {"aws:TagKeys": tuple(sorted(tags))}


def resource_tags(tags: Mapping[str, str]) -> Context:
    """The keys about the tags that a resource has; EC2 has its own name for them besides."""
    return {
        f"{service}:ResourceTag/{key}": (value,)
        for service in ("aws", "ec2")
        for key, value in sorted(tags.items())
    }


def _region(account: Account) -> Context:
    return {"ec2:Region": (account.region,)}
