"""Keeps the list of a run's metrics, as ListMetrics would give it; values are folded when asked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sim.facts import MetricDefinition, metric_definition, metric_definitions
from sim.metrics.cloudwatch.calendar import WorldMinutes, world_minutes
from sim.metrics.cloudwatch.environments import ENVIRONMENT_METRICS
from sim.metrics.cloudwatch.fleet import FLEET_METRICS, TRAFFIC, FleetView
from sim.metrics.cloudwatch.fleet_levels import fleet_levels
from sim.metrics.cloudwatch.functions import FUNCTION_METRICS
from sim.metrics.cloudwatch.samples import Samples
from sim.model.journal_entries import EnvironmentChanged, FunctionVersionChanged
from sim.model.run_record import FunctionProfile, RunRecord
from sim.model.version_names import counted_under, function_of, qualified_name

LAMBDA = "AWS/Lambda"
EC2 = "AWS/EC2"


@dataclass(frozen=True, slots=True)
class MetricKey:
    """What tells one metric from another."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    """Names and values, sorted by name."""

    @property
    def dimension_names(self) -> frozenset[str]:
        """Names of the dimensions."""
        return frozenset(name for name, _ in self.dimensions)


@dataclass(frozen=True, slots=True)
class MetricSeries:
    """One metric of a run."""

    key: MetricKey
    definition: MetricDefinition
    fold: Callable[[], Samples]
    """Makes the samples from the records."""

    def samples(self) -> Samples:
        """What was sent, with the times of the metric's own period."""
        return self.fold().every(self.definition.period_s)


def metric_series(record: RunRecord) -> dict[MetricKey, MetricSeries]:
    """Every metric of a run by its key, in the order of the definitions.

    A metric is listed if what it is about existed: functions, versions with environments, types and
    instances that were launched; traffic, if the scenario says how much there is. Metrics by
    `Resource` are told for every version with an index to itself.
    """
    minutes, versions = world_minutes(record), resources(record)
    found = [
        *_of_functions(record, minutes, versions),
        *_of_environments(record, minutes, versions),
        *_of_fleet(record, minutes),
    ]
    order = {(m.namespace, m.name): place for place, m in enumerate(metric_definitions())}
    found.sort(key=lambda series: order[series.key.namespace, series.key.name])
    return {series.key: series for series in found}


def resources(record: RunRecord) -> dict[str, str]:
    """`function:version` by the name under which it is counted.

    What counts one version after the other, as after the deletion of a function, is left out.
    """
    names = record.invocations.function_names
    versions: dict[str, set[str]] = {}
    for entry in record.journal:
        if isinstance(entry, FunctionVersionChanged | EnvironmentChanged):
            name = counted_under(entry.function, entry.version, names)
            versions.setdefault(name, set()).add(qualified_name(entry.function, entry.version))
    return {name: min(of) for name, of in versions.items() if len(of) == 1}


def _of_functions(
    record: RunRecord, minutes: WorldMinutes, versions: Mapping[str, str]
) -> Iterator[MetricSeries]:
    names = record.invocations.function_names
    groups: list[tuple[dict[str, str], list[int]]] = [({}, list(range(len(names))))]
    for function, indexes in _indexes_by_function(names).items():
        groups.append(({"FunctionName": function}, indexes))
        for index in indexes:
            if names[index] in versions:
                dimensions = {"FunctionName": function, "Resource": versions[names[index]]}
                groups.append((dimensions, [index]))
    for metric, fold in FUNCTION_METRICS.items():
        for dimensions, indexes in groups:
            yield _series(
                LAMBDA, metric, dimensions, partial(fold, record.invocations, minutes, indexes)
            )


def _indexes_by_function(names: Sequence[str]) -> dict[str, list[int]]:
    """The indexes of the versions of every function."""
    indexes: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        indexes.setdefault(function_of(name), []).append(index)
    return indexes


def _of_environments(
    record: RunRecord, minutes: WorldMinutes, versions: Mapping[str, str]
) -> Iterator[MetricSeries]:
    for function in record.functions:
        if function.name in versions:
            dimensions = _environment_dimensions(function, versions[function.name])
            for metric, fold in ENVIRONMENT_METRICS.items():
                folded = partial(fold, record.invocations, minutes, function)
                yield _series(LAMBDA, metric, dimensions, folded)


def _environment_dimensions(function: FunctionProfile, resource: str) -> dict[str, str]:
    return {
        "CapacityProviderName": function.capacity_provider,
        "FunctionName": function_of(function.name),
        "Resource": resource,
    }


def _of_fleet(record: RunRecord, minutes: WorldMinutes) -> Iterator[MetricSeries]:
    view = FleetView(record, minutes, fleet_levels(record))
    for (provider, instance_type), group in view.groups_by_type().items():
        dimensions = {"CapacityProviderName": provider, "InstanceType": instance_type}
        for metric, fold in FLEET_METRICS.items():
            yield _series(LAMBDA, metric, dimensions, partial(fold, view, group))
        for metric, per_invocation in TRAFFIC.items():
            if any(per_invocation(f) for f in record.functions if f.capacity_provider == provider):
                folded = partial(view.traffic, group, per_invocation)
                yield _series(LAMBDA, metric, dimensions, folded)
    for instance_id, group in view.groups_by_instance().items():
        dimensions = {"InstanceId": instance_id}
        folded = partial(FleetView.cpu_utilization, view, group)
        yield _series(EC2, "CPUUtilization", dimensions, folded)


def _series(
    namespace: str, name: str, dimensions: dict[str, str], fold: Callable[[], Samples]
) -> MetricSeries:
    definition = metric_definition(namespace, name)
    assert tuple(dimensions) in definition.dimension_sets, (namespace, name, dimensions)
    return MetricSeries(
        MetricKey(namespace, name, tuple(sorted(dimensions.items()))), definition, fold
    )
