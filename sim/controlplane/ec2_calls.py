"""EC2 as customers call it: managed instances may be looked at, everything else is refused."""

from sim.controlplane import inputs
from sim.controlplane.account import Account, Call
from sim.engine.ec2_authorization import Ec2Place, describe_check
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.identifiers import InstanceId
from sim.model.managed_instance import ManagedInstance


def terminate_instances(
    account: Account, call: Call, request: inputs.TerminateInstances
) -> ApiResult:
    """Try to end instances; managed ones are refused whatever the caller's policies say."""
    ids = [InstanceId(i) for i in request.instance_ids]
    answer = account.world.ec2.terminate_instances(call.caller, ids, reason="called by customer")
    if isinstance(answer, ApiError):
        return answer
    return ApiSuccess({"TerminatingInstances": [_described(i) for i in answer]})


def describe_instances(
    account: Account, call: Call, request: inputs.DescribeInstances
) -> ApiResult:
    """Describe the managed instances of the account, terminated ones included."""
    place = Ec2Place(account.region, account.account_id)
    refusal = account.refusal(call, describe_check(call.operation, place))
    if refusal:
        return refusal
    instances = account.world.ec2.instances
    wanted = [InstanceId(i) for i in request.instance_ids] or list(instances)
    unknown = [i for i in wanted if i not in instances]
    if unknown:
        return ApiError(
            "InvalidInstanceID.NotFound", f"The instance ID '{unknown[0]}' does not exist"
        )
    return ApiSuccess({"Instances": [_described(instances[i]) for i in wanted]})


def _described(instance: ManagedInstance) -> dict[str, object]:
    return {
        "InstanceId": instance.instance_id,
        "InstanceType": instance.instance_type.name,
        "State": {"Name": instance.state.ec2_state},
        "Placement": {"AvailabilityZone": instance.availability_zone},
        "SubnetId": instance.subnet,
        "Operator": {"Managed": True, "Principal": instance.operator},
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(instance.tags.items())],
    }
