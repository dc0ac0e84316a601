"""Pictures of the interactive page: drawn once, and the scenario itself marked in them anew.

Drawing takes a tenth of a second. But neither the strategy nor the distance of a scenario changes
its curves, and the number of samples does not change its map: while these move, only a dot does.
"""

from __future__ import annotations

import base64
import io
import math
import threading
from functools import lru_cache
from typing import NamedTuple

import matplotlib as mpl
from matplotlib.figure import Figure

from update_magnitude.figures.explore import panels
from update_magnitude.figures.explore.controls import FARTHEST
from update_magnitude.figures.explore.maps import under
from update_magnitude.figures.style import STRATEGIES, style
from update_magnitude.scenarios import Scenario, varied
from update_magnitude.scenarios.templates import render
from update_magnitude.theory import means

KEPT = 64  # pictures of each kind
SIZE = 4.5  # of the dot, in points
_DRAWING = threading.Lock()  # matplotlib's style is global, and every reader of the page a thread


class Drawn(NamedTuple):
    """A figure of one panel as SVG, and where its data lie in it: offset and slope, in points."""

    svg: str
    x: tuple[float, float]
    y: tuple[float, float]

    def marked(self, x: float, y: float, colour: str) -> str:
        """The SVG with a dot at a point of the data, if there is such a point."""
        if not (math.isfinite(x) and math.isfinite(y)):
            return self.svg
        place = f'cx="{self.x[0] + self.x[1] * x:.2f}" cy="{self.y[0] + self.y[1] * y:.2f}"'
        dot = f'<circle {place} r="{SIZE}" fill="{colour}" stroke="white" stroke-width="1.2"/>'
        return self.svg.replace("</svg>", f"{dot}</svg>")


def curve(scenario: Scenario, measure: str) -> str:
    """A measure against parameter distance, the scenario marked on the curve of its strategy."""
    drawn = _curve(varied(under(scenario, "frozen"), {panels.DISTANCE: FARTHEST}), measure)
    dot = (panels.distance_of(scenario), getattr(means(scenario), measure))
    colour = STRATEGIES[scenario.updates.strategy].colour
    words = f"{panels.MEASURES[measure]} against parameter distance under three strategies"
    return image(drawn.marked(*dot, colour), words)


def regimes(scenario: Scenario) -> str:
    """The regime map, the scenario marked."""
    most = {panels.DISTANCE: FARTHEST, "tasks.samples": panels.most_samples(scenario)}
    drawn = _regimes(varied(under(scenario, "frozen"), most))
    dot = (panels.distance_of(scenario), panels.samples_per_parameter(scenario))
    words = (
        "which of frozen and initialized training forgets less, over parameter distance and "
        "samples per parameter"
    )
    return image(drawn.marked(*dot, "black"), words)


def image(svg: str, words: str) -> str:
    """An SVG as an image that scales with the page, and the words for who cannot see it."""
    data = base64.b64encode(svg.encode()).decode()
    return render("figures/explore/picture.html", words=words, data=data)


def draw(figure: Figure) -> Drawn:
    """Draw a figure of one panel, whose axes are linear; within the style of all figures."""
    written = io.StringIO()
    figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    axes, height = figure.axes[0], 72 * figure.get_figheight()
    corners = axes.transData.transform([(0.0, 0.0), (1.0, 1.0)]) * (72 / figure.dpi)
    (left, low), (right, high) = corners.tolist()
    return Drawn(written.getvalue(), (left, right - left), (height - low, low - high))


@lru_cache(KEPT)
def _curve(scenario: Scenario, measure: str) -> Drawn:
    with _DRAWING, style(), mpl.rc_context({"svg.fonttype": "path"}):  # readers lack the font
        return draw(panels.plot_curves(panels.curves(scenario), measure))


@lru_cache(KEPT)
def _regimes(scenario: Scenario) -> Drawn:
    with _DRAWING, style(), mpl.rc_context({"svg.fonttype": "path"}):
        return draw(panels.plot_regimes(panels.regimes(scenario)))
