"""The panels of the interactive page as HTML: tables, verdicts, pictures and lines of words.

Drawing takes a tenth of a second. But neither the strategy nor the distance of a scenario changes
its curves, and the number of samples does not change its map: pictures are kept, and while these
move, only the dot that marks the scenario does.
"""

from __future__ import annotations

import base64
import io
import math
import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

import matplotlib as mpl
from matplotlib.figure import Figure

from update_magnitude.figures.explore import panels
from update_magnitude.figures.explore.controls import FARTHEST
from update_magnitude.figures.explore.maps import under
from update_magnitude.figures.style import STRATEGIES, style
from update_magnitude.paper_checks.reports.numbers import table
from update_magnitude.paper_checks.sentences import reasons
from update_magnitude.paper_checks.verdicts import Outcome
from update_magnitude.scenarios import Scenario, ScenarioError, varied
from update_magnitude.scenarios.templates import render
from update_magnitude.theory import means

FOLDER = "figures/explore"
MEANS = ("forgetting", "generalization", "learning_error")
DASHES = {"-": "", "--": "6 3", "-.": "7 3 2 3", ":": "2 3"}  # of the lines of figures.style
KEPT = 64  # pictures of each kind
SIZE = 4.5  # of the dot, in points
HEADING = """<div class="name" role="heading" aria-level="1">Update magnitude</div>
<p>How much should a model change at each task? What theory predicts, as you move a slider;
simulation, when you ask for it.</p>"""
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
    """The panel of one measure against parameter distance, the scenario marked on its curve."""

    def picture() -> str:
        drawn = drawn_curve(varied(under(scenario, "frozen"), {panels.DISTANCE: FARTHEST}), measure)
        colour = STRATEGIES[scenario.updates.strategy].colour
        value = getattr(means(scenario), measure)
        words = f"{panels.MEASURES[measure]} against parameter distance under three strategies"
        return image(drawn.marked(panels.distance_of(scenario), value, colour), words)

    return panel(panels.MEASURES[measure].capitalize(), picture)


def regimes(scenario: Scenario) -> str:
    """The panel of the regime map, the scenario marked."""

    def picture() -> str:
        most = {panels.DISTANCE: FARTHEST, "tasks.samples": panels.most_samples(scenario)}
        drawn = drawn_regimes(varied(under(scenario, "frozen"), most))
        share = scenario.tasks.samples[0] / scenario.blocks.capacity
        words = (
            "which of frozen and initialized training forgets less, over parameter distance and "
            "samples per parameter"
        )
        return image(drawn.marked(panels.distance_of(scenario), share, "black"), words)

    return panel("Which strategy forgets less", picture)


def numbers(scenario: Scenario) -> str:
    """The panel of exact numbers: F, G and L of each strategy, and what is to say of them."""
    exact = panels.numbers(scenario)
    rows = {
        name: [float(exact[mean].sel(strategy=name)) for mean in MEANS] for name in panels.SHOWN
    }
    table_of_means = render(
        f"{FOLDER}/means.html",
        rows=rows,
        chosen=scenario.updates.strategy,
        looks=STRATEGIES,
        dashes=DASHES,
        number=_number,
    )
    words = [*panels.undefined_words(exact), *panels.critical_words(scenario)]
    is_exact = exact.attrs["method"] == "exact"
    title = "Exact means" if is_exact else "Means in the limit of many parameters"
    return card(title, table_of_means + lines(words))


def refusal(error: ScenarioError) -> str:
    """Why there is nothing to show, in one line."""
    return lines([f"{error}."], "notice")


def how_to_run(text: str) -> str:
    """The text of a scenario file, and the command that takes it from there."""
    return render(f"{FOLDER}/run.html", text=text)


def panel(title: str, show: Callable[[], str]) -> str:
    """What can be shown, or in a line why it cannot: elsewhere on a curve no scenario may be."""
    try:
        return card(title, show())
    except ScenarioError as error:
        return card(title, refusal(error))


def card(title: str, inside: str) -> str:
    """A panel under its heading, of which marimo would make a table of contents were it an h2."""
    return render(f"{FOLDER}/card.html", title=title, inside=inside)


def lines(words: Iterable[str], kind: str = "words") -> str:
    """Paragraphs of plain words."""
    return render(f"{FOLDER}/lines.html", lines=list(words), kind=kind)


def verdicts(outcome: Outcome) -> str:
    """The verdict on the whole, the line that says how it came about, and all predictions."""
    rows = [verdict.document() for verdict in outcome.verdicts]
    return render(
        f"{FOLDER}/verdicts.html",
        word=panels.verdict_of(outcome),
        line=panels.verdict_line(outcome),
        lines=reasons(rows, with_claims=True),
        predictions=table(rows, "claim"),
    )


def image(svg: str, words: str) -> str:
    """An SVG as an image that scales with the page, and the words for who cannot see it."""
    data = base64.b64encode(svg.encode()).decode()
    return render(f"{FOLDER}/picture.html", words=words, data=data)


@lru_cache(KEPT)
def drawn_curve(scenario: Scenario, measure: str) -> Drawn:
    """The curves that a scenario lies on."""
    return draw(lambda: panels.plot_curves(panels.curves(scenario), measure))


@lru_cache(KEPT)
def drawn_regimes(scenario: Scenario) -> Drawn:
    """The map that a scenario lies in."""
    return draw(lambda: panels.plot_regimes(panels.regimes(scenario)))


def draw(plot: Callable[[], Figure]) -> Drawn:
    """Draw a figure of one panel, whose axes are linear, in the style of all figures."""
    written = io.StringIO()
    with _DRAWING, style(), mpl.rc_context({"svg.fonttype": "path"}):  # readers lack the font
        figure = plot()
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    axes, height = figure.axes[0], 72 * figure.get_figheight()
    corners = axes.transData.transform([(0.0, 0.0), (1.0, 1.0)]) * (72 / figure.dpi)
    (left, low), (right, high) = corners.tolist()
    return Drawn(written.getvalue(), (left, right - left), (height - low, low - high))


def _number(value: float) -> str:
    """Six digits, with a true minus sign; words where there is none."""
    return f"{value:.6g}".replace("-", "−") if math.isfinite(value) else "undefined"
