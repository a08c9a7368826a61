"""The calls that bring a scenario's world about: providers, then functions, then the script."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from sim.assembly.settings import timeout_s
from sim.facts import Catalogue
from sim.model.identifiers import capacity_provider_arn, role_arn
from sim.scenario import Scenario
from sim.scenario.capacity_provider import CapacityProvider, ScalingMode
from sim.scenario.function import Function
from sim.scenario.script import CallOutcome
from sim.units import SECOND_US

_AT_ONCE_COUNT = 50
_PACE_US = SECOND_US
"""A large deployment paces itself, as tools do that respect request limits: so many functions are
made at once, each further one a second later. EC2 lets 2 RunInstances calls a second pass."""


@dataclass(frozen=True, slots=True)
class SetUpCall:
    """One call at one instant of world time."""

    at_us: int
    caller: str
    operation: str
    request: Mapping[str, object]
    expect: CallOutcome | None = None
    """What must come of it; None: whatever comes."""
    creates: str = ""
    """Name of the capacity provider that it creates."""
    needs: str = ""
    """Name of the capacity provider that must have been created before."""


def set_up_calls(scenario: Scenario, facts: Catalogue) -> Iterator[SetUpCall]:
    """Every call of a scenario: providers first, functions once those are Active, then the script.

    A real deployment waits for the provider's state; here the functions follow one second after the
    time that a provider takes to become Active (fact `capacity_provider.activation`). A provider
    whose role is not known yet is late, and its functions with it (`deployment`).
    """
    created_us: dict[str, int] = {}
    for index, provider in enumerate(scenario.capacity_providers):
        created_us[provider.name] = _creation_us(index, facts)
        yield _create_provider(scenario, provider, created_us[provider.name])
    activation_us = facts.duration_us("capacity_provider.activation") + SECOND_US
    for index, function in enumerate(scenario.functions):
        at_us = max(created_us[function.capacity_provider], _turn_us(index)) + activation_us
        yield from _deploy(scenario, function, at_us, facts)
    for call in scenario.script:
        at_us = scenario.preparation + call.at
        yield SetUpCall(at_us, call.caller, call.operation, call.input, expect=call.expect)


def _creation_us(index: int, facts: Catalogue) -> int:
    """When the provider at an index is created: as soon as the rate of such calls lets it pass.

    Source: capacity_provider.write_rate, capacity_provider.write_burst.
    """
    rate_per_s = facts.number("capacity_provider.write_rate")
    waiting = max(0, index + 1 - facts.integer("capacity_provider.write_burst"))
    return math.ceil(waiting * SECOND_US / rate_per_s)


def _turn_us(index: int) -> int:
    """When the function at an index of a deployment is made."""
    return max(0, index + 1 - _AT_ONCE_COUNT) * _PACE_US


def _create_provider(scenario: Scenario, provider: CapacityProvider, at_us: int) -> SetUpCall:
    requirements = provider.instance_requirements
    scaling: dict[str, object] = {"MaxVCpuCount": provider.scaling.max_vcpu_count}
    if provider.scaling.mode is ScalingMode.MANUAL:
        assert provider.scaling.target_cpu is not None
        scaling["ScalingMode"] = "Manual"
        scaling["ScalingPolicies"] = [
            {
                "PredefinedMetricType": "LambdaCapacityProviderAverageCPUUtilization",
                "TargetValue": provider.scaling.target_cpu * 100,
            }
        ]
    request: dict[str, object] = {
        "CapacityProviderName": provider.name,
        "VpcConfig": {
            "SubnetIds": list(provider.subnets),
            "SecurityGroupIds": list(provider.security_groups),
        },
        "PermissionsConfig": {
            "CapacityProviderOperatorRoleArn": role_arn(scenario.account.id, provider.operator_role)
        },
        "InstanceRequirements": {
            "Architectures": [requirements.architecture.value],
            "AllowedInstanceTypes": list(requirements.allowed_instance_types),
            "ExcludedInstanceTypes": list(requirements.excluded_instance_types),
        },
        "CapacityProviderScalingConfig": scaling,
    }
    assert provider.created_by is not None, "the scenario is resolved"
    operation = "lambda:CreateCapacityProvider"
    return SetUpCall(at_us, provider.created_by, operation, request, creates=provider.name)


def _deploy(
    scenario: Scenario, function: Function, at_us: int, facts: Catalogue
) -> Iterator[SetUpCall]:
    """Create the function, publish it, and set the bounds of the version where it has some."""
    assert function.deployed_by is not None, "the scenario is resolved"
    call = partial(SetUpCall, at_us, function.deployed_by, needs=function.capacity_provider)
    yield call("lambda:CreateFunction", _create_function(scenario, function))
    publishing: dict[str, object] = {"FunctionName": function.name}
    if function.publish_to_latest_published:
        publishing["PublishTo"] = "LATEST_PUBLISHED"
    yield call("lambda:PublishVersion", publishing)
    bounds = _bounds(function, facts)
    if bounds:
        version = {"FunctionName": function.name, "Qualifier": function.first_qualifier}
        request = {**version, "FunctionScalingConfig": bounds}
        yield call("lambda:PutFunctionScalingConfig", request)


def _bounds(function: Function, facts: Catalogue) -> dict[str, int]:
    """Bounds of the version where they differ from Lambda's defaults."""
    default = facts.integer("execution_environment.count_min_default")
    count_min, count_max = function.min_execution_environments, function.max_execution_environments
    if count_max is not None:
        return {"MinExecutionEnvironments": count_min, "MaxExecutionEnvironments": count_max}
    return {} if count_min == default else {"MinExecutionEnvironments": count_min}


def _create_function(scenario: Scenario, function: Function) -> dict[str, object]:
    provider = next(p for p in scenario.capacity_providers if p.name == function.capacity_provider)
    provider_arn = capacity_provider_arn(scenario.region, scenario.account.id, provider.name)
    return {
        "FunctionName": function.name,
        "Role": role_arn(scenario.account.id, function.execution_role),
        "Runtime": function.runtime,
        "MemorySize": function.memory,
        "Timeout": timeout_s(function),
        "Architectures": [provider.instance_requirements.architecture.value],
        "CapacityProviderConfig": {
            "LambdaManagedInstancesCapacityProviderConfig": {
                "CapacityProviderArn": provider_arn,
                "PerExecutionEnvironmentMaxConcurrency": function.concurrency_limit,
                "ExecutionEnvironmentMemoryGiBPerVCpu": float(function.memory_gib_per_vcpu),
            }
        },
    }
