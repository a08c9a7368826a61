"""Turns the data plane's per-environment reports into the load of each function version."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.dataplane.plane import DataPlane, EnvironmentReport, EnvironmentSize, FunctionSettings
from sim.engine.lambda_agents import FleetUse, Integral
from sim.scaling.adaptive_concurrency import AdaptiveConcurrency
from sim.units import SECOND_US


@dataclass(frozen=True, slots=True)
class _Routable:
    """The environments of a report that take invocations."""

    reported_rows: NDArray[np.int64]
    """All rows of the report: the plane gives the same array until its fleet changes."""
    places: NDArray[np.intp] | slice
    """Where they stand in the report's arrays."""
    rows: NDArray[np.int64]
    functions: NDArray[np.int64]

    @classmethod
    def of(cls, report: EnvironmentReport) -> "_Routable":
        """Leave out those that drain."""
        is_routable = report.is_routable
        places = slice(None) if is_routable.all() else np.flatnonzero(is_routable)
        return cls(report.rows, places, report.rows[places], report.function_index[places])


_NOBODY = np.zeros(0, dtype=np.int64)


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
        self._since_us = np.zeros(0, dtype=np.int64)
        """Since when the environment of each row serves."""
        self._vcpu = np.zeros(0)
        """vCPUs of the environment of each row."""
        self._limit_max = np.zeros(0)
        """Highest limit of the environment of each row."""
        self._limits = np.zeros(0)
        """Limit of the environment of each row; its whole part is in force."""
        self.sizes: dict[int, EnvironmentSize] = {}
        """What the youngest environment of each function version has, by index."""
        self._reported_us = 0
        self._routable = _Routable(_NOBODY, slice(None), _NOBODY, _NOBODY)

    def add_function(self, function: FunctionSettings) -> int:
        """Take in one more function; returns its index."""
        self._functions = (*self._functions, function)
        self._is_adaptive = np.append(self._is_adaptive, function.is_adaptive)
        return self._data_plane.add_function(function)

    def add_environment(
        self, *, function_index: int, size: EnvironmentSize, speed: float, now_us: int
    ) -> int:
        """Let an environment take invocations; returns its row."""
        row = self._data_plane.add_environment(
            function_index=function_index, size=size, speed=speed, now_us=now_us
        )
        if row >= len(self._since_us):
            self._make_room(row + 1)
        self.sizes[function_index] = size
        self._since_us[row] = now_us
        self._vcpu[row] = size.vcpu
        self._limits[row] = self._limit_max[row] = size.concurrency_limit
        return row

    def _make_room(self, more: int) -> None:
        """Let there be so many rows more."""
        self._since_us = np.concatenate([self._since_us, np.zeros(more, dtype=np.int64)])
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
        """Integrals per function since the report before, over environments that take invocations.

        A draining environment is left out: it empties on purpose and says nothing about demand.
        """
        report = self._data_plane.report(now_us=now_us)
        if report.rows is not self._routable.reported_rows:
            self._routable = _Routable.of(report)
        routable = self._routable
        busy_vcpu_us = report.busy_vcpu_us[routable.places]
        served_us = now_us - np.maximum(self._since_us[routable.rows], self._reported_us)
        limit_us = np.floor(self._limits[routable.rows]) * served_us
        if self._is_adaptive.any():
            self._adapt(routable.rows, routable.functions, busy_vcpu_us, served_us)
        self._reported_us = now_us
        integrals = np.empty((len(Integral), len(self._functions)))
        for integral, values in (
            (Integral.ENVIRONMENT_US, served_us),
            (Integral.BUSY_VCPU_US, busy_vcpu_us),
            (Integral.CONCURRENCY_US, report.concurrency_us[routable.places]),
            (Integral.CONCURRENCY_LIMIT_US, limit_us),
            (Integral.ALLOCATED_VCPU_US, served_us * self._vcpu[routable.rows]),
        ):
            integrals[integral] = np.bincount(
                routable.functions, weights=values, minlength=len(self._functions)
            )
        return FleetUse(integrals, throttled_count=report.throttles.sum(axis=1))

    def _adapt(
        self,
        rows: NDArray[np.int64],
        functions: NDArray[np.int64],
        busy_vcpu_us: NDArray[np.float64],
        served_us: NDArray[np.int64],
    ) -> None:
        """Bring the limits to what the environments have just done; new ones wait for a report."""
        adapts = self._is_adaptive[functions] & (served_us > 0)
        rows, served = rows[adapts], served_us[adapts]
        if len(rows) == 0:
            return
        self._limits[rows] = self._adaptation.adapted(
            self._limits[rows],
            cpu_fraction=busy_vcpu_us[adapts] / (self._vcpu[rows] * served),
            period_s=float(served.max()) / SECOND_US,
            limit_max=self._limit_max[rows],
        )
        self._data_plane.set_limits(rows, np.floor(self._limits[rows]).astype(np.int64))
