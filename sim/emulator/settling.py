"""What is on its way: the world can be brought to the end of that, and not an event further."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from sim.assembly import System
from sim.controlplane.account import Account
from sim.controlplane.lambda_service.capacity_provider_calls import existing_provider
from sim.controlplane.lambda_service.functions import Function
from sim.controlplane.lambda_service.names import function_named
from sim.controlplane.service_linked_role import DeletionTask
from sim.model.capacity_provider import CapacityProvider
from sim.model.customer_instance import CustomerInstance
from sim.model.function_version import FunctionVersion
from sim.model.identifiers import InstanceId
from sim.model.managed_instance import ManagedInstance
from sim.model.states import (
    CapacityProviderState,
    DeletionStatus,
    FunctionVersionState,
    UpdateStatus,
)

Watch = Callable[[], object]
"""Tells what stage of its way a thing has reached; None: it is on no way, or at its end."""

_PROVIDER_WAYS: Final = {CapacityProviderState.PENDING, CapacityProviderState.DELETING}
_VERSION_WAYS: Final = {
    FunctionVersionState.PENDING,
    FunctionVersionState.DEACTIVATING,
    FunctionVersionState.DELETING,
}
_INSTANCE_WAYS: Final = {"pending", "shutting-down"}
"""EC2's states."""


def settle(system: System, watches: Iterable[Watch], *, until_us: int) -> None:
    """Let events happen until everything watched has left the stage in which it is now.

    Nothing happens after `until_us`, and nothing if all that is watched rests.
    """
    open_ways = [(watch, stage) for watch in watches if (stage := watch()) is not None]
    kernel = system.foundation.kernel
    while open_ways:
        next_us = kernel.peek_us()
        if next_us is None or next_us > until_us:
            break
        system.advance_to(next_us)
        open_ways = [(watch, stage) for watch, stage in open_ways if watch() == stage]


def everything(account: Account) -> Iterator[Watch]:
    """A watch of each thing of the account."""
    yield from _providers(account.world.capacity_providers.all_existing())
    for function in account.functions.all_existing():
        yield from _versions(function)
    yield from _instances(account, [one.instance_id for one in account.world.ec2.all_instances()])


def looked_at(
    account: Account,
    operation: str,
    request: Mapping[str, object],
    output: Mapping[str, object],
) -> Iterator[Watch]:
    """A watch of each thing that a look showed, or would have shown."""
    match operation:
        case "lambda:GetCapacityProvider" | "lambda:ListCapacityProviders":
            shown = output.get("CapacityProviders") or [output.get("CapacityProvider")]
            arns = [str(one["CapacityProviderArn"]) for one in _mappings(shown)]
            providers = [existing_provider(account, arn) for arn in arns]
            yield from _providers(provider for provider in providers if provider is not None)
        case (
            "lambda:GetFunction"
            | "lambda:GetFunctionConfiguration"
            | "lambda:GetFunctionScalingConfig"
            | "lambda:ListVersionsByFunction"
        ):
            named = function_named(str(request["FunctionName"]), account.place)
            function = account.functions.existing(named.name)
            if function is not None:
                yield from _versions(function)
        case "ec2:DescribeInstances":
            for reservation in _mappings(output.get("Reservations")):
                instances = _mappings(reservation.get("Instances"))
                yield from _instances(account, [str(one["InstanceId"]) for one in instances])
        case "ec2:DescribeInstanceStatus":
            statuses = _mappings(output.get("InstanceStatuses"))
            yield from _instances(account, [str(one["InstanceId"]) for one in statuses])
        case "iam:GetServiceLinkedRoleDeletionStatus":
            yield _deletion(account, str(request.get("DeletionTaskId")))
        case _:
            return


def _providers(providers: Iterable[CapacityProvider]) -> Iterator[Watch]:
    return (partial(_provider_stage, provider) for provider in providers)


def _provider_stage(provider: CapacityProvider) -> object:
    return provider.state if provider.state in _PROVIDER_WAYS else None


def _versions(function: Function) -> Iterator[Watch]:
    return (partial(_version_stage, version) for version in function.versions())


def _version_stage(version: FunctionVersion) -> object:
    if version.state in _VERSION_WAYS:
        return version.state
    return version.update_status if version.update_status is UpdateStatus.IN_PROGRESS else None


def _instances(account: Account, names: Iterable[str]) -> Iterator[Watch]:
    ec2 = account.world.ec2
    ids = (InstanceId(name) for name in names)
    return (partial(_instance_stage, ec2.existing(one)) for one in ids if ec2.knows(one))


def _instance_stage(instance: ManagedInstance | CustomerInstance) -> str | None:
    state = instance.state.ec2_state
    return state if state in _INSTANCE_WAYS else None


def _deletion(account: Account, task_id: str) -> Watch:
    return partial(_deletion_stage, account.service_linked_role.task(task_id))


def _deletion_stage(task: DeletionTask | None) -> object:
    in_progress = DeletionStatus.IN_PROGRESS
    return in_progress if task is not None and task.status is in_progress else None


def _mappings(value: object) -> list[Mapping[str, object]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
