"""One look for all figures: print sizes, embedded fonts, colours that survive grey print."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

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
    "hybrid": Look("hybrid", "#CC79A7", ":", "D"),
}
MARK = "#555555"  # thresholds and optima
COVERED = 2  # standard errors on either side of a point
MAP = "cividis"  # of heat maps: even in grey, and to those who see no hue
SHADES = ("#0B2A5B", "#2F6B9A", "#5AA5A0", "#D9A441", "#C8553D")  # of a family, dark to light
LINES = ("-", "--", "-.", ":", "-")


def family(count: int) -> list[Look]:
    """Looks for the members of a family of curves that are no strategies.

    Example:
        >>> [look.colour for look in family(2)]
        ['#0B2A5B', '#C8553D']
    """
    places = [round(k * (len(SHADES) - 1) / max(1, count - 1)) for k in range(count)]
    return [Look("", SHADES[place], LINES[place], "oshvd"[place]) for place in places]


def law_points(axes: Axes, x: Any, y: Any, look: Look, **more: Any) -> None:
    """Points of the law engine: small and filled."""
    axes.plot(x, y, look.marker, color=look.colour, markersize=2.6, markeredgewidth=0, **more)


def dense_points(axes: Axes, x: Any, y: Any, error: Any, look: Look, **more: Any) -> None:
    """Points of the dense engine: large and open, with error bars of ``COVERED`` SE."""
    axes.errorbar(
        x,
        y,
        COVERED * np.asarray(error),
        fmt=look.marker,
        color=look.colour,
        markerfacecolor="white",
        markersize=4.4,
        capsize=2,
        elinewidth=0.8,
        **more,
    )


def best_point(axes: Axes, x: Any, y: Any, look: Look, **more: Any) -> None:
    """Where a curve is least: a star in its colour."""
    axes.plot(x, y, "*k", mfc=look.colour, markersize=7.5, mew=0.6, zorder=5, **more)


def engines_legend(axes: Axes, law: bool = True, dense: bool = True, **more: Any) -> None:
    """A legend that says how theory and the engines are drawn, in no strategy's colour."""
    look = Look("", MARK, "-", "o")
    handles: list[Any] = [Line2D([], [], color=MARK, linestyle="-", label="exact")]
    kinds = (
        (law, "law engine", {"markersize": 2.6}),
        (dense, f"dense engine, ±{COVERED} SE", {"markersize": 4.4, "markerfacecolor": "white"}),
    )
    handles += [
        Line2D([], [], color=MARK, linestyle="", marker=look.marker, label=words, **size)
        for shown, words, size in kinds
        if shown
    ]
    axes.add_artist(axes.legend(handles=handles, **more))


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
