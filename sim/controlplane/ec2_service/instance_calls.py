"""Calls on instances: customers have their way with their own; managed ones are refused to all.

Source: EC2 User Guide, managed instances: who does not operate one may look at it and tag it.
"""

from collections.abc import Callable, Mapping, Sequence

from sim.controlplane.account import Account, Call
from sim.controlplane.ec2_service import instance_inputs as inputs
from sim.controlplane.ec2_service.acting import new_tags, new_tags_refusal, refusal
from sim.controlplane.ec2_service.errors import invalid_value, missing
from sim.controlplane.ec2_service.images import image_of
from sim.controlplane.ec2_service.input_shapes import Ec2Input
from sim.controlplane.ec2_service.instance_rows import instance_row, shows_managed, state_of
from sim.controlplane.ec2_service.listing import place_of
from sim.controlplane.operation import Operation
from sim.engine.ec2 import DRY_RUN, NO_INSTANCES_NAMED, SeenInstance
from sim.engine.ec2_authorization import (
    RunInstancesRequest,
    describe_check,
    instance_check,
    run_instances_checks,
)
from sim.engine.ec2_customer_instances import CustomerInstances
from sim.engine.ec2_not_found import not_found
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.customer_instance import CustomerInstance
from sim.model.identifiers import InstanceId
from sim.model.journal_entries import VisibilityChanged
from sim.model.managed_instance import ManagedInstance
from sim.model.network import NetworkSubnet, SecurityGroup

_TAGGED = ("instance", "volume", "network-interface")
"""Kinds that a launch can tag."""

InstanceAct = Callable[[CustomerInstances, Sequence[CustomerInstance]], ApiError | None]
"""What is done to instances, all or none."""


def run_instances(account: Account, call: Call, request: inputs.RunInstances) -> ApiResult:
    """Launch a customer's own instances; IAM is asked once per resource, as for Lambda's."""
    order = _order(account, request)
    error = (
        refusal(account, call, request, run_instances_checks(order, place_of(account)))
        or _request_refusal(account, request)
        or _network_refusal(account, order)
    )
    made = error or account.world.ec2.customer_instances.run(
        order, is_protected=request.disable_api_termination
    )
    if isinstance(made, ApiError):
        return made
    return ApiSuccess(
        {
            "ReservationId": made[0].reservation,
            "OwnerId": account.account_id,
            "Groups": [],
            "Instances": [instance_row(account, SeenInstance(i, i.state)) for i in made],
        }
    )


def _order(account: Account, request: inputs.RunInstances) -> RunInstancesRequest:
    """The order as EC2's laws know it; what does not exist is named as it was written."""
    network = account.world.ec2.laws.network
    image = image_of(account, request.image_id)
    subnet = network.find(NetworkSubnet, request.subnet_id)
    vpc = subnet.vpc if subnet else ""
    groups = request.security_group_ids or [
        g.identifier for g in network.all(SecurityGroup) if g.vpc == vpc and g.is_default
    ]
    return RunInstancesRequest(
        instance_type=request.instance_type,
        count=request.max_count,
        count_min=request.min_count,
        client_token=request.client_token,
        subnet=request.subnet_id,
        vpc=vpc,
        availability_zone=subnet.subnet.availability_zone if subnet else "",
        security_groups=tuple(groups),
        image=request.image_id,
        image_owner=image.owner if image else "",
        is_image_public=image is not None and image.is_public,
        operator=None,
        tags=new_tags(request, "instance"),
    )


def _request_refusal(account: Account, request: inputs.RunInstances) -> ApiError | None:
    """What is wrong with the request by itself. Texts of counts are assumed."""
    if not request.image_id:
        return missing("ImageId")
    if not request.instance_type:
        return missing("InstanceType")
    if not 1 <= request.min_count <= request.max_count:
        return invalid_value(
            f"Value ({request.min_count}) for parameter minCount is invalid. It must be at least 1 "
            "and at most maxCount."
        )
    if not request.subnet_id:
        return ApiError("VPCIdNotSpecified", "No default VPC for this user")
    return new_tags_refusal(account, request, *_TAGGED) or _image_refusal(account, request)


def _image_refusal(account: Account, request: inputs.RunInstances) -> ApiError | None:
    image = image_of(account, request.image_id)
    if image is None:
        return not_found(request.image_id)
    kind = account.world.settings.instance_types.get(request.instance_type)
    if kind is None:
        return invalid_value(f"Invalid value '{request.instance_type}' for InstanceType.")
    if kind.architecture == image.architecture:
        return None
    return invalid_value(
        f"The architecture '{kind.architecture}' of the specified instance type does not match the "
        f"architecture '{image.architecture}' of the specified AMI. Specify an instance type and "
        "an AMI that have matching architectures, and try again. You can use "
        "'describe-instance-types' or 'describe-images' to discover the architecture of the "
        "instance type or AMI."
    )


def _network_refusal(account: Account, order: RunInstancesRequest) -> ApiError | None:
    network = account.world.ec2.laws.network
    for name in order.security_groups:
        group = network.find(SecurityGroup, name)
        if group is not None and order.vpc and group.vpc != order.vpc:
            return ApiError(
                "InvalidParameter",
                f"Security group {name} and subnet {order.subnet} belong to different networks.",
            )
    return None


def terminate_instances(account: Account, call: Call, request: inputs.NamedInstances) -> ApiResult:
    """End instances, all or none; managed ones only for Lambda's service-linked role."""
    before = _states(account, request.instance_ids)
    ids = [InstanceId(i) for i in request.instance_ids]
    answer = account.world.ec2.terminate_instances(
        call.caller, ids, reason="called by customer", is_dry_run=request.dry_run
    )
    if isinstance(answer, ApiError):
        return answer
    return ApiSuccess({"TerminatingInstances": _changes(account, before)})


def modify_attribute(
    account: Account, call: Call, request: inputs.ModifyInstanceAttribute
) -> ApiResult:
    """Protect a customer's own instance against termination, or no longer."""
    error = _refusal(account, call, request, [request.instance_id])
    if error:
        return error
    if request.disable_api_termination is None:
        return ApiError("InvalidParameterCombination", "No attributes specified.")
    instance = account.world.ec2.existing(InstanceId(request.instance_id))
    assert isinstance(instance, CustomerInstance), "managed ones were refused"
    instance.is_protected = request.disable_api_termination.value
    return ApiSuccess()


def get_visibility(
    account: Account, call: Call, request: inputs.GetManagedResourceVisibility
) -> ApiResult:
    """What lists show of managed resources unasked."""
    error = refusal(account, call, request, [describe_check(call.operation, place_of(account))])
    return error or _visibility(account)


def modify_visibility(
    account: Account, call: Call, request: inputs.ModifyManagedResourceVisibility
) -> ApiResult:
    """Set what lists show of managed resources unasked, for account and Region."""
    error = refusal(account, call, request, [describe_check(call.operation, place_of(account))])
    if error:
        return error
    account.world.ec2.shows_managed = request.default_visibility == "visible"
    account.foundation.journal.append(
        VisibilityChanged(time_us=account.now_us, visibility=request.default_visibility)
    )
    return _visibility(account)


def _visibility(account: Account) -> ApiSuccess:
    word = "visible" if shows_managed(account) else "hidden"
    return ApiSuccess({"Visibility": {"DefaultVisibility": word}})


def _acts(act: InstanceAct | None, *, told: str) -> Operation:
    """A call that acts on a customer's own instances; None: what it does shows nowhere."""

    def handler(
        account: Account, call: Call, request: inputs.NamedInstances | inputs.StopInstances
    ) -> ApiResult:
        error = _refusal(account, call, request, request.instance_ids)
        if error:
            return error
        if act is None:
            return ApiSuccess()
        ec2, before = account.world.ec2, _states(account, request.instance_ids)
        instances = [ec2.existing(InstanceId(name)) for name in before]
        own = [i for i in instances if isinstance(i, CustomerInstance)]
        error = act(ec2.customer_instances, own)
        return error or ApiSuccess({told: _changes(account, before)})

    return Operation(handler)


def _refusal(
    account: Account, call: Call, request: Ec2Input, names: Sequence[str]
) -> ApiError | None:
    """What stands against an action on instances before EC2 looks at their states."""
    error = _permitted(account, call, names)
    return error or (DRY_RUN if request.dry_run else account.world.ec2.admit(call.operation))


def _permitted(account: Account, call: Call, names: Sequence[str]) -> ApiError | None:
    """Whether instances are unknown, not allowed, or operated by a service.

    That identifiers are looked up before IAM is asked is what EC2 does with instances.
    """
    ec2 = account.world.ec2
    if not names:
        return NO_INSTANCES_NAMED
    for name in names:
        if not ec2.knows(InstanceId(name)):
            return not_found(name)
        instance = ec2.existing(InstanceId(name))
        check = instance_check(call.operation, instance, place_of(account))
        error = account.refusal(call, check)
        if error is None and isinstance(instance, ManagedInstance):
            error = ec2.managed_refusal(call.caller, call.operation, instance)
        if error:
            return error
    return None


def _states(account: Account, names: Sequence[str]) -> dict[str, str]:
    """EC2's states of instances that exist, before something is done to them."""
    ec2 = account.world.ec2
    known = [InstanceId(name) for name in dict.fromkeys(names) if ec2.knows(InstanceId(name))]
    return {name: ec2.existing(name).state.ec2_state for name in known}


def _changes(account: Account, before: Mapping[str, str]) -> list[dict[str, object]]:
    return [
        {
            "InstanceId": name,
            "PreviousState": state_of(state),
            "CurrentState": state_of(account.world.ec2.existing(InstanceId(name)).state.ec2_state),
        }
        for name, state in before.items()
    ]


OPERATIONS: Mapping[str, Operation] = {
    "ec2:RunInstances": Operation(run_instances),
    "ec2:TerminateInstances": Operation(terminate_instances, journals_itself=True),
    "ec2:StopInstances": _acts(CustomerInstances.stop, told="StoppingInstances"),
    "ec2:StartInstances": _acts(CustomerInstances.start, told="StartingInstances"),
    "ec2:RebootInstances": _acts(None, told=""),
    "ec2:ModifyInstanceAttribute": Operation(modify_attribute),
    "ec2:GetManagedResourceVisibility": Operation(get_visibility),
    "ec2:ModifyManagedResourceVisibility": Operation(modify_visibility),
}
