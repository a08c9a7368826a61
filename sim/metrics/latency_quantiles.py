"""Keeps percentiles honest: read from histograms, at the middle of the bin that holds the rank."""

import numpy as np
from numpy.typing import NDArray

from sim.model.invocation_record import HistogramScale
from sim.units import MILLISECOND_US

QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}
"""Names of the percentiles that tables and summary give, and their ranks."""


def quantiles_ms(
    histograms: NDArray[np.int64], scale: HistogramScale
) -> dict[str, NDArray[np.float64]]:
    """Percentiles of each histogram, milliseconds, NaN where nothing was counted.

    `histograms` has shape `(..., bins)`; each result has the leading shape. The value is the
    representative of the bin with the `ceil(q * n)`-th smallest entry (nearest rank).
    """
    cumulative = np.cumsum(histograms, axis=-1)
    totals = cumulative[..., -1]
    representatives_ms = scale.representatives_us() / MILLISECOND_US
    found = {}
    for name, rank in QUANTILES.items():
        wanted = np.maximum(np.ceil(totals * rank), 1)
        bins = np.argmax(cumulative >= wanted[..., np.newaxis], axis=-1)
        found[name] = np.where(totals > 0, representatives_ms[bins], np.nan)
    return found


def means_ms(sums_us: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean latency from sums and counts, milliseconds, NaN where nothing was counted."""
    means: NDArray[np.float64] = np.where(
        counts > 0, sums_us / np.maximum(counts, 1) / MILLISECOND_US, np.nan
    )
    return means
