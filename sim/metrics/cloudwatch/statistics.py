"""Keeps CloudWatch's statistics: samples become one value per period that has any."""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.metrics.cloudwatch.samples import Samples, Times, Values

STATISTIC_WORDS: Final = (
    "`Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount` or a percentile such as `p99.9`"
)
"""The statistics that are told, said to a person."""
_SIMPLE: Final = ("Average", "Sum", "Minimum", "Maximum", "SampleCount")
_PERCENTILE: Final = re.compile(r"p(100|\d{1,2}(?:\.\d{1,10})?)")


def is_statistic(name: str) -> bool:
    """Whether a statistic is one of those that are told."""
    return name in _SIMPLE or _PERCENTILE.fullmatch(name) is not None


def statistic(samples: Samples, name: str, *, period_s: int) -> tuple[Times, Values]:
    """Starts of the periods that have samples, seconds since 1970, and the statistic of each.

    Percentiles are the value of the `ceil(p * n)`-th smallest sample. `name` must be a statistic.
    """
    assert is_statistic(name), name
    if not len(samples):
        return samples.times_s, samples.values
    times_s = samples.times_s // period_s * period_s
    order = np.lexsort((samples.values, times_s))
    starts_s, firsts = np.unique(times_s[order], return_index=True)
    sorted_rows = _SortedRows(
        samples.values[order], samples.counts[order], samples.sums[order], firsts
    )
    return starts_s, sorted_rows.statistic(name)


@dataclass(frozen=True, slots=True)
class _SortedRows:
    """Samples sorted by period, then value; `firsts` are the first rows of the periods."""

    values: Values
    counts: NDArray[np.int64]
    sums: Values
    firsts: NDArray[np.intp]

    def statistic(self, name: str) -> Values:
        """One value per period."""
        totals = np.add.reduceat(self.counts, self.firsts)
        sums: Values = np.add.reduceat(self.sums, self.firsts)
        # Values of bins may lie on the wrong side of the exact mean: `minimum`, `maximum`.
        lasts = np.append(self.firsts[1:], len(self.values)) - 1
        match name:
            case "SampleCount":
                found: Values = totals.astype(np.float64)
            case "Sum":
                found = sums
            case "Average":
                found = sums / totals
            case "Minimum":
                found = np.minimum(self.values[self.firsts], sums / totals)
            case "Maximum":
                found = np.maximum(self.values[lasts], sums / totals)
            case _:
                found = self._percentiles(totals, share=float(name[1:]) / 100.0)
        return found

    def _percentiles(self, totals: NDArray[np.int64], *, share: float) -> Values:
        """Nearest rank in each period."""
        cumulative = np.cumsum(self.counts)
        before = cumulative[self.firsts] - self.counts[self.firsts]
        ranks = np.clip(np.ceil(totals * share - 1e-9), 1, totals)
        found: Values = self.values[np.searchsorted(cumulative, before + ranks, side="left")]
        return found
