"""Verdicts as a table with sentences: on a terminal, as text, and in a notebook."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from io import StringIO
from itertools import groupby
from string import ascii_lowercase
from typing import Literal

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from update_magnitude.paper_checks.candidates.report import closing
from update_magnitude.paper_checks.candidates.report import sentences as on_candidates
from update_magnitude.paper_checks.claims import CLAIMS
from update_magnitude.paper_checks.questions import Question, Reading
from update_magnitude.paper_checks.reports.numbers import HEADINGS, cells, percentage
from update_magnitude.paper_checks.self_test import Mistakes
from update_magnitude.paper_checks.sentences import SEVERITY, on_limits, on_paper, reasons, summary
from update_magnitude.paper_checks.verdicts import HOLDS, INCONCLUSIVE, REFUTED, Verdict

COLOURS = {HOLDS: "green", REFUTED: "bold red", INCONCLUSIVE: "yellow"}
BOUNDS = {0: "", 1: "> ", -1: "< "}
# The columns, their widths and sides: 100 characters with the gaps between them.
COLUMNS: dict[str, tuple[int, Literal["left", "right"]]] = {
    "claim (predictions)": (23, "left"),
    "by": (5, "left"),
    "regime": (6, "left"),
    "prediction": (10, "right"),
    "estimate ± SE": (15, "right"),
    "z": (5, "right"),
    "resolution": (10, "right"),
    "verdict": (12, "left"),
}
GAP = 2  # blanks between columns
NARROWEST = 47  # columns that a panel takes at least; a narrower terminal breaks its lines
WIDTH = 100  # columns that the table fits, and that it takes where there is no terminal


def show(verdicts: Sequence[Verdict], console: Console) -> None:
    """Print the table, sentences on what was found, and a summary.

    A claim has one row for each engine, which shows the worst of its predictions; a candidate has
    one for each scenario and variation.
    """
    if any(verdict.claim == "candidate" for verdict in verdicts):
        lines = [*on_candidates(verdicts), closing(verdicts)]
        _print(_scenario_table(verdicts, console.width), lines, console)
    else:
        lines = reasons((verdict.document() for verdict in verdicts), with_claims=True)
        lines += [*on_paper(verdicts), *on_limits(verdicts), summary(verdicts)]
        _print(_claim_table(verdicts, console.width), lines, console)


def in_lines(verdicts: Sequence[Verdict]) -> str:
    """The same as text."""
    text = StringIO()
    show(verdicts, Console(file=text, width=WIDTH))
    return "\n".join(line.rstrip() for line in text.getvalue().rstrip().splitlines())


def in_html(verdicts: Sequence[Verdict]) -> str:
    """A table for each claim, with a row for every verdict; the variation beside the scenario."""
    head = "".join(f"<th>{escape(name)}</th>" for name in HEADINGS)
    parts = []
    for (claim, statement), group in groupby(verdicts, key=lambda v: (v.claim, v.statement)):
        rows = []
        for verdict in group:
            place, *others = cells(verdict.document())
            place += f", {verdict.variation}" if verdict.variation else ""
            rows.append(
                f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in (place, *others))}</tr>"
            )
        body = "\n".join(rows)
        parts.append(f"<p><strong>{escape(claim)}</strong>: {escape(statement)}</p>")
        parts.append(f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>")
    return "\n".join(parts)


def terminal() -> Console:
    """Where the command prints: as wide as the terminal, or as the table where there is none."""
    console = Console()
    console.width = max(NARROWEST if console.is_terminal else WIDTH, console.width)
    return console


def show_self_test(mistakes: Sequence[Mistakes], console: Console) -> None:
    """Print what became of the negative controls, claim by claim."""
    rows = Table.grid(padding=(0, GAP))
    for side in ("left", "right", "right", "right", "right"):
        rows.add_column(justify=side, no_wrap=True)
    heading = ("claim", "wrong predictions", "refuted", "smallest error refuted", "by all")
    rows.add_row(*(Text(name, style="bold") for name in heading))
    for result in mistakes:
        count = len(result.refuted) + len(result.survived)
        errors = (f"{result.smallest:.3%}", f"{result.largest:.3%}")
        rows.add_row(result.claim, str(count), str(len(result.refuted)), *errors)
    lines = [f"survived: {result.claim}: {name}" for result in mistakes for name in result.survived]
    lines += [
        f"too small to tell at this resolution: {result.claim}: {name}"
        for result in mistakes
        for name in result.too_small
    ]
    refuted = sum(len(result.refuted) for result in mistakes)
    left = sum(len(result.survived) for result in mistakes)
    lines.append(f"{refuted + left} wrong predictions: {refuted} refuted, {left} survived.")
    _print(Group(rows, ""), lines, console)


def panels(width: int) -> list[list[str]]:
    """The columns of a table, in as many panels as fit a width; two name the row in each of them.

    Example:
        >>> [names[2:] for names in panels(80)]
        [['regime', 'prediction', 'estimate ± SE', 'z'], ['resolution', 'verdict']]
        >>> len(panels(WIDTH))
        1
    """
    key, *_ = names = [list(COLUMNS)[:2]]
    for name in list(COLUMNS)[2:]:
        wide = sum(COLUMNS[column][0] + GAP for column in [*names[-1], name]) - GAP
        if names[-1] != key and wide > width:
            names.append(key)
        names[-1] = [*names[-1], name]
    return names


def _print(table: RenderableType, lines: Iterable[str], console: Console) -> None:
    console.print(table)
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=not console.is_terminal)


def _claim_table(verdicts: Sequence[Verdict], width: int) -> Group:
    """A row for every claim and engine, in the order of the claims, with its worst prediction."""
    groups: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault((verdict.claim, verdict.engine), []).append(verdict)
    order = {name: place for place, name in enumerate(CLAIMS)}
    rows = [groups[key] for key in sorted(groups, key=lambda key: order.get(key[0], len(order)))]
    shown = [_worst(group) for group in rows]
    parts: list[RenderableType] = []
    for names in panels(width):
        parts += [*_heading(names), _rows(rows, names, _footnote_marks(shown)), ""]
    return Group(*parts, *_footnotes(shown))


def _scenario_table(verdicts: Sequence[Verdict], width: int) -> Group:
    """Rows by scenario, one per candidate and variation, unless these could not be tested."""
    marks = _footnote_marks(verdicts)
    parts: list[RenderableType] = []
    for names in panels(width):
        parts += _heading(names)
        for title, rungs in groupby(verdicts, key=lambda verdict: verdict.scenario):
            tested = (v for v in rungs if v.measurement.reading or v.variation is None)
            shown = groupby(tested, key=lambda v: (v.measurement.question.claim, v.variation))
            rows = _rows([list(group) for _, group in shown], names, marks)
            parts += [Text(title, style="bold"), rows]
        parts.append("")
    return Group(*parts, *_footnotes(verdicts))


def _worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict that stands for a row."""

    def concern(verdict: Verdict) -> tuple[int, float]:
        tested = math.isfinite(verdict.z) and not verdict.measurement.question.side
        return SEVERITY.index(verdict.verdict), abs(verdict.z) if tested else 0.0

    return max(verdicts, key=concern)


def _footnote_marks(verdicts: Sequence[Verdict]) -> dict[str, str]:
    """A letter for everything, other than predictions themselves, that a resolution refers to."""
    known = [verdict for verdict in verdicts if math.isfinite(verdict.resolution)]
    units = dict.fromkeys(verdict.measurement.question.relative_to for verdict in known)
    return dict(zip(filter(None, units), ascii_lowercase, strict=False))


def _footnotes(verdicts: Sequence[Verdict]) -> list[RenderableType]:
    """What the letters beside resolutions stand for, and an empty line below them."""
    notes = [Text(f"{m}: relative to {unit}") for unit, m in _footnote_marks(verdicts).items()]
    return [*notes, ""] if notes else []


def _heading(names: Sequence[str]) -> list[RenderableType]:
    heading = _columns(names)
    heading.add_row(*(Text(name, style="bold") for name in names))
    return [heading, Rule(characters="─", style="none")]


def _rows(groups: Iterable[list[Verdict]], names: Sequence[str], marks: Mapping[str, str]) -> Table:
    """A row for the worst verdict of each group."""
    rows = _columns(names)
    for verdicts in groups:
        row = dict(zip(COLUMNS, _cells(verdicts, marks), strict=True))
        rows.add_row(*(row[name] for name in names))
    return rows


def _columns(names: Sequence[str]) -> Table:
    columns = Table.grid(padding=(0, GAP))
    for name in names:
        width, side = COLUMNS[name]
        columns.add_column(name, width=width, justify=side, no_wrap=True)
    return columns


def _cells(verdicts: list[Verdict], marks: Mapping[str, str]) -> Iterable[RenderableType]:
    worst = _worst(verdicts)
    question, reading = worst.measurement.question, worst.measurement.reading
    known = math.isfinite(worst.resolution)
    mark = marks.get(question.relative_to or "", " ") if known else " "
    room = COLUMNS["prediction"][0] - 2
    predicted = _fitted(worst.prediction, room) if math.isfinite(worst.prediction) else "none"
    yield _label(question, len(verdicts))
    yield worst.engine
    yield _regime(worst.regime)
    yield BOUNDS[question.side] + predicted
    yield _estimate(reading) if reading else "none"
    yield _z(worst.z) if math.isfinite(worst.z) else "–"
    yield f"{percentage(worst.resolution) if known else '–'} {mark}"
    yield Text(worst.verdict, style=COLOURS[worst.verdict])


def _label(question: Question, count: int) -> str:
    if question.variation:
        return f"    {question.variation.name}"
    if question.claim.name == "candidate":  # of which there are several in a scenario
        return f"  candidate {question.quantity}"
    return question.claim.name + (f" ({count})" if count > 1 else "")


def _regime(words: str) -> str:
    """Six letters of a regime."""
    short = {"no update": "none", "threshold": "m ≈ n"}
    return short.get(words, words.removesuffix("parameterized"))


def _estimate(reading: Reading) -> str:
    """Estimate and error; the error as a power of ten where it leaves no room otherwise."""
    width, plain = COLUMNS["estimate ± SE"][0], f" ± {reading.standard_error:.1g}"
    value = f"{reading.estimate:.4g}"
    if len(value) + len(plain) > width:
        digit, _, power = f"{reading.standard_error:.0e}".partition("e")
        plain = f" ± {digit}e{int(power)}"
    return _fitted(reading.estimate, width - len(plain)) + plain


def _fitted(value: float, width: int) -> str:
    """A number with five digits, or with as many as fit."""
    texts = [f"{value:.{digits}g}" for digits in (5, 4, 3, 2, 1)]
    return next((text for text in texts if len(text) <= width), texts[-1])


def _z(z: float) -> str:
    """As many digits as fit the column."""
    if abs(z) >= 9999.5:
        return ">+1e4" if z > 0 else "<-1e4"
    return f"{z:+.{2 if abs(z) < 9.995 else 1 if abs(z) < 99.95 else 0}f}"
