"""Keeps long running sums of exponentials cheap: each part is drawn and summed while cached."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_PART: Final = 32_768
"""Numbers that are drawn and summed together: 256 KiB."""


def fill_with_sums(sums: NDArray[np.float64], generator: np.random.Generator) -> None:
    """Write the running sums of unit exponentials: the arrivals of a Poisson stream of rate 1."""
    reached = 0.0
    for first in range(0, sums.size, _PART):
        part = sums[first : first + _PART]
        generator.standard_exponential(out=part)
        part[0] += reached
        np.cumsum(part, out=part)
        reached = part[-1]
