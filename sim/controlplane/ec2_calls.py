"""EC2 as customers call it: they may look at managed instances, and EC2 refuses them everything else."""

from sim.controlplane import inputs
from sim.controlplane.account import Account, Call
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


def describe_instances(account: Account, call: Call, request: inputs.DescribeInstances) -> ApiResult:
    """Describe the managed instances of the account."""
    seen = account.world.ec2.describe(call.caller, call.operation, about=" ".join(request.instance_ids))
    if isinstance(seen, ApiError):
        return seen
    instances = account.world.ec2.instances
    unknown = [i for i in request.instance_ids if i not in instances]
    if unknown:
        return ApiError("InvalidInstanceID.NotFound", f"The instance ID '{unknown[0]}' does not exist")
    wanted = [InstanceId(i) for i in request.instance_ids] or list(instances)
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
