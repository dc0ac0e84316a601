"""The panels of the interactive page as HTML: tables, verdicts and lines of words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial

from update_magnitude.figures.explore import panels, pictures
from update_magnitude.figures.style import STRATEGIES
from update_magnitude.paper_checks.reports.numbers import table
from update_magnitude.paper_checks.sentences import reasons
from update_magnitude.paper_checks.verdicts import Outcome
from update_magnitude.scenarios import Scenario, ScenarioError
from update_magnitude.scenarios.templates import render

FOLDER = "figures/explore"
DASHES = {"-": "", "--": "6 3", "-.": "7 3 2 3", ":": "2 3"}  # of the lines of figures.style
HEADING = """<div class="name" role="heading" aria-level="1">Update magnitude</div>
<p>How much should a model change at each task? Exact means, as you move a slider; simulation, when
you ask for it.</p>"""


def curve(scenario: Scenario, measure: str) -> str:
    """The panel of one measure against parameter distance."""
    return panel(panels.MEASURES[measure].capitalize(), partial(pictures.curve, scenario, measure))


def regimes(scenario: Scenario) -> str:
    """The panel of the regime map."""
    return panel("Which strategy forgets less", partial(pictures.regimes, scenario))


def numbers(scenario: Scenario) -> str:
    """The panel of exact numbers: F, G and L of each strategy, and what is to say of them."""
    rows = panels.numbers(scenario)
    words = [*panels.undefined_words(rows), *panels.critical_words(scenario)]
    return card("Exact means", _means(rows, scenario.updates.strategy) + lines(words))


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


def _means(rows: Iterable[panels.Row], chosen: str) -> str:
    """The table of exact means; one strategy stands out."""
    return render(
        f"{FOLDER}/means.html",
        rows=list(rows),
        chosen=chosen,
        looks=STRATEGIES,
        dashes=DASHES,
        number=_number,
    )


def _number(value: float) -> str:
    """Six digits, with a true minus sign; words where there is none."""
    return f"{value:.6g}".replace("-", "−") if math.isfinite(value) else "undefined"
