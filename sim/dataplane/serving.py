"""The environments in service, and the arrays in which the kernel reports what they did."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.dataplane import kernel
from sim.dataplane.boundary import EnvironmentReport, Integral
from sim.dataplane.fleet_rows import FleetRows


class Serving(NamedTuple):
    """By ascending row; the same until the fleet changes."""

    rows: kernel.Integers
    function_index: kernel.Integers
    is_routable: NDArray[np.bool_]
    report: kernel.ReportArrays
    """Where the kernel writes what they did."""

    @classmethod
    def of(cls, fleet: FleetRows, *, function_count: int) -> "Serving":
        """As the fleet is now."""
        rows = fleet.in_service()
        is_routable = fleet.are_routable(rows)
        return cls(
            rows=rows,
            function_index=fleet.arrays.counts[rows, kernel.FUNCTION_INDEX],
            is_routable=is_routable,
            report=_report_arrays(rows, is_routable, function_count=function_count),
        )

    def reported(self, now_us: int, throttles: NDArray[np.int64]) -> EnvironmentReport:
        """What the kernel has just written."""
        report = self.report
        return EnvironmentReport(
            now_us=now_us,
            rows=self.rows,
            function_index=self.function_index,
            is_routable=self.is_routable,
            served_us=report.served_us.copy(),
            busy_vcpu_us=report.busy_vcpu_us.copy(),
            concurrency_us=report.concurrency_us.copy(),
            in_flight=report.in_flight.copy(),
            integrals=report.sums.reshape(len(Integral), -1).copy(),
            throttles=throttles,
        )


def _report_arrays(
    rows: kernel.Integers, is_routable: NDArray[np.bool_], *, function_count: int
) -> kernel.ReportArrays:
    count = len(rows)
    return kernel.ReportArrays(
        rows=rows,
        is_routable=is_routable.astype(np.int64),
        served_us=np.empty(count),
        busy_vcpu_us=np.empty(count),
        concurrency_us=np.empty(count),
        in_flight=np.empty(count, dtype=np.int64),
        sums=np.empty(kernel.SUM_COUNT * function_count),
    )
