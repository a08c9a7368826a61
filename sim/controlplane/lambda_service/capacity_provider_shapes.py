"""Capacity providers as the API speaks of them: what a request means, and what an answer shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sim.controlplane.errors import invalid_parameter
from sim.controlplane.lambda_service.capacity_provider_inputs import (
    CapacityProviderScalingConfig,
    PropagateTags,
    TelemetryConfig,
)
from sim.controlplane.lambda_service.tags import too_many_tags
from sim.facts import Catalogue
from sim.model.api_results import ApiError
from sim.model.capacity_provider import CapacityProvider, SystemLog

_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Scaling:
    """A scaling configuration: cap on vCPUs, CPU target as a fraction, and whose target it is."""

    vcpu_max: int
    target: float
    is_manual: bool


def scaling_of(facts: Catalogue, config: CapacityProviderScalingConfig) -> Scaling | ApiError:
    """What a scaling configuration means, defaults filled in."""
    is_manual = config.scaling_mode == "Manual"
    if is_manual != bool(config.scaling_policies):
        return invalid_parameter("ScalingPolicies and ScalingMode Manual go together")
    metrics = {policy.predefined_metric_type for policy in config.scaling_policies}
    if len(metrics) < len(config.scaling_policies):
        return invalid_parameter("ScalingPolicies has two policies for one metric")
    target = facts.number("scaler.target_cpu_fraction")
    if is_manual:
        target = config.scaling_policies[0].target_value / _PERCENT
    default = facts.integer("capacity_provider.max_vcpu_count_default")
    return Scaling(config.max_v_cpu_count or default, target, is_manual)


def propagated(
    facts: Catalogue, config: PropagateTags | None
) -> Mapping[str, str] | ApiError | None:
    """The tags that instances are to get; None where nothing is said. Both texts are assumed."""
    if config is None:
        return None
    if config.mode == "None" and config.explicit_tags:
        return invalid_parameter("ExplicitTags and the Mode Explicit of PropagateTags go together")
    return too_many_tags(facts, config.explicit_tags) or dict(config.explicit_tags)


def system_log_of(name: str, config: TelemetryConfig | None) -> SystemLog | None:
    """What is said of the system log, with Lambda's defaults; None where nothing is said."""
    if config is None:
        return None
    logging = config.logging_config
    default = f"/aws/lambda/capacity-provider/{name}"
    return SystemLog(logging.system_log_level, logging.log_group or default)


@lru_cache(maxsize=4096)
def timestamp(instant: datetime) -> str:
    """`LastModified`, in the form that Lambda has for functions (for providers assumed)."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}+0000"


def described(provider: CapacityProvider, modified: datetime) -> dict[str, object]:
    """The provider as the API shows it: no reason for its state, no count of instances."""
    output: dict[str, object] = {
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
        "LastModified": timestamp(modified),
    }
    if provider.propagated_tags is not None:
        output["PropagateTags"] = _described_tags(provider.propagated_tags)
    if provider.system_log is not None:
        log = provider.system_log
        logging = {"SystemLogLevel": log.level, "LogGroup": log.log_group}
        output["TelemetryConfig"] = {"LoggingConfig": logging}
    return output


def _described_tags(tags: Mapping[str, str]) -> dict[str, object]:
    return {"Mode": "Explicit", "ExplicitTags": dict(tags)} if tags else {"Mode": "None"}


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
