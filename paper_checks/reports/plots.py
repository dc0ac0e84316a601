"""The pictures of the claims: predicted lines and simulated points with error bars, as SVG."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from update_magnitude.paper_checks.contents import PredictionRow
from update_magnitude.paper_checks.questions import DENSE, LAW, Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Numbers = NDArray[np.float64]
# From the palette of Okabe and Ito, which colour-blind people can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#555555")
LINES = ("-", "--", "-.", ":")
MARKERS = {LAW: ("o", 4.0), DENSE: ("s", 6.0)}
FEWEST = 3  # scores worth a picture
FEW = 4  # curves, of which the legend has room among them
RUNAWAY = 3  # times the range of the simulated points, beyond which a picture is cut off
SIZE = (6.4, 3.4)  # inches
LOOK: dict[Any, Any] = {
    "font.family": "STIXGeneral",
    "mathtext.fontset": "stix",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.3,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "figure.constrained_layout.use": True,
    "svg.fonttype": "path",
    "svg.hashsalt": "update-magnitude",
}


def plot(picture: Picture, predictions: Sequence[PredictionRow]) -> str:
    """A picture as an SVG element, with the predictions of its claim that have a place in it."""
    with _drawing(SIZE) as (figure, axes, written):
        for number, (name, (x, y)) in enumerate(picture.curves.items()):
            colour, style = COLOURS[number % len(COLOURS)], LINES[number % len(LINES)]
            if picture.names:  # things side by side are no line
                axes.plot(x, y, "_", color=colour, markersize=22, markeredgewidth=1.3, label=name)
            else:
                axes.plot(*_split(x, y), style, color=colour, label=name)
            _points(axes, name, colour, predictions)
        _keep_to_points(axes, picture, predictions)
        axes.axhline(0, color="#999999", linewidth=0.5, zorder=0)
        if picture.names:
            axes.set_xticks(range(len(picture.names)), picture.names)
            axes.set_xlim(-0.6, len(picture.names) - 0.4)
        for name, at in picture.marks.items():
            axes.axvline(at, color="#555555", linewidth=0.8, linestyle=":")
            axes.annotate(name, (at, 0.97), xycoords=("data", "axes fraction"), ha="left", va="top")
        axes.set(xlabel=picture.x, ylabel=picture.y)
        if picture.logarithmic:
            axes.set_xscale("log")
        if len(picture.curves) > FEW:
            figure.legend(loc="outside lower center", ncols=3)
        else:
            axes.legend(loc="best")
    return _element(written.getvalue())


def plot_scores(predictions: Sequence[PredictionRow], critical: float) -> str | None:
    """The z of the predictions of a claim, and the |z| that refutes; None for too few to see."""
    tested = (row for row in predictions if not row["ordering"])
    rows = [(row["engine"], row["z"]) for row in tested if row["z"] is not None]
    if len(rows) < FEWEST:
        return None
    with _drawing((SIZE[0], SIZE[1] * 0.7)) as (_, axes, written):
        for (engine, (marker, _)), colour in zip(MARKERS.items(), COLOURS, strict=False):
            scores = {k: z for k, (name, z) in enumerate(rows, 1) if name == engine}
            if scores:
                filled = colour if engine == LAW else "none"
                x, z = list(scores), list(scores.values())
                axes.plot(x, z, marker, color=colour, markerfacecolor=filled, label=engine)
        for bound in (-critical, critical):
            axes.axhline(bound, color="#555555", linewidth=0.8, linestyle=":")
        axes.axhline(0, color="#999999", linewidth=0.5, zorder=0)
        axes.set(xlabel="prediction", ylabel="z (dotted: refuted beyond)")
        axes.legend(loc="best")
    return _element(written.getvalue())


@contextmanager
def _drawing(size: tuple[float, float]) -> Iterator[tuple[Figure, Axes, io.StringIO]]:
    """A figure with one pair of axes, and the text that it is written to in the end."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    written = io.StringIO()
    with mpl.rc_context(LOOK):
        figure = Figure(figsize=size)
        FigureCanvasSVG(figure)
        yield figure, figure.add_subplot(), written
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})


def _split(x: Sequence[float], y: Sequence[float]) -> tuple[Numbers, Numbers]:
    """A curve with a gap where its x leaps, as it does around a pole."""
    steps = np.diff(x)
    far = steps[1:] > 3 * np.maximum(steps[:-1], np.array(x[1:-1]) / 20)
    leaps = np.flatnonzero(far) + 2
    return np.insert(x, leaps, np.array(x)[leaps - 1]), np.insert(y, leaps, np.nan)


def _keep_to_points(axes: Axes, picture: Picture, predictions: Sequence[PredictionRow]) -> None:
    """Cut off what runs away to a pole, far beyond all that is simulated."""
    shown = [
        row["estimate"]
        for row in predictions
        if row["place"] and row["place"]["curve"] in picture.curves and row["estimate"] is not None
    ]
    if len(shown) > 1:
        low, high = min(shown), max(shown)
        bottom, top = axes.get_ylim()
        if top - bottom > RUNAWAY * (high - low):
            axes.set_ylim(low - 0.2 * (high - low), high + 0.2 * (high - low))


def _points(axes: Axes, curve: str, colour: str, predictions: Sequence[PredictionRow]) -> None:
    """Simulated points that belong to a curve: small dots by law, circles as drawn literally."""
    for engine, (marker, size) in MARKERS.items():
        points = [
            (row["place"]["x"], row["estimate"], row["standard_error"])
            for row in predictions
            if row["place"] and row["place"]["curve"] == curve and row["engine"] == engine
        ]
        if points:
            x, estimates, errors = zip(*points, strict=True)
            axes.errorbar(
                x,
                estimates,
                yerr=errors,
                fmt=marker,
                markersize=size,
                color=colour,
                markerfacecolor=colour if engine == LAW else "none",
                linewidth=0.8,
            )


def _element(written: str) -> str:
    """The svg element alone, as wide as there is room."""
    start = written.index("<svg")
    sizes = re.compile(r' (?:width|height)="[^"]*pt"')
    return sizes.sub("", written[start:].strip(), count=2)
