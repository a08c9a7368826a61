"""The recorded invocations behind the kernel's `samples`: there is always room for one more."""

import numpy as np

from sim.dataplane import kernel
from sim.dataplane.boundary import DataPlaneParameters
from sim.dataplane.tables import with_one_more
from sim.model.sampled_invocations import SampledInvocations

_INITIAL_CAPACITY = 256


def sampled_rows(parameters: DataPlaneParameters, *, function_count: int) -> "SampledRows | None":
    """Room for what the parameters ask to record."""
    if parameters.record_every is None:
        return None
    return SampledRows(every=parameters.record_every, function_count=function_count)


class SampledRows:
    """One row per recorded invocation, in the order of their arrivals."""

    def __init__(self, *, every: int, function_count: int) -> None:
        self._every = every
        self._values = np.zeros((_INITIAL_CAPACITY, kernel.SAMPLE_WIDTH))
        self._used = np.zeros(1, dtype=np.int64)
        self._arrived = np.zeros(function_count, dtype=np.int64)

    def add_function(self) -> None:
        """Count the arrivals of one more function."""
        self._arrived = with_one_more(self._arrived)

    def make_room(self) -> None:
        """Grow if all rows are used."""
        if self._used[0] == len(self._values):
            self._values = np.concatenate([self._values, np.zeros_like(self._values)])

    def arrays(self) -> kernel.SampleArrays:
        """The kernel's view."""
        return kernel.SampleArrays(
            values=self._values, used=self._used, arrived=self._arrived, every=self._every
        )

    def recorded(self) -> SampledInvocations:
        """What was recorded so far."""
        values = self._values[: self._used[0]]
        return SampledInvocations(
            every=self._every,
            function_index=_whole(values, kernel.SAMPLE_FUNCTION),
            arrived_us=values[:, kernel.SAMPLE_ARRIVED_US].copy(),
            attempts=_whole(values, kernel.SAMPLE_ATTEMPTS),
            row=_whole(values, kernel.SAMPLE_ROW),
            started_us=_times(values, kernel.SAMPLE_STARTED_US),
            ended_us=_times(values, kernel.SAMPLE_ENDED_US),
            latency_us=_times(values, kernel.SAMPLE_LATENCY_US),
            outcome=_whole(values, kernel.SAMPLE_OUTCOME),
        )


def _whole(values: kernel.Floats, column: int) -> kernel.Integers:
    return values[:, column].astype(np.int64)


def _times(values: kernel.Floats, column: int) -> kernel.Floats:
    times_us: kernel.Floats = np.where(
        values[:, column] == kernel.NOT_YET, np.nan, values[:, column]
    )
    return times_us
