"""Keeps which Region the prices of instances are those of, and what tells of the others."""

from typing import Final

PRICED_REGION: Final = "us-east-1"
"""Region that the catalogue of instance types has prices for."""
REGION_FACTOR: Final = "region_price_factor"
"""Stem of the facts that compare a Region's prices with those of `PRICED_REGION`."""


def region_factor_name(region: str) -> str:
    """Name of the fact that compares a Region's prices; not every Region has one."""
    return f"{REGION_FACTOR}.{region}"
