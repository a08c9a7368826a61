"""Reports: what every row did since the one before, and the sums of it by function."""

from sim.dataplane.kernel.compilation import compiled
from sim.dataplane.kernel.environment import advance_row_called, flush, in_flight
from sim.dataplane.kernel.layout import (
    FUNCTION_INDEX,
    LIMIT,
    REPORT_BUSY_VCPU_US,
    REPORT_CONCURRENCY_US,
    SERVES_SINCE_US,
    SUM_ALLOCATED_VCPU_US,
    SUM_BUSY_VCPU_US,
    SUM_CONCURRENCY_LIMIT_US,
    SUM_CONCURRENCY_US,
    SUM_COUNT,
    SUM_ENVIRONMENT_US,
    VCPU,
    PlaneArrays,
    ReportArrays,
)


@compiled
def report_rows(
    plane: PlaneArrays, report: ReportArrays, last_us: float, now_us: float, effective_us: float
) -> None:
    """Bring rows forward to `effective_us` and write what they did since the report at `last_us`.

    Service is counted in whole microseconds, up to `now_us`.
    """
    state = plane.state
    sums = report.sums
    functions = sums.shape[0] // SUM_COUNT
    sums[:] = 0.0
    for place in range(report.rows.shape[0]):
        row = report.rows[place]
        advance_row_called(plane, row, effective_us)
        flush(plane, row, effective_us)
        served_us = now_us - max(state[row, SERVES_SINCE_US], last_us)
        busy_vcpu_us = state[row, REPORT_BUSY_VCPU_US]
        concurrency_us = state[row, REPORT_CONCURRENCY_US]
        state[row, REPORT_BUSY_VCPU_US] = 0.0
        state[row, REPORT_CONCURRENCY_US] = 0.0
        report.served_us[place] = served_us
        report.busy_vcpu_us[place] = busy_vcpu_us
        report.concurrency_us[place] = concurrency_us
        report.in_flight[place] = in_flight(plane, row)
        if report.is_routable[place] > 0:
            function = plane.counts[row, FUNCTION_INDEX]
            sums[SUM_ENVIRONMENT_US * functions + function] += served_us
            sums[SUM_BUSY_VCPU_US * functions + function] += busy_vcpu_us
            sums[SUM_ALLOCATED_VCPU_US * functions + function] += served_us * state[row, VCPU]
            sums[SUM_CONCURRENCY_US * functions + function] += concurrency_us
            sums[SUM_CONCURRENCY_LIMIT_US * functions + function] += served_us * state[row, LIMIT]
