"""Keeps all figures alike: colours that everybody can tell apart, quiet axes, text that stays text.

The greys are looked up again when a figure goes into a page: there they become CSS colours, so that
one figure reads on light and on dark. The coloured ones are from Okabe and Ito's set (2008).
"""

from collections.abc import Mapping
from typing import Any, Final

from matplotlib.typing import RcKeyType

INK: Final = "#1f2329"
"""Text and the most important line; on a page: the colour of the text."""
MUTED: Final = "#6b7280"
"""Axes, ticks and secondary text."""
GRID: Final = "#d5d9e0"
"""Grid lines."""
ORANGE: Final = "#e69f00"
SKY_BLUE: Final = "#56b4e9"
GREEN: Final = "#009e73"
BLUE: Final = "#0072b2"
VERMILION: Final = "#d55e00"
PURPLE: Final = "#cc79a7"
SERIES: Final = (BLUE, ORANGE, GREEN, PURPLE, SKY_BLUE, VERMILION)
"""Colours for things of equal rank, in order of use."""

CSS_COLOURS: Final[Mapping[str, str]] = {
    INK: "currentColor",
    MUTED: "var(--muted)",
    GRID: "var(--grid)",
    BLUE: "var(--blue)",
}
"""What stands for a colour on a page; the blue is too dark for a dark page."""

RC_PARAMETERS: Final[dict[RcKeyType, Any]] = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.labelcolor": MUTED,
    "axes.labelsize": 9.0,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.borderaxespad": 0.2,
    "legend.fontsize": 9.0,
    "legend.frameon": False,
    "legend.handlelength": 1.2,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.3,
    "path.simplify": True,
    "path.simplify_threshold": 0.3,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "lmisim",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": MUTED,
    "xtick.labelsize": 9.0,
    "ytick.color": MUTED,
    "ytick.labelsize": 9.0,
}
"""Matplotlib settings of every figure; a notebook may put them in force with `rc_context`."""
