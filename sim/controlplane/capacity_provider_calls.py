"""Lambda's capacity provider operations: who may, what is checked before the answer, what is left behind."""

from sim.controlplane import inputs
from sim.controlplane.account import Account, Call
from sim.controlplane.errors import (
    OPERATOR_ROLE_INVALID,
    capacity_provider_not_found,
    conflict,
    invalid_parameter,
    limit_exceeded,
)
from sim.controlplane.security_tokens import LAMBDA_SERVICE
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck
from sim.model.callers import Caller
from sim.model.capacity_provider import CapacityProvider, Subnet
from sim.model.identifiers import capacity_provider_arn
from sim.model.states import CapacityProviderState

_PROBES = ("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets")
"""What Lambda tries with the operator role before it accepts a provider: first observed, second assumed."""


def create(account: Account, call: Call, request: inputs.CreateCapacityProvider) -> ApiResult:
    """Accept a provider in state Pending, or refuse and leave nothing behind.

    Order (observed by go-to-k/cdkd where not noted): the caller's permissions (assumed first), the
    operator role can be assumed, it may look at security groups, the network exists. The first provider
    of an account also creates the service-linked role.
    """
    arn = capacity_provider_arn(account.region, account.account_id, request.capacity_provider_name)
    refusal = account.refusal(call, _create_checks(account, arn, request)) or _conflict(
        account, arn, request
    )
    if refusal:
        return refusal
    provider = _provider(account, arn, request)
    if isinstance(provider, ApiError):
        return provider
    refusal = _probe_operator_role(account, provider) or _missing_group(account, provider)
    if refusal:
        return refusal
    if not account.service_linked_role.exists:
        account.service_linked_role.create()
    account.world.capacity_providers.create(provider)
    return ApiSuccess(_described(provider))


def get(account: Account, call: Call, request: inputs.NamedCapacityProvider) -> ApiResult:
    """Describe one provider."""
    arn = capacity_provider_arn(account.region, account.account_id, request.capacity_provider_name)
    refusal = account.refusal(call, [AuthorizationCheck(call.operation, arn)])
    provider = account.world.capacity_providers.existing(request.capacity_provider_name)
    if refusal or provider is None:
        return refusal or capacity_provider_not_found(arn)
    return ApiSuccess(_described(provider))


def list_all(account: Account, call: Call, request: inputs.Empty) -> ApiResult:
    """Describe all providers, by name."""
    del request
    refusal = account.refusal(call, [AuthorizationCheck(call.operation, "*")])
    providers = account.world.capacity_providers.all_existing()
    return refusal or ApiSuccess({"CapacityProviders": [_described(p) for p in providers]})


def update(account: Account, call: Call, request: inputs.UpdateCapacityProvider) -> ApiResult:
    """Change the scaling configuration; it counts from the scaler's next look."""
    arn = capacity_provider_arn(account.region, account.account_id, request.capacity_provider_name)
    refusal = account.refusal(call, [AuthorizationCheck(call.operation, arn)])
    provider = account.world.capacity_providers.existing(request.capacity_provider_name)
    if refusal or provider is None:
        return refusal or capacity_provider_not_found(arn)
    if provider.state is not CapacityProviderState.ACTIVE:
        return conflict(f"Capacity provider {arn} is in state {provider.state.value}")
    scaling = _scaling(account, request.capacity_provider_scaling_config)
    if isinstance(scaling, ApiError):
        return scaling
    provider.vcpu_count_max, provider.target_cpu_fraction = scaling
    return ApiSuccess(_described(provider))


def delete(account: Account, call: Call, request: inputs.NamedCapacityProvider) -> ApiResult:
    """Begin to delete a provider; refused while a function version uses it."""
    arn = capacity_provider_arn(account.region, account.account_id, request.capacity_provider_name)
    refusal = account.refusal(call, [AuthorizationCheck(call.operation, arn)])
    provider = account.world.capacity_providers.existing(request.capacity_provider_name)
    if refusal or provider is None:
        return refusal or capacity_provider_not_found(arn)
    if provider.versions:
        return conflict(
            f"Capacity provider {arn} is in use by {len(provider.versions)} function versions. To delete "
            "this capacity provider, first remove its association with all function versions"
        )
    if provider.state is CapacityProviderState.DELETING:
        return conflict(f"Capacity provider {arn} is being deleted")
    account.world.capacity_providers.delete(provider)
    return ApiSuccess(_described(provider))


def _create_checks(
    account: Account, arn: str, request: inputs.CreateCapacityProvider
) -> list[AuthorizationCheck]:
    """What the caller needs. Source: Service Authorization Reference, AWS Lambda."""
    role_arn = request.permissions_config.capacity_provider_operator_role_arn
    checks = [
        AuthorizationCheck(
            "lambda:CreateCapacityProvider",
            arn,
            {
                "lambda:SubnetIds": tuple(request.vpc_config.subnet_ids),
                "lambda:SecurityGroupIds": tuple(request.vpc_config.security_group_ids),
            },
        ),
        AuthorizationCheck("iam:PassRole", role_arn, {"iam:PassedToService": (LAMBDA_SERVICE,)}),
    ]
    if not account.service_linked_role.exists:
        checks.append(
            AuthorizationCheck(
                "iam:CreateServiceLinkedRole",
                account.service_linked_role.arn,
                {"iam:AWSServiceName": (LAMBDA_SERVICE,)},
            )
        )
    return checks


def _conflict(
    account: Account, arn: str, request: inputs.CreateCapacityProvider
) -> ApiError | None:
    providers = account.world.capacity_providers
    if providers.existing(request.capacity_provider_name):
        return conflict(f"Capacity provider already exists: {arn}")
    count_max = account.facts.integer("capacity_provider.count_max")
    if len(providers.all_existing()) >= count_max:
        return limit_exceeded(
            "CapacityProviderLimitExceededException", f"Limit of {count_max} capacity providers reached"
        )
    return None


def _provider(
    account: Account, arn: str, request: inputs.CreateCapacityProvider
) -> CapacityProvider | ApiError:
    requirements = request.instance_requirements
    if requirements.allowed_instance_types and requirements.excluded_instance_types:
        return invalid_parameter("Specify AllowedInstanceTypes or ExcludedInstanceTypes, not both")
    subnets = _subnets(account, request.vpc_config.subnet_ids)
    scaling = _scaling(account, request.capacity_provider_scaling_config)
    if isinstance(subnets, ApiError):
        return subnets
    if isinstance(scaling, ApiError):
        return scaling
    return CapacityProvider(
        name=request.capacity_provider_name,
        arn=arn,
        operator_role_arn=request.permissions_config.capacity_provider_operator_role_arn,
        subnets=subnets,
        security_groups=tuple(request.vpc_config.security_group_ids),
        architecture=requirements.architectures[0],
        allowed_instance_types=tuple(requirements.allowed_instance_types),
        excluded_instance_types=tuple(requirements.excluded_instance_types),
        vcpu_count_max=scaling[0],
        target_cpu_fraction=scaling[1],
    )


def _subnets(account: Account, subnet_ids: list[str]) -> tuple[Subnet, ...] | ApiError:
    found = [account.world.ec2.subnet(subnet_id) for subnet_id in subnet_ids]
    if None in found:
        return invalid_parameter(
            "One or more subnet IDs are invalid. Check that the IDs are correct and try again."
        )
    return tuple(subnet for subnet in found if subnet is not None)


def _scaling(
    account: Account, config: inputs.CapacityProviderScalingConfig
) -> tuple[int, float] | ApiError:
    """Cap on vCPUs and CPU target of a scaling configuration."""
    is_manual = config.scaling_mode == "Manual"
    if is_manual != bool(config.scaling_policies):
        return invalid_parameter("ScalingPolicies and ScalingMode Manual go together")
    target = account.facts.number("scaler.target_cpu_fraction")
    if is_manual:
        target = config.scaling_policies[0].target_value / 100
    default = account.facts.integer("capacity_provider.max_vcpu_count_default")
    return config.max_v_cpu_count or default, target


def _probe_operator_role(account: Account, provider: CapacityProvider) -> ApiError | None:
    session = account.world.role_sessions.operator(provider)
    if not isinstance(session, Caller):
        return invalid_parameter(OPERATOR_ROLE_INVALID)
    for action in _PROBES:
        seen = account.world.ec2.describe(session, action, about=f"probe for {provider.name}")
        if isinstance(seen, ApiError):
            return invalid_parameter(
                f"The operator role doesn't have permission to perform {action}. {OPERATOR_ROLE_INVALID}"
            )
    return None


def _missing_group(account: Account, provider: CapacityProvider) -> ApiError | None:
    if all(account.world.ec2.has_security_group(group) for group in provider.security_groups):
        return None
    return invalid_parameter(
        "One or more security group IDs are invalid. Check that the IDs are correct and try again."
    )


def _described(provider: CapacityProvider) -> dict[str, object]:
    """The members of the answer that LMI's clients read."""
    return {
        "CapacityProviderArn": provider.arn,
        "State": provider.state.value,
        "VpcConfig": {
            "SubnetIds": [s.subnet_id for s in provider.subnets],
            "SecurityGroupIds": list(provider.security_groups),
        },
        "PermissionsConfig": {"CapacityProviderOperatorRoleArn": provider.operator_role_arn},
        "CapacityProviderScalingConfig": {"MaxVCpuCount": provider.vcpu_count_max},
    }


