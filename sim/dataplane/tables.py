"""The kernel's arrays and the settings behind them say the same: this module alone knows both."""

import math
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.dataplane import kernel
from sim.dataplane.boundary import (
    ArrivalBatch,
    DataPlaneParameters,
    FunctionSettings,
    Invocation,
    RetryPolicy,
)
from sim.model.invocation_record import HistogramScale, InvocationRecord

LATENCY_SCALE = HistogramScale(lowest_us=10.0, growth=1.02, bin_count=1289)
"""10 microseconds to 14 days, as long as a queue keeps a message; at most 1 % relative error."""

Scalar = TypeVar("Scalar", np.int64, np.float64)

_LAYOUT: Final[tuple[Literal["C"], Literal["A"], Literal["W"]]] = ("C", "A", "W")
"""Read-only or strided columns are copied: the kernel would be compiled anew for them."""


class Ledger(NamedTuple):
    """The invocation record in the kernel's two arrays, `[function, minute]` first."""

    counted: kernel.Integers
    measured: kernel.Floats


def empty_ledger(function_count: int, *, minute_count: int) -> Ledger:
    """Nothing happened yet."""
    width = kernel.FIRST_BIN + LATENCY_SCALE.bin_count
    return Ledger(
        counted=np.zeros((function_count, minute_count, width), dtype=np.int64),
        measured=np.zeros((function_count, minute_count, kernel.MEASURED_WIDTH)),
    )


def with_one_more(table: NDArray[Scalar]) -> NDArray[Scalar]:
    """A table with one more row at its end, of zeros."""
    longer = np.zeros((len(table) + 1, *table.shape[1:]), dtype=table.dtype)
    longer[:-1] = table
    return longer


def with_one_more_function(ledger: Ledger, *, begun: int) -> Ledger:
    """The ledger with room for a function more; so many minutes have begun."""
    function_count, minute_count, _ = ledger.counted.shape
    longer = empty_ledger(function_count + 1, minute_count=minute_count)
    return _filled(longer, ledger, begun=begun)


def with_more_minutes(ledger: Ledger, minute_count: int, *, begun: int) -> Ledger:
    """The ledger with room for more minutes, of which so many have begun."""
    longer = empty_ledger(len(ledger.counted), minute_count=minute_count)
    return _filled(longer, ledger, begun=begun)


def _filled(longer: Ledger, ledger: Ledger, *, begun: int) -> Ledger:
    """All that happened is written into a longer ledger; what is not written to takes no memory."""
    for wide, table in zip(longer, ledger, strict=True):
        heads = table[:, :begun, : kernel.FIRST_BIN]
        for function, minute in np.argwhere(heads.any(axis=2)):
            wide[function, minute] = table[function, minute]
    return longer


def record_of(ledger: Ledger, function_names: tuple[str, ...]) -> InvocationRecord:
    """The ledger's arrays under the record's names: what the kernel writes is in the record."""
    counted, measured = ledger
    return InvocationRecord(
        function_names=function_names,
        minute_count=counted.shape[1],
        arrived=counted[:, :, kernel.ARRIVED],
        retried=counted[:, :, kernel.RETRIED],
        throttled_attempts=counted[:, :, kernel.FIRST_THROTTLED_ATTEMPT : kernel.WAITING_PEAK],
        outcomes=counted[:, :, kernel.FIRST_OUTCOME : kernel.FIRST_BIN],
        latency_sum_us=measured[:, :, kernel.LATENCY_SUM_US],
        latency_histogram=counted[:, :, kernel.FIRST_BIN :],
        scale=LATENCY_SCALE,
        busy_vcpu_us=measured[:, :, kernel.MINUTE_BUSY_VCPU_US],
        concurrency_us=measured[:, :, kernel.MINUTE_CONCURRENCY_US],
        environment_us=measured[:, :, kernel.MINUTE_ENVIRONMENT_US],
        routed_attempts=counted[:, :, kernel.ATTEMPTS],
        failed_attempts=counted[:, :, kernel.FAILED_ATTEMPTS],
        batches=counted[:, :, kernel.BATCHES],
        waiting_us=measured[:, :, kernel.MINUTE_WAITING_US],
        waiting_peak=counted[:, :, kernel.WAITING_PEAK],
        in_flight=np.zeros(len(function_names), dtype=np.int64),
        waiting=np.zeros(len(function_names), dtype=np.int64),
    )


def settings_table(
    functions: Sequence[FunctionSettings], parameters: DataPlaneParameters
) -> kernel.Floats:
    """The kernel's view of the functions."""
    settings = np.zeros((len(functions), kernel.SETTINGS_WIDTH))
    for row, function in zip(settings, functions, strict=True):
        row[kernel.MEMORY_BASE_MIB] = function.memory_base_mib
        row[kernel.MEMORY_PER_INVOCATION_MIB] = function.memory_per_invocation_mib
        row[kernel.DISK_PER_INVOCATION_MIB] = function.disk_per_invocation_mib
        row[kernel.DISK_REFUSE_MIB] = refuse_mib(parameters.disk_refuse_fraction, function.disk_mib)
        row[kernel.ERROR_FRACTION] = function.error_fraction
        row[kernel.CRASH_FRACTION] = function.crash_fraction
        row[kernel.IS_IN_ORDER] = function.is_in_order
        _set_retries(row, function.retries)
    return settings


def _set_retries(row: kernel.Floats, policy: RetryPolicy | None) -> None:
    row[kernel.CLIENT_ATTEMPTS_MAX] = 1
    row[kernel.AGE_MAX_US] = math.inf
    if policy is None:
        return
    attempts_max, age_max_us = policy.attempts_max, policy.age_max_us
    row[kernel.CLIENT_ATTEMPTS_MAX] = math.inf if attempts_max is None else attempts_max
    row[kernel.AGE_MAX_US] = math.inf if age_max_us is None else age_max_us
    row[kernel.BACK_OFF_BASE_US] = policy.base_us
    row[kernel.BACK_OFF_CAP_US] = policy.cap_us
    row[kernel.BACK_OFF_JITTER_FRACTION] = policy.jitter_fraction
    row[kernel.HAS_EVENTS] = policy.errors is not None
    if policy.errors is not None:
        row[kernel.ERRORS_MAX] = policy.errors.errors_max
        row[kernel.ERROR_BACK_OFF_US] = policy.errors.back_off_us


def rule_table(parameters: DataPlaneParameters) -> kernel.Floats:
    """The kernel's view of the rules that all functions share."""
    rules = np.zeros(kernel.RULES_WIDTH)
    rules[kernel.CPU_REFUSE_FRACTION] = parameters.cpu_refuse_fraction
    rules[kernel.CPU_TIME_CONSTANT_US] = parameters.cpu_time_constant_us
    rules[kernel.ATTEMPTS_MAX] = parameters.attempts_max
    rules[kernel.ATTEMPT_LATENCY_US] = parameters.attempt_latency_us
    rules[kernel.HISTOGRAM_LOWEST_US] = LATENCY_SCALE.lowest_us
    rules[kernel.HISTOGRAM_BINS_PER_LOG] = 1.0 / math.log(LATENCY_SCALE.growth)
    return rules


def no_arrivals() -> kernel.ArrivalArrays:
    """What stands before the first minute is loaded."""
    none = np.zeros(0)
    return kernel.ArrivalArrays(
        times_us=none,
        function_index=np.zeros(0, dtype=np.int32),
        io_us=none,
        cpu_us=none,
        words=np.zeros(0, dtype=np.uint64),
    )


def one_arrival(invocation: Invocation, at_us: float) -> kernel.ArrivalArrays:
    """An invocation that somebody makes, as a batch of its own."""
    return kernel.ArrivalArrays(
        times_us=np.array([at_us]),
        function_index=np.array([invocation.function_index], dtype=np.int32),
        io_us=np.array([invocation.io_us]),
        cpu_us=np.array([invocation.cpu_us]),
        words=np.array([invocation.routing], dtype=np.uint64),
    )


def arrivals_of(
    batch: ArrivalBatch, *, from_us: float, until_us: float, function_count: int
) -> kernel.ArrivalArrays:
    """The batch as the kernel takes it; asserts what the kernel relies on."""
    arrivals = kernel.ArrivalArrays(
        times_us=np.require(batch.times_us, np.float64, _LAYOUT),
        function_index=np.require(batch.function_index, np.int32, _LAYOUT),
        io_us=np.require(batch.io_us, np.float64, _LAYOUT),
        cpu_us=np.require(batch.cpu_us, np.float64, _LAYOUT),
        words=np.require(batch.routing, np.uint64, _LAYOUT),
    )
    count = len(arrivals.times_us)
    assert all(len(column) == count for column in arrivals)
    if count > 0:
        assert arrivals.times_us[0] >= from_us
        assert arrivals.times_us[-1] < until_us
        assert np.all(arrivals.times_us[1:] >= arrivals.times_us[:-1]), "sorted times are expected"
        assert arrivals.function_index.min() >= 0
        assert arrivals.function_index.max() < function_count
        assert arrivals.io_us.min() >= 0.0
        assert arrivals.cpu_us.min() >= 0.0
    return arrivals


def assert_conserved(record: InvocationRecord) -> None:
    """Every arrival has exactly one outcome, is in flight or waits for another attempt."""
    arrived = record.arrived.sum(axis=1)
    ended = record.outcomes.sum(axis=(1, 2))
    unfinished = record.in_flight + record.waiting
    assert np.array_equal(arrived, ended + unfinished), "an invocation was lost or doubled"


def refuse_mib(fraction: float, size_mib: int) -> float:
    """Above how much of this size admission is refused; never if the fraction is above 1."""
    return fraction * size_mib if fraction <= 1.0 else math.inf
