"""One look for all figures: print sizes, embedded fonts, colours that survive grey print."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import matplotlib as mpl

COLUMN = 3.3  # inches, the width of one column of a paper
PAGE = 6.9  # inches, the width of two


class Look(NamedTuple):
    """How a strategy looks, everywhere: hue, and line and marker for those who see no hue."""

    label: str
    colour: str
    line: str
    marker: str


# From the palette of Okabe and Ito, which colour-blind people can tell apart.
STRATEGIES = {
    "frozen": Look("frozen", "#0072B2", "-", "o"),
    "initialized": Look("initialized", "#D55E00", "--", "s"),
    "reinitialized": Look("reinitialized", "#009E73", "-.", "^"),
}
MARK = "#555555"  # thresholds and optima


def style() -> AbstractContextManager[Any]:
    """A context in which matplotlib draws in this project's style."""
    return mpl.rc_context(
        {
            "font.family": "STIXGeneral",
            "mathtext.fontset": "stix",
            "font.size": 9,
            "axes.labelsize": 9,
            "axes.titlesize": 9,
            "legend.fontsize": 8,
            "xtick.labelsize": 8,
            "ytick.labelsize": 8,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.linewidth": 0.6,
            "xtick.major.width": 0.6,
            "ytick.major.width": 0.6,
            "lines.linewidth": 1.2,
            "lines.markersize": 4,
            "legend.frameon": False,
            "figure.constrained_layout.use": True,
            "figure.dpi": 100,
            "savefig.dpi": 300,
            "pdf.fonttype": 42,
            "ps.fonttype": 42,
            "svg.fonttype": "none",
            "svg.hashsalt": "update-magnitude",
        }
    )
