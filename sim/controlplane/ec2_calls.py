"""EC2 as customers call it: managed instances may be looked at, everything else is refused."""

from sim.controlplane import inputs
from sim.controlplane.account import Account, Call
from sim.engine.ec2_authorization import Ec2Place, describe_check
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.identifiers import InstanceId
from sim.model.managed_instance import ManagedInstance
from sim.model.states import ManagedInstanceState


def terminate_instances(
    account: Account, call: Call, request: inputs.TerminateInstances
) -> ApiResult:
    """Try to end instances; managed ones are refused whatever the caller's policies say."""
    ids = [InstanceId(i) for i in request.instance_ids]
    answer = account.world.ec2.terminate_instances(call.caller, ids, reason="called by customer")
    if isinstance(answer, ApiError):
        return answer
    return ApiSuccess({"TerminatingInstances": [_described(account, i, i.state) for i in answer]})


def describe_instances(
    account: Account, call: Call, request: inputs.DescribeInstances
) -> ApiResult:
    """Describe managed instances as EC2 sees them: an answer may be a little behind the world."""
    place = Ec2Place(account.region, account.account_id)
    refusal = account.refusal(call, describe_check(call.operation, place))
    if refusal:
        return refusal
    ids = [InstanceId(i) for i in request.instance_ids]
    ec2 = account.world.ec2
    seen = ec2.admit_describe(call.operation, is_unfiltered=not ids) or ec2.seen(ids)
    if isinstance(seen, ApiError):
        return seen
    return ApiSuccess({"Instances": [_described(account, s.instance, s.state) for s in seen]})


def _described(
    account: Account, instance: ManagedInstance, state: ManagedInstanceState
) -> dict[str, object]:
    shown: dict[str, object] = {
        "InstanceId": instance.instance_id,
        "InstanceType": instance.instance_type.name,
        "State": {"Name": state.ec2_state},
        "Placement": {"AvailabilityZone": instance.availability_zone},
        "SubnetId": instance.subnet,
        "Operator": {"Managed": True, "Principal": instance.operator},
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(instance.tags.items())],
    }
    if instance.state_reason is not None:
        reason = instance.state_reason
        shown["StateReason"] = {"Code": reason.code, "Message": reason.message}
    if instance.state is not ManagedInstanceState.TERMINATED:
        shown |= _attached(account, instance)
    return shown


def _attached(account: Account, instance: ManagedInstance) -> dict[str, object]:
    """The parts of an instance that is not terminated."""
    laws = account.world.ec2.laws
    interface = laws.network_interfaces.of(instance.instance_id)
    return {
        "PrivateIpAddress": interface.private_address,
        "NetworkInterfaces": [{"NetworkInterfaceId": interface.network_interface_id}],
        "BlockDeviceMappings": [
            {"Ebs": {"VolumeId": volume}} for volume in laws.volumes.of(instance.instance_id)
        ],
    }
