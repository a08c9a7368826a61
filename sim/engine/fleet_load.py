"""Turns the data plane's per-environment reports into the load of each function version."""

from collections.abc import Sequence

import numpy as np

from sim.dataplane.plane import DataPlane, EnvironmentReport, EnvironmentSize, FunctionSettings
from sim.engine.lambda_agents import FleetUse
from sim.scaling.adaptive_concurrency import AdaptiveConcurrency
from sim.units import SECOND_US


class FleetLoad:
    """The data plane as the engine meets it.

    With a rule of adaptive concurrency it keeps the limits of the environments whose function wants
    that; without one, or for other functions, a limit is what was configured.
    """

    def __init__(
        self,
        data_plane: DataPlane,
        functions: Sequence[FunctionSettings],
        adaptation: AdaptiveConcurrency,
    ) -> None:
        self._data_plane = data_plane
        self._adaptation = adaptation
        self._is_adaptive = np.array([function.is_adaptive for function in functions])
        self._adapts = any(function.is_adaptive for function in functions)
        self._vcpu = np.zeros(0)
        """vCPUs of the environment of each row."""
        self._limit_max = np.zeros(0)
        """Highest limit of the environment of each row."""
        self._limits = np.zeros(0)
        """Limit of the environment of each row; its whole part is in force."""
        self.sizes: dict[int, EnvironmentSize] = {}
        """What the youngest environment of each function version has, by index."""

    def add_function(self, function: FunctionSettings) -> int:
        """Take in one more function; returns its index."""
        self._is_adaptive = np.append(self._is_adaptive, function.is_adaptive)
        self._adapts = self._adapts or function.is_adaptive
        return self._data_plane.add_function(function)

    def add_environment(
        self, *, function_index: int, size: EnvironmentSize, speed: float, now_us: int
    ) -> int:
        """Let an environment take invocations; returns its row."""
        row = self._data_plane.add_environment(
            function_index=function_index, size=size, speed=speed, now_us=now_us
        )
        if row >= len(self._limits):
            self._make_room(row + 1)
        self.sizes[function_index] = size
        self._vcpu[row] = size.vcpu
        self._limits[row] = self._limit_max[row] = size.concurrency_limit
        return row

    def _make_room(self, more: int) -> None:
        """Let there be so many rows more."""
        self._vcpu = np.concatenate([self._vcpu, np.zeros(more)])
        self._limits = np.concatenate([self._limits, np.zeros(more)])
        self._limit_max = np.concatenate([self._limit_max, np.zeros(more)])

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
        """Integrals per function since the report before, of environments that take invocations."""
        report = self._data_plane.report(now_us=now_us)
        if self._adapts:
            self._adapt(report)
        return FleetUse(report.integrals, throttled_count=report.throttles.sum(axis=1))

    def _adapt(self, report: EnvironmentReport) -> None:
        """Bring the limits to what the environments have just done; new ones wait for a report."""
        is_adapted = (
            report.is_routable & self._is_adaptive[report.function_index] & (report.served_us > 0.0)
        )
        rows, served_us = report.rows[is_adapted], report.served_us[is_adapted]
        if len(rows) == 0:
            return
        self._limits[rows] = self._adaptation.adapted(
            self._limits[rows],
            cpu_fraction=report.busy_vcpu_us[is_adapted] / (self._vcpu[rows] * served_us),
            period_s=float(served_us.max()) / SECOND_US,
            limit_max=self._limit_max[rows],
        )
        self._data_plane.set_limits(rows, np.floor(self._limits[rows]).astype(np.int64))
