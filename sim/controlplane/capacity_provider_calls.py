"""Lambda's capacity provider operations: who may, what is checked first, what is left behind."""

from dataclasses import dataclass

from sim.controlplane import inputs
from sim.controlplane.account import Account, Call
from sim.controlplane.caller_checks import create_capacity_provider_checks
from sim.controlplane.errors import (
    OPERATOR_ROLE_INVALID,
    SECURITY_GROUPS_INVALID,
    SUBNETS_INVALID,
    capacity_provider_not_found,
    conflict,
    invalid_parameter,
    service_exception,
)
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck
from sim.model.callers import Caller
from sim.model.capacity_provider import CapacityProvider
from sim.model.identifiers import capacity_provider_arn
from sim.model.states import CapacityProviderState

_PERCENT = 100


@dataclass(frozen=True, slots=True)
class _Scaling:
    """A scaling configuration: cap on vCPUs, CPU target as a fraction, and whose target it is."""

    vcpu_count_max: int
    target: float
    is_manual: bool


def create(account: Account, call: Call, request: inputs.CreateCapacityProvider) -> ApiResult:
    """Accept a provider in state Pending, or refuse and leave nothing behind.

    Order: the caller's permissions, the request by itself, then what Lambda finds out with the
    operator role (the last observed by go-to-k/cdkd, issues 3174 and 3227; the rest assumed). The
    first provider of an account also creates the service-linked role.
    """
    arn = _arn(account, request.capacity_provider_name)
    refusal = (
        account.refusal(call, *_create_checks(account, arn, request))
        or _taken(account, arn, request)
        or _contradiction(request)
    )
    if refusal:
        return refusal
    scaling = _scaling(account, request.capacity_provider_scaling_config)
    if isinstance(scaling, ApiError):
        return scaling
    provider = _provider(account, arn, request, scaling)
    refusal = _operator_refusal(account, provider, request.vpc_config)
    if refusal:
        return refusal
    if not account.service_linked_role.exists:
        account.service_linked_role.create()
    account.world.capacity_providers.create(provider)
    return ApiSuccess({"CapacityProvider": _described(provider)})


def get(account: Account, call: Call, request: inputs.NamedCapacityProvider) -> ApiResult:
    """Describe one provider."""
    provider = _permitted(account, call, request.capacity_provider_name)
    return (
        provider
        if isinstance(provider, ApiError)
        else ApiSuccess({"CapacityProvider": _described(provider)})
    )


def list_all(account: Account, call: Call, request: inputs.Empty) -> ApiResult:
    """Describe all providers, by name."""
    del request
    refusal = account.refusal(call, AuthorizationCheck(call.operation, "*"))
    providers = account.world.capacity_providers.all_existing()
    return refusal or ApiSuccess({"CapacityProviders": [_described(p) for p in providers]})


def update(account: Account, call: Call, request: inputs.UpdateCapacityProvider) -> ApiResult:
    """Change the scaling configuration; it counts from the scaler's next look."""
    provider = _permitted(account, call, request.capacity_provider_name)
    if isinstance(provider, ApiError):
        return provider
    if provider.state is not CapacityProviderState.ACTIVE:
        return _busy(provider)
    scaling = _scaling(account, request.capacity_provider_scaling_config)
    if isinstance(scaling, ApiError):
        return scaling
    provider.vcpu_count_max, provider.target_cpu_fraction = scaling.vcpu_count_max, scaling.target
    provider.is_target_manual = scaling.is_manual
    return ApiSuccess({"CapacityProvider": _described(provider)})


def delete(account: Account, call: Call, request: inputs.NamedCapacityProvider) -> ApiResult:
    """Begin to delete a provider; refused while a function is associated with it."""
    provider = _permitted(account, call, request.capacity_provider_name)
    if isinstance(provider, ApiError):
        return provider
    functions = account.functions.of_provider(provider)
    if functions:
        # The middle of the sentence is what AWS says; source: Terraform's AWS provider matches it.
        return conflict(
            f"Capacity provider {provider.arn} is in use. To delete this capacity provider, first "
            f"remove its association with {', '.join(f.arn for f in functions)}"
        )
    if provider.state is CapacityProviderState.DELETING:
        return _busy(provider)
    account.world.capacity_providers.delete(provider)
    return ApiSuccess({"CapacityProvider": _described(provider)})


def _arn(account: Account, name: str) -> str:
    return capacity_provider_arn(account.region, account.account_id, name)


def _permitted(account: Account, call: Call, name: str) -> CapacityProvider | ApiError:
    """The provider, if the caller may do this to it; whether it exists is told only to who may."""
    arn = _arn(account, name)
    refusal = account.refusal(call, AuthorizationCheck(call.operation, arn))
    provider = account.world.capacity_providers.existing(name)
    if refusal or provider is None:
        return refusal or capacity_provider_not_found(arn)
    return provider


def _busy(provider: CapacityProvider) -> ApiError:
    return conflict(
        "The operation cannot be performed at this time. The capacity provider is currently in the "
        f"following state: {provider.state.value}"
    )


def _create_checks(
    account: Account, arn: str, request: inputs.CreateCapacityProvider
) -> list[AuthorizationCheck]:
    linked = account.service_linked_role
    return create_capacity_provider_checks(
        arn,
        subnets=request.vpc_config.subnet_ids,
        security_groups=request.vpc_config.security_group_ids,
        operator_role_arn=request.permissions_config.capacity_provider_operator_role_arn,
        lambda_principal=account.lambda_principal,
        linked_role_arn=None if linked.exists else linked.arn,
    )


def _taken(account: Account, arn: str, request: inputs.CreateCapacityProvider) -> ApiError | None:
    """The name is used, or the account has as many providers as it may."""
    providers = account.world.capacity_providers
    if providers.existing(request.capacity_provider_name):
        return conflict(f"Capacity provider already exists: {arn}")
    count_max = account.facts.integer("capacity_provider.count_max")
    if len(providers.all_existing()) >= count_max:
        return ApiError(
            "CapacityProviderLimitExceededException",
            f"The account has {count_max} capacity providers already",
        )
    return None


def _contradiction(request: inputs.CreateCapacityProvider) -> ApiError | None:
    requirements = request.instance_requirements
    if requirements.allowed_instance_types and requirements.excluded_instance_types:
        return invalid_parameter("Specify AllowedInstanceTypes or ExcludedInstanceTypes, not both")
    return None


def _provider(
    account: Account,
    arn: str,
    request: inputs.CreateCapacityProvider,
    scaling: _Scaling,
) -> CapacityProvider:
    """The provider as requested, with those of its subnets that exist."""
    requirements = request.instance_requirements
    subnets = map(account.world.ec2.subnet, request.vpc_config.subnet_ids)
    return CapacityProvider(
        name=request.capacity_provider_name,
        arn=arn,
        operator_role_arn=request.permissions_config.capacity_provider_operator_role_arn,
        subnets=tuple(subnet for subnet in subnets if subnet is not None),
        security_groups=tuple(request.vpc_config.security_group_ids),
        architecture=requirements.architectures[0],
        allowed_instance_types=tuple(requirements.allowed_instance_types),
        excluded_instance_types=tuple(requirements.excluded_instance_types),
        vcpu_count_max=scaling.vcpu_count_max,
        target_cpu_fraction=scaling.target,
        is_target_manual=scaling.is_manual,
    )


def _scaling(account: Account, config: inputs.CapacityProviderScalingConfig) -> _Scaling | ApiError:
    """What a scaling configuration means, defaults filled in."""
    is_manual = config.scaling_mode == "Manual"
    if is_manual != bool(config.scaling_policies):
        return invalid_parameter("ScalingPolicies and ScalingMode Manual go together")
    if len({p.predefined_metric_type for p in config.scaling_policies}) < len(
        config.scaling_policies
    ):
        return invalid_parameter("ScalingPolicies has two policies for one metric")
    target = account.facts.number("scaler.target_cpu_fraction")
    if is_manual:
        target = config.scaling_policies[0].target_value / _PERCENT
    default = account.facts.integer("capacity_provider.max_vcpu_count_default")
    return _Scaling(config.max_v_cpu_count or default, target, is_manual)


def _operator_refusal(
    account: Account, provider: CapacityProvider, network: inputs.VpcConfig
) -> ApiError | None:
    """What Lambda finds wrong when it looks at the network with the operator role.

    Observed: the role can be assumed, then it may describe security groups, then those exist.
    Assumed: the same for subnets after it.
    """
    ec2 = account.world.ec2
    session = account.world.role_sessions.operator(provider)
    if not isinstance(session, Caller):
        return invalid_parameter(OPERATOR_ROLE_INVALID)
    has_groups = all(map(ec2.has_security_group, network.security_group_ids))
    has_subnets = len(provider.subnets) == len(network.subnet_ids)
    for action, exists, otherwise in (
        ("ec2:DescribeSecurityGroups", has_groups, SECURITY_GROUPS_INVALID),
        ("ec2:DescribeSubnets", has_subnets, SUBNETS_INVALID),
    ):
        seen = ec2.describe(session, action, about=f"probe for {provider.name}")
        if isinstance(seen, ApiError):
            return _probe_error(action, seen)
        if not exists:
            return invalid_parameter(otherwise)
    return None


def _probe_error(action: str, error: ApiError) -> ApiError:
    """What a look that failed means: the role may not, or EC2 is in trouble."""
    if error.code != "UnauthorizedOperation":
        return service_exception(error)
    return invalid_parameter(
        f"The operator role doesn't have permission to perform {action}. {OPERATOR_ROLE_INVALID}"
    )


def _described(provider: CapacityProvider) -> dict[str, object]:
    """The provider as the API shows it: no reason for its state, no count of instances."""
    return {
        "CapacityProviderArn": provider.arn,
        "State": provider.state.value,
        "VpcConfig": {
            "SubnetIds": [s.subnet_id for s in provider.subnets],
            "SecurityGroupIds": list(provider.security_groups),
        },
        "PermissionsConfig": {"CapacityProviderOperatorRoleArn": provider.operator_role_arn},
        "InstanceRequirements": {
            "Architectures": [provider.architecture],
            "AllowedInstanceTypes": list(provider.allowed_instance_types),
            "ExcludedInstanceTypes": list(provider.excluded_instance_types),
        },
        "CapacityProviderScalingConfig": _described_scaling(provider),
    }


def _described_scaling(provider: CapacityProvider) -> dict[str, object]:
    """In Auto mode Lambda's own target is not shown."""
    scaling: dict[str, object] = {
        "MaxVCpuCount": provider.vcpu_count_max,
        "ScalingMode": "Manual" if provider.is_target_manual else "Auto",
    }
    if provider.is_target_manual:
        scaling["ScalingPolicies"] = [
            {
                "PredefinedMetricType": "LambdaCapacityProviderAverageCPUUtilization",
                "TargetValue": provider.target_cpu_fraction * _PERCENT,
            }
        ]
    return scaling
