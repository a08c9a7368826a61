"""Turns the data plane's per-environment reports into the load of each function version."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.dataplane.plane import DataPlane, FunctionSettings
from sim.engine.lambda_agents import FleetUse
from sim.scaling.adaptive_concurrency import AdaptiveConcurrency
from sim.units import SECOND_US


class FleetLoad:
    """The data plane as the engine meets it: knows since when each environment serves.

    With a rule of adaptive concurrency it also keeps the limits of the environments whose function
    wants that; without one, or for other functions, a limit is what was configured.
    """

    def __init__(
        self,
        data_plane: DataPlane,
        functions: Sequence[FunctionSettings],
        adaptation: AdaptiveConcurrency,
    ) -> None:
        self._data_plane = data_plane
        self._functions = tuple(functions)
        self._adaptation = adaptation
        self._is_adaptive = np.array([function.is_adaptive for function in functions])
        self._limit_max = np.array([float(f.concurrency_limit) for f in functions])
        self._vcpu = np.array([float(function.vcpu) for function in functions])
        self._since_us = np.zeros(0, dtype=np.int64)
        """Since when the environment of each row serves."""
        self._limits = np.zeros(0)
        """Limit of the environment of each row; its whole part is in force."""
        self._reported_us = 0

    def add_function(self, function: FunctionSettings) -> int:
        """Take in one more function; returns its index."""
        self._functions = (*self._functions, function)
        self._is_adaptive = np.append(self._is_adaptive, function.is_adaptive)
        self._limit_max = np.append(self._limit_max, float(function.concurrency_limit))
        self._vcpu = np.append(self._vcpu, float(function.vcpu))
        return self._data_plane.add_function(function)

    def add_environment(self, *, function_index: int, speed: float, now_us: int) -> int:
        """Let an environment take invocations; returns its row."""
        row = self._data_plane.add_environment(
            function_index=function_index, speed=speed, now_us=now_us
        )
        if row >= len(self._since_us):
            more = np.zeros(row + 1, dtype=np.int64)
            self._since_us = np.concatenate([self._since_us, more])
            self._limits = np.concatenate([self._limits, more.astype(np.float64)])
        self._since_us[row] = now_us
        self._limits[row] = self._limit_max[function_index]
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

    def use_since_last_report(self, now_us: int) -> FleetUse:
        """Integrals per function since the report before, over environments that take invocations.

        A draining environment is left out: it empties on purpose and says nothing about demand.
        """
        report = self._data_plane.report(now_us=now_us)
        serves = report.is_routable
        functions = report.function_index[serves]
        rows = report.rows[serves]
        served_us = now_us - np.maximum(self._since_us[rows], self._reported_us)
        limit_us = np.floor(self._limits[rows]) * served_us
        if self._is_adaptive.any():
            self._adapt(rows, functions, report.busy_vcpu_us[serves], served_us)
        self._reported_us = now_us
        count = len(self._functions)
        served = _sums(functions, served_us, count)
        busy = _sums(functions, report.busy_vcpu_us[serves], count)
        concurrency = _sums(functions, report.concurrency_us[serves], count)
        limited = _sums(functions, limit_us, count)
        return FleetUse(
            environment_us=served,
            busy_vcpu_us=busy,
            allocated_vcpu_us=served * self._vcpu,
            concurrency_us=concurrency,
            concurrency_limit_us=limited,
            throttled_count=report.throttles.sum(axis=1),
        )

    def _adapt(
        self,
        rows: NDArray[np.int64],
        functions: NDArray[np.int64],
        busy_vcpu_us: NDArray[np.float64],
        served_us: NDArray[np.int64],
    ) -> None:
        """Bring the limits to what the environments have just done; new ones wait for a report."""
        adapts = self._is_adaptive[functions] & (served_us > 0)
        rows, functions, served = rows[adapts], functions[adapts], served_us[adapts]
        if len(rows) == 0:
            return
        self._limits[rows] = self._adaptation.adapted(
            self._limits[rows],
            cpu_fraction=busy_vcpu_us[adapts] / (self._vcpu[functions] * served),
            period_s=float(served.max()) / SECOND_US,
            limit_max=self._limit_max[functions],
        )
        self._data_plane.set_limits(rows, np.floor(self._limits[rows]).astype(np.int64))


def _sums(
    function_index: NDArray[np.int64],
    values: NDArray[np.float64] | NDArray[np.int64],
    count: int,
) -> NDArray[np.float64]:
    sums = np.bincount(function_index, weights=values, minlength=count)
    return sums.astype(np.float64)
