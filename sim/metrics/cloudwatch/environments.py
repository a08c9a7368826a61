"""Keeps the metrics of execution environments: how full those of a function version are."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.facts import metric_definition
from sim.metrics.cloudwatch.calendar import WorldMinutes
from sim.metrics.cloudwatch.samples import Samples, gauge
from sim.model.invocation_record import InvocationRecord
from sim.model.run_record import FunctionProfile

Fold = Callable[[InvocationRecord, WorldMinutes, FunctionProfile], Samples]
_PERCENT: Final = 100.0


def _concurrency(
    record: InvocationRecord, minutes: WorldMinutes, function: FunctionProfile
) -> Samples:
    """One value per period: the highest mean of a minute over the environments in service."""
    period_s = metric_definition("AWS/Lambda", "ExecutionEnvironmentConcurrency").period_s
    mean, is_there = _per_environment(record, minutes, function)
    periods_s = minutes.times_s[is_there] // period_s * period_s
    starts_s, firsts = np.unique(periods_s, return_index=True)
    highest = np.maximum.reduceat(mean[is_there], firsts) if len(firsts) else mean[:0]
    return gauge(starts_s, highest, np.ones(len(starts_s), dtype=np.bool_))


def _limit(record: InvocationRecord, minutes: WorldMinutes, function: FunctionProfile) -> Samples:
    _, is_there = _per_environment(record, minutes, function)
    return gauge(minutes.times_s, np.full(minutes.count, function.concurrency_limit), is_there)


def _cpu_utilization(
    record: InvocationRecord, minutes: WorldMinutes, function: FunctionProfile
) -> Samples:
    environment_us = _row(record.environment_us, record, minutes, function)
    busy_us = _row(record.busy_vcpu_us, record, minutes, function)
    is_there = environment_us > 0.0
    busy = np.divide(busy_us, environment_us, out=np.zeros_like(busy_us), where=is_there)
    return gauge(minutes.times_s, _PERCENT * busy / function.vcpu, is_there)


def _memory_utilization(
    record: InvocationRecord, minutes: WorldMinutes, function: FunctionProfile
) -> Samples:
    mean, is_there = _per_environment(record, minutes, function)
    used_mib = function.memory_base_mib + mean * function.memory_per_invocation_mib
    return gauge(minutes.times_s, _PERCENT * used_mib / function.memory_mib, is_there)


ENVIRONMENT_METRICS: Final[Mapping[str, Fold]] = {
    "ExecutionEnvironmentConcurrency": _concurrency,
    "ExecutionEnvironmentConcurrencyLimit": _limit,
    "ExecutionEnvironmentCPUUtilization": _cpu_utilization,
    "ExecutionEnvironmentMemoryUtilization": _memory_utilization,
}
"""How each metric of execution environments comes out of the invocation record."""


def _per_environment(
    record: InvocationRecord, minutes: WorldMinutes, function: FunctionProfile
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Mean number in flight per environment in service, and where there is any."""
    environment_us = _row(record.environment_us, record, minutes, function)
    in_flight_us = _row(record.concurrency_us, record, minutes, function)
    is_there = environment_us > 0.0
    mean = np.divide(in_flight_us, environment_us, out=np.zeros_like(in_flight_us), where=is_there)
    return mean, is_there


def _row(
    integrals: NDArray[np.float64],
    record: InvocationRecord,
    minutes: WorldMinutes,
    function: FunctionProfile,
) -> NDArray[np.float64]:
    index = record.function_names.index(function.name)
    return integrals[index, : minutes.count]
