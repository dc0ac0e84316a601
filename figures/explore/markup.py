"""The panels of the interactive page as HTML: tables, verdicts and lines of words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from html import escape

from update_magnitude.figures.explore import panels, pictures
from update_magnitude.figures.style import STRATEGIES, Look
from update_magnitude.paper_checks.outcome import Outcome
from update_magnitude.paper_checks.reports.numbers import HEADINGS, cells, foremost
from update_magnitude.paper_checks.reports.numbers import Row as Entries
from update_magnitude.paper_checks.table import sentences
from update_magnitude.scenarios import Scenario, ScenarioError

DASHES = {"-": "", "--": "6 3", "-.": "7 3 2 3", ":": "2 3"}  # of the lines of figures.style
HEADING = """<div class="name" role="heading" aria-level="1">Update magnitude</div>
<p>How much should a model change at each task? Exact means, as you move a slider; simulation, when
you ask for it.</p>"""
MEANS = {  # headings of the exact means, and how their columns are set
    "strategy": "",
    "forgetting F<sub>T</sub>": ' class="number"',
    "generalization error G<sub>T</sub>": ' class="number"',
    "learning error L<sub>T</sub>": ' class="number"',
}


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
    command = "<code>update-magnitude check explored.toml</code>"
    shown = f"<details><summary>what is in it</summary><pre>{escape(text)}</pre></details>"
    return f'<p class="words">Run it: {command}</p>{shown}'


def panel(title: str, show: Callable[[], str]) -> str:
    """What can be shown, or in a line why it cannot: elsewhere on a curve no scenario may be."""
    try:
        return card(title, show())
    except ScenarioError as error:
        return card(title, refusal(error))


def card(title: str, inside: str) -> str:
    """A panel under its heading, of which marimo would make a table of contents were it an h2."""
    heading = f'<div class="title" role="heading" aria-level="2">{escape(title)}</div>'
    return f'<section class="card">{heading}{inside}</section>'


def lines(words: Iterable[str], kind: str = "words") -> str:
    """Paragraphs of plain words."""
    return "".join(f'<p class="{kind}">{escape(of)}</p>' for of in words)


def verdicts(outcome: Outcome) -> str:
    """The verdict on the whole, the line that says how it came about, and all predictions."""
    word = panels.verdict_of(outcome)
    first, rest = foremost([of.document() for of in outcome.verdicts])
    more = ""
    if rest:
        summary = f"<summary>{len(rest)} more predictions</summary>"
        more = f"<details>{summary}{_predictions(rest)}</details>"
    line = escape(panels.verdict_line(outcome))
    said = f'<p class="verdict"><b class="{word}">{word}</b> {line}</p>'
    return said + lines(sentences(outcome.verdicts)) + _predictions(first) + more


def _means(rows: Iterable[panels.Row], chosen: str) -> str:
    """The table of exact means; one strategy stands out."""
    heading = "".join(f"<th{side}>{words}</th>" for words, side in MEANS.items())
    body = "".join(_numbers_row(row, row.strategy == chosen) for row in rows)
    return f'<table class="means"><thead><tr>{heading}</tr></thead><tbody>{body}</tbody></table>'


def _numbers_row(row: panels.Row, chosen: bool) -> str:
    values = (row.forgetting, row.generalization, row.learning_error)
    entries = "".join(f'<td class="number">{_number(of)}</td>' for of in values)
    name = f"{_swatch(STRATEGIES[row.strategy])} {escape(row.strategy)}"
    return f'<tr{" class=chosen" if chosen else ""}><th scope="row">{name}</th>{entries}</tr>'


def _number(value: float) -> str:
    """Six digits, with a true minus sign; words where there is none."""
    return f"{value:.6g}".replace("-", "−") if math.isfinite(value) else "undefined"


def _swatch(look: Look) -> str:
    """The line of a strategy, as the pictures draw it."""
    dashes = DASHES[look.line]
    return (
        '<svg width="26" height="8" aria-hidden="true"><line x1="0" y1="4" x2="26" y2="4" '
        f'stroke="{look.colour}" stroke-width="2.5" stroke-dasharray="{dashes}"/></svg>'
    )


def _predictions(rows: Iterable[Entries]) -> str:
    """Predictions as a table; on a narrow screen every entry carries its own heading."""
    names = ("claim", *HEADINGS[1:])
    heading = "".join(f"<th{_side(name)}>{name}</th>" for name in names)
    body = "".join(f"<tr>{_entries(names, (row['claim'], *cells(row)[1:]))}</tr>" for row in rows)
    return (
        f'<table class="predictions"><thead><tr>{heading}</tr></thead><tbody>{body}</tbody></table>'
    )


def _entries(names: Iterable[str], values: Iterable[str]) -> str:
    return "".join(
        f'<td{_side(name)} data-label="{name}">{_entry(name, value)}</td>'
        for name, value in zip(names, values, strict=True)
    )


def _entry(name: str, value: str) -> str:
    shown = escape(value)
    return f'<b class="{shown}">{shown}</b>' if name == "verdict" else shown


def _side(name: str) -> str:
    numbers = ("prediction", "estimate ± SE", "z", "resolution")
    return ' class="number"' if name in numbers else ""
