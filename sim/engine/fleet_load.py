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
        self._since_us = np.zeros(0, dtype=np.int64)
        """Since when the environment of each row serves."""
        self._reported_us = 0

    def add_environment(self, *, function_index: int, speed: float, now_us: int) -> int:
        """Let an environment take invocations; returns its row."""
        row = self._data_plane.add_environment(
            function_index=function_index, speed=speed, now_us=now_us
        )
        if row >= len(self._since_us):
            more = np.zeros(row + 1, dtype=np.int64)
            self._since_us = np.concatenate([self._since_us, more])
        self._since_us[row] = now_us
        return row

    def begin_drain(self, row: int, *, now_us: int) -> int:
        """Send it no more invocations; returns when the last one in flight ends."""
        return self._data_plane.begin_drain(row, now_us=now_us)

    def remove_environment(self, row: int, *, now_us: int) -> int:
        """Take it away; returns how many invocations were lost with it."""
        return self._data_plane.remove_environment(row, now_us=now_us)

    def arm(self, function_index: int) -> None:
        """Signal the next throttle of this function."""
        self._data_plane.arm(function_index)

    def use_since_last_report(self, now_us: int) -> list[FunctionUse]:
        """Integrals per function since the report before, over environments that take invocations.

        A draining environment is left out: it empties on purpose and says nothing about demand.
        """
        report = self._data_plane.report(now_us=now_us)
        serves = report.is_routable
        functions = report.function_index[serves]
        served_us = now_us - np.maximum(self._since_us[report.rows[serves]], self._reported_us)
        self._reported_us = now_us
        count = len(self._functions)
        served = _sums(functions, served_us, count)
        busy = _sums(functions, report.busy_vcpu_us[serves], count)
        concurrency = _sums(functions, report.concurrency_us[serves], count)
        throttled = report.throttles.sum(axis=1).tolist()
        return [
            FunctionUse(
                environment_us=served[index],
                busy_vcpu_us=busy[index],
                allocated_vcpu_us=served[index] * function.vcpu,
                concurrency_us=concurrency[index],
                concurrency_limit_us=served[index] * function.concurrency_limit,
                throttled_count=throttled[index],
            )
            for index, function in enumerate(self._functions)
        ]


def _sums(
    function_index: NDArray[np.int64],
    values: NDArray[np.float64] | NDArray[np.int64],
    count: int,
) -> list[float]:
    sums: list[float] = np.bincount(function_index, weights=values, minlength=count).tolist()
    return sums
