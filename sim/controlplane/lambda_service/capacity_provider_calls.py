"""Lambda's capacity provider operations: who may, what is checked first, what is left behind."""

from sim.controlplane.account import Account, Call
from sim.controlplane.caller_checks import create_capacity_provider_checks
from sim.controlplane.errors import (
    OPERATOR_ROLE_INVALID,
    SECURITY_GROUPS_INVALID,
    SEVERAL_VPCS,
    SUBNETS_INVALID,
    capacity_provider_not_found,
    conflict,
    invalid_parameter,
    service_exception,
)
from sim.controlplane.lambda_service.capacity_provider_inputs import (
    CreateCapacityProvider,
    NamedCapacityProvider,
    UpdateCapacityProvider,
    VpcConfig,
)
from sim.controlplane.lambda_service.capacity_provider_shapes import (
    described,
    propagated,
    scaling_of,
    system_log_of,
)
from sim.controlplane.lambda_service.names import ProviderName, provider_named
from sim.controlplane.lambda_service.request_rates import throttled
from sim.controlplane.lambda_service.tags import (
    resource_tags,
    too_many_tags,
    with_tags,
)
from sim.engine.token_bucket import TokenBucket
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck
from sim.model.callers import Caller
from sim.model.capacity_provider import CapacityProvider
from sim.model.states import CapacityProviderState


def create(account: Account, call: Call, request: CreateCapacityProvider) -> ApiResult:
    """Accept a provider in state Pending, or refuse and leave nothing behind.

    Order: the caller's permissions, the rate of calls, the request by itself, then what Lambda
    finds out with the operator role (the last observed by go-to-k/cdkd, issues 3174 and 3227; the
    rest assumed). The first provider of an account also creates the service-linked role.
    """
    named = provider_named(request.capacity_provider_name, account.place)
    refusal = (
        account.refusal(call, *_create_checks(account, named.arn, request))
        or throttled(account.provider_rates.writes, now_us=account.now_us)
        or _taken(account, named)
        or _contradiction(account, request)
    )
    if refusal:
        return refusal
    provider = _provider(account, named, request)
    if isinstance(provider, ApiError):
        return provider
    refusal = _operator_refusal(account, provider, request.vpc_config)
    if refusal:
        return refusal
    if not account.service_linked_role.exists:
        account.service_linked_role.create()
    account.world.capacity_providers.create(provider)
    return _answer(account, provider)


def get(account: Account, call: Call, request: NamedCapacityProvider) -> ApiResult:
    """Describe one provider."""
    named, rate = request.capacity_provider_name, account.provider_rates.reads
    provider = permitted_provider(account, call, named, rate)
    return provider if isinstance(provider, ApiError) else _answer(account, provider)


def update(account: Account, call: Call, request: UpdateCapacityProvider) -> ApiResult:
    """Change what may change; it counts from the scaler's next look or the next launch."""
    named, rate = request.capacity_provider_name, account.provider_rates.writes
    provider = permitted_provider(account, call, named, rate)
    if isinstance(provider, ApiError):
        return provider
    if provider.state is not CapacityProviderState.ACTIVE:
        return _busy(provider)
    tags = propagated(account.facts, request.propagate_tags)
    if isinstance(tags, ApiError):
        return tags
    if request.capacity_provider_scaling_config is not None:
        scaling = scaling_of(account.facts, request.capacity_provider_scaling_config)
        if isinstance(scaling, ApiError):
            return scaling
        provider.vcpu_count_max, provider.target_cpu_fraction = scaling.vcpu_max, scaling.target
        provider.is_target_manual = scaling.is_manual
    provider.propagated_tags = tags if tags is not None else provider.propagated_tags
    provider.system_log = (
        system_log_of(provider.name, request.telemetry_config) or provider.system_log
    )
    provider.modified_us = account.now_us
    return _answer(account, provider)


def delete(account: Account, call: Call, request: NamedCapacityProvider) -> ApiResult:
    """Begin to delete a provider; refused while a function is associated with it."""
    named, rate = request.capacity_provider_name, account.provider_rates.writes
    provider = permitted_provider(account, call, named, rate)
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
    return _answer(account, provider)


def permitted_provider(
    account: Account, call: Call, text: str, rate: TokenBucket
) -> CapacityProvider | ApiError:
    """The provider, if the caller may do this to it; whether it exists is told only to who may."""
    named = provider_named(text, account.place)
    provider = existing_provider(account, named.arn)
    tags = resource_tags(provider.tags) if provider is not None else {}
    refusal = account.refusal(call, AuthorizationCheck(call.operation, named.arn, tags))
    refusal = refusal or throttled(rate, now_us=account.now_us)
    if refusal or provider is None:
        return refusal or capacity_provider_not_found(named.arn)
    return provider


def existing_provider(account: Account, arn: str) -> CapacityProvider | None:
    """The provider of that ARN, unless its deletion has finished."""
    provider = account.world.capacity_providers.existing(arn.rpartition(":")[2])
    return provider if provider is not None and provider.arn == arn else None


def _answer(account: Account, provider: CapacityProvider) -> ApiSuccess:
    shown = described(provider, account.calendar(provider.modified_us))
    return ApiSuccess({"CapacityProvider": shown})


def _busy(provider: CapacityProvider) -> ApiError:
    return conflict(
        "The operation cannot be performed at this time. The capacity provider is currently in the "
        f"following state: {provider.state.value}"
    )


def _create_checks(
    account: Account, arn: str, request: CreateCapacityProvider
) -> list[AuthorizationCheck]:
    linked = account.service_linked_role
    checks = create_capacity_provider_checks(
        arn,
        subnets=request.vpc_config.subnet_ids,
        security_groups=request.vpc_config.security_group_ids,
        operator_role_arn=request.permissions_config.capacity_provider_operator_role_arn,
        lambda_principal=account.lambda_principal,
        linked_role_arn=None if linked.exists else linked.arn,
    )
    return with_tags(checks, request.tags)


def _taken(account: Account, named: ProviderName) -> ApiError | None:
    """The name is used, or the account has as many providers as it may."""
    providers = account.world.capacity_providers
    if provider_named(named.name, account.place).arn != named.arn:
        return invalid_parameter(
            f"The capacity provider's ARN is not one of {account.region} and {account.account_id}"
        )
    if providers.existing(named.name):
        return conflict(f"Capacity provider already exists: {named.arn}")
    count_max = account.facts.integer("capacity_provider.count_max")
    if len(providers.all_existing()) >= count_max:
        return ApiError(
            "CapacityProviderLimitExceededException",
            f"The account has {count_max} capacity providers already",
        )
    return None


def _contradiction(account: Account, request: CreateCapacityProvider) -> ApiError | None:
    requirements = request.instance_requirements
    if requirements.allowed_instance_types and requirements.excluded_instance_types:
        return invalid_parameter("Specify AllowedInstanceTypes or ExcludedInstanceTypes, not both")
    return too_many_tags(account.facts, request.tags)


def _provider(
    account: Account, named: ProviderName, request: CreateCapacityProvider
) -> CapacityProvider | ApiError:
    """The provider as requested, with those of its subnets that exist."""
    requirements = request.instance_requirements
    scaling = scaling_of(account.facts, request.capacity_provider_scaling_config)
    if isinstance(scaling, ApiError):
        return scaling
    tags = propagated(account.facts, request.propagate_tags)
    if isinstance(tags, ApiError):
        return tags
    subnets = map(account.world.ec2.subnet, request.vpc_config.subnet_ids)
    return CapacityProvider(
        name=named.name,
        arn=named.arn,
        operator_role_arn=request.permissions_config.capacity_provider_operator_role_arn,
        subnets=tuple(subnet for subnet in subnets if subnet is not None),
        security_groups=tuple(request.vpc_config.security_group_ids),
        architecture=requirements.architectures[0],
        allowed_instance_types=tuple(requirements.allowed_instance_types),
        excluded_instance_types=tuple(requirements.excluded_instance_types),
        vcpu_count_max=scaling.vcpu_max,
        target_cpu_fraction=scaling.target,
        is_target_manual=scaling.is_manual,
        modified_us=account.now_us,
        tags=dict(request.tags),
        propagated_tags=tags,
        system_log=system_log_of(named.name, request.telemetry_config),
    )


def _operator_refusal(
    account: Account, provider: CapacityProvider, network: VpcConfig
) -> ApiError | None:
    """What Lambda finds wrong when it looks at the network with the operator role.

    Observed: the role can be assumed, then it may describe security groups, then those exist.
    Assumed: the same for subnets after it, and that all lie in one VPC.
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
    named = (*network.subnet_ids, *network.security_group_ids)
    return None if len(ec2.laws.vpcs_of(named)) == 1 else invalid_parameter(SEVERAL_VPCS)


def _probe_error(action: str, error: ApiError) -> ApiError:
    """What a look that failed means: the role may not, or EC2 is in trouble."""
    if error.code != "UnauthorizedOperation":
        return service_exception(error)
    return invalid_parameter(
        f"The operator role doesn't have permission to perform {action}. {OPERATOR_ROLE_INVALID}"
    )
