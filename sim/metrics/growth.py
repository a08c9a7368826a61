"""Keeps the growth measure: how much demand grows in the five minutes AWS promises to follow."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

GROWTH_MINUTES = 5
"""Span of the growth ratio. AWS: traffic may double within 5 minutes without throttles."""
BASE_FRACTION = 0.05
"""Minutes under this fraction of the mean rate are no base: growth from nothing says nothing."""
BASE_COUNT_MIN = 60
"""Least arrivals of a base minute, one per second, for the same reason."""


def growth_table(minutes: pd.DataFrame) -> pd.DataFrame:
    """Rate five minutes later over the rate now, for all functions together.

    `minutes` is the `minutes` table. Columns: `minute`, `hours`, `rate_per_s`, `growth` (NaN where
    the base is too small: under `BASE_COUNT_MIN` arrivals or `BASE_FRACTION` of the mean rate, and
    in the last five minutes).
    """
    total = minutes.groupby("minute", as_index=False).agg(
        hours=("hours", "first"), arrived=("arrived", "sum"), rate_per_s=("rate_per_s", "sum")
    )
    growth = growth_ratios(
        total["rate_per_s"].to_numpy(np.float64), total["arrived"].to_numpy(np.int64)
    )
    return total[["minute", "hours", "rate_per_s"]].assign(growth=growth)


def growth_ratios(
    rate_per_s: NDArray[np.float64], arrived: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Ratio of `rate_per_s[t + 5]` to `rate_per_s[t]`, NaN without a base or a later minute."""
    later = np.full(len(rate_per_s), np.nan)
    later[:-GROWTH_MINUTES] = rate_per_s[GROWTH_MINUTES:]
    mean = rate_per_s.mean() if len(rate_per_s) else 0.0
    is_base = (arrived >= BASE_COUNT_MIN) & (rate_per_s >= BASE_FRACTION * mean)
    base = np.where(is_base, rate_per_s, np.nan)
    ratios: NDArray[np.float64] = later / base
    return ratios


def growth_max(growth: pd.DataFrame) -> float | None:
    """Largest growth of the run; None if no minute had a base."""
    known = growth["growth"].dropna()
    return float(known.max()) if len(known) else None
