"""One look for all figures: print sizes, embedded fonts, colours that survive grey print."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

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


def law_points(axes: Axes, x: ArrayLike, y: ArrayLike, look: Look) -> None:
    """Points of the law engine: small and filled."""
    axes.plot(x, y, look.marker, color=look.colour, markersize=2.6, markeredgewidth=0)


def dense_points(
    axes: Axes,
    x: ArrayLike,
    y: ArrayLike,
    error: ArrayLike,
    look: Look,
    xerr: ArrayLike | None = None,
) -> None:
    """Points of the dense engine: large and open, with error bars of ``COVERED`` SE."""
    axes.errorbar(
        x,
        y,
        COVERED * np.asarray(error),
        xerr,
        fmt=look.marker,
        color=look.colour,
        markerfacecolor="white",
        markersize=4.4,
        capsize=2,
        elinewidth=0.8,
    )


def best_point(axes: Axes, x: ArrayLike, y: ArrayLike, look: Look, label: str = "") -> None:
    """Where a curve is least: a star in its colour."""
    axes.plot(x, y, "*k", mfc=look.colour, markersize=7.5, mew=0.6, zorder=5, label=label)


def threshold(axes: Axes, value: float, words: str, rightwards: bool = True) -> None:
    """A dotted line at a value along x, with words beside its lower end."""
    axes.axvline(value, color=MARK, linewidth=0.8, linestyle=":")
    axes.annotate(
        words,
        (value, 0.03),
        xycoords=("data", "axes fraction"),
        xytext=(4 if rightwards else -4, 0),
        textcoords="offset points",
        horizontalalignment="left" if rightwards else "right",
        color=MARK,
    )


def engines_legend(axes: Axes, law: bool = True, **place: Any) -> None:
    """A legend that says how theory and the engines are drawn, in no strategy's colour."""
    dots: dict[str, Any] = {"color": MARK, "linestyle": "", "marker": "o"}
    words = f"dense engine, ±{COVERED} SE"
    handles = [
        Line2D([], [], color=MARK, linestyle="-", label="exact"),
        *([Line2D([], [], label="law engine", markersize=2.6, **dots)] if law else []),
        Line2D([], [], label=words, markersize=4.4, markerfacecolor="white", **dots),
    ]
    axes.add_artist(axes.legend(handles=handles, **place))


def style() -> AbstractContextManager[None]:
    """A context in which matplotlib draws in this project's style."""
    sheet = Path(__file__).with_name("style.mplstyle")
    return mpl.rc_context(mpl.rc_params_from_file(sheet, use_default_template=False))
