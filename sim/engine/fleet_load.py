"""Turns the data plane's per-environment reports into the load of each function."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.dataplane.plane import DataPlane, FunctionSettings
from sim.engine.lambda_agents import FunctionUse


class FleetLoad:
    """The data plane as the engine meets it: knows since when each environment serves."""

    def __init__(self, data_plane: DataPlane, functions: Sequence[FunctionSettings]) -> None:
        self._data_plane = data_plane
        self._functions = tuple(functions)
        self._since_us: dict[int, int] = {}
        self._reported_us = 0

    def add_environment(self, *, function_index: int, speed: float, now_us: int) -> int:
        """Let an environment take invocations; returns its row."""
        row = self._data_plane.add_environment(
            function_index=function_index, speed=speed, now_us=now_us
        )
        self._since_us[row] = now_us
        return row

    def begin_drain(self, row: int, *, now_us: int) -> int:
        """Send it no more invocations; returns when the last one in flight ends."""
        return self._data_plane.begin_drain(row, now_us=now_us)

    def remove_environment(self, row: int, *, now_us: int) -> int:
        """Take it away; returns how many invocations were lost with it."""
        del self._since_us[row]
        return self._data_plane.remove_environment(row, now_us=now_us)

    def arm(self, function_index: int) -> None:
        """Signal the next throttle of this function."""
        self._data_plane.arm(function_index)

    def use_since_last_report(self, now_us: int) -> list[FunctionUse]:
        """Integrals per function since the report before, over environments that take invocations.

        A draining environment is left out: it empties on purpose and says nothing about demand.
        """
        report = self._data_plane.report(now_us=now_us)
        routable = report.is_routable
        rows, functions = report.rows[routable], report.function_index[routable]
        served_us = np.array(
            [now_us - max(self._reported_us, self._since_us[int(row)]) for row in rows],
            dtype=np.float64,
        )
        self._reported_us = now_us
        count = len(self._functions)
        served = _sums(functions, served_us, count)
        busy = _sums(functions, report.busy_vcpu_us[routable], count)
        concurrency = _sums(functions, report.concurrency_us[routable], count)
        return [
            FunctionUse(
                environment_us=float(served[index]),
                busy_vcpu_us=float(busy[index]),
                allocated_vcpu_us=float(served[index]) * function.vcpu,
                concurrency_us=float(concurrency[index]),
                concurrency_limit_us=float(served[index]) * function.concurrency_limit,
                throttled_count=int(report.throttles[index].sum()),
            )
            for index, function in enumerate(self._functions)
        ]


def _sums(
    function_index: NDArray[np.int64], values: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    return np.bincount(function_index, weights=values, minlength=count).astype(np.float64)
