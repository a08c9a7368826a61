"""AWS's numbers, names, prices and policy documents as data, each with its source."""

from sim.facts.fact import Fact, FactValue, Status, Unit
from sim.facts.fact_catalogue import Catalogue, FactOverrideError, OverrideProblem, catalogue
from sim.facts.instance_type import InstanceType, LmiSupport, SizeClass, instance_types
from sim.facts.managed_policies import (
    ManagedPolicy,
    UnknownManagedPolicyError,
    managed_policy,
    managed_policy_names,
    managed_policy_versions,
    trust_policy_for_lambda,
)
from sim.facts.metric_definitions import (
    MetricDefinition,
    MetricUnit,
    metric_definition,
    metric_definitions,
)

__all__ = [
    "Catalogue",
    "Fact",
    "FactOverrideError",
    "FactValue",
    "InstanceType",
    "LmiSupport",
    "ManagedPolicy",
    "MetricDefinition",
    "MetricUnit",
    "OverrideProblem",
    "SizeClass",
    "Status",
    "Unit",
    "UnknownManagedPolicyError",
    "catalogue",
    "instance_types",
    "managed_policy",
    "managed_policy_names",
    "managed_policy_versions",
    "metric_definition",
    "metric_definitions",
    "trust_policy_for_lambda",
]
