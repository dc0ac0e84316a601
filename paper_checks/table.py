"""Verdicts as a table on the terminal, and in one sentence each where they do not hold."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from string import ascii_lowercase
from typing import Literal

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from update_magnitude.paper_checks.judging import TELLABLE
from update_magnitude.paper_checks.questions import Claim, Question, Reading, Variation
from update_magnitude.paper_checks.self_test import Mistakes
from update_magnitude.paper_checks.statistics import FAMILY_ERROR
from update_magnitude.paper_checks.verdicts import HOLDS, INCONCLUSIVE, REFUTED, Control, Verdict

COLOURS = {HOLDS: "green", REFUTED: "bold red", INCONCLUSIVE: "yellow"}
BOUNDS = {0: "", 1: "> ", -1: "< "}
SEVERITY = (HOLDS, INCONCLUSIVE, REFUTED)
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


def show_with(table: RenderableType, lines: Iterable[str], console: Console) -> None:
    """Print a table, and lines below it."""
    console.print(table)
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def claim_table(verdicts: Sequence[Verdict], width: int) -> Group:
    """A row for every claim and engine; of its predictions it shows the worst."""
    groups = _grouped(verdicts)
    shown = [_worst(group) for group in groups]
    parts: list[RenderableType] = []
    for names in panels(width):
        parts += [*_heading(names), _rows(groups, names, footnote_marks(shown)), ""]
    return Group(*parts, *footnotes(shown))


def scenario_table(verdicts: Sequence[Verdict], width: int) -> Group:
    """Rows by scenario, one per candidate and variation, unless these could not be tested."""
    marks = footnote_marks(verdicts)
    parts: list[RenderableType] = []
    for names in panels(width):
        parts += _heading(names)
        for title, found in groupby(verdicts, key=lambda v: v.measurement.question.scenario):
            shown = groupby(filter(_has_row, found), key=_row_key)
            rows = _rows([list(group) for _, group in shown], names, marks)
            parts += [Text(title, style="bold"), rows]
        parts.append("")
    return Group(*parts, *footnotes(verdicts))


def footnote_marks(verdicts: Sequence[Verdict]) -> dict[str, str]:
    """A letter for everything, other than predictions themselves, that a resolution refers to."""
    known = [verdict for verdict in verdicts if math.isfinite(verdict.resolution)]
    units = dict.fromkeys(verdict.measurement.question.relative_to for verdict in known)
    return dict(zip(filter(None, units), ascii_lowercase, strict=False))


def footnotes(verdicts: Sequence[Verdict]) -> list[RenderableType]:
    """What the letters beside resolutions stand for, and an empty line below them."""
    marks = footnote_marks(verdicts)
    notes = [Text(f"{mark}: relative to {unit}") for unit, mark in marks.items()]
    return [*notes, ""] if notes else []


def percentage(resolution: float) -> str:
    """A resolution with two decimals; what is too small or too large for them as a bound.

    Example:
        >>> percentage(0.00431), percentage(7e-6), percentage(5e3)
        ('0.43%', '<0.01%', '>999%')
    """
    if 0 < resolution < 0.5e-4:
        return "<0.01%"
    return f"{resolution:.2%}" if resolution < 9.99 else ">999%"


def _grouped(verdicts: Sequence[Verdict]) -> list[list[Verdict]]:
    """The verdicts of each claim on each engine, in the order of the claims."""
    groups: dict[tuple[Claim, str], list[Verdict]] = {}
    for verdict in verdicts:
        measurement = verdict.measurement
        groups.setdefault((measurement.question.claim, measurement.engine), []).append(verdict)
    return [entry for _, entry in sorted(groups.items(), key=lambda entry: _place(entry[0][0]))]


def _worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict that stands for a row."""
    return max(verdicts, key=_concern)


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
        if names[-1] != key and _width([*names[-1], name]) > width:
            names.append(key)
        names[-1] = [*names[-1], name]
    return names


def _width(names: Sequence[str]) -> int:
    return sum(COLUMNS[name][0] + GAP for name in names) - GAP


def show_self_test(found: Sequence[Mistakes], console: Console) -> None:
    """Print what became of the negative controls, claim by claim."""
    rows = Table.grid(padding=(0, 2))
    for side in ("left", "right", "right", "right", "right"):
        rows.add_column(justify=side, no_wrap=True)
    heading = ("claim", "wrong predictions", "refuted", "smallest error refuted", "by all")
    rows.add_row(*(Text(name, style="bold") for name in heading))
    for of in found:
        count = len(of.refuted) + len(of.survived)
        errors = (f"{of.smallest:.3%}", f"{of.largest:.3%}")
        rows.add_row(of.claim, str(count), str(len(of.refuted)), *errors)
    lines = [f"survived: {result.claim}: {name}" for result in found for name in result.survived]
    lines += [
        f"too small to tell at this resolution: {result.claim}: {name}"
        for result in found
        for name in result.untold
    ]
    told = sum(len(result.refuted) for result in found)
    left = sum(len(result.survived) for result in found)
    lines.append(f"{told + left} wrong predictions: {told} refuted, {left} survived.")
    show_with(Group(rows, ""), lines, console)


def _place(claim: Claim) -> int:
    """Where a claim stands among all."""
    from update_magnitude.paper_checks.claims import CLAIMS

    names = list(CLAIMS)
    return names.index(claim.name) if claim.name in names else len(names)


def _heading(names: Sequence[str]) -> list[RenderableType]:
    heading = _columns(names)
    heading.add_row(*(Text(name, style="bold") for name in names))
    return [heading, Rule(characters="─", style="none")]


def _rows(groups: Iterable[list[Verdict]], names: Sequence[str], marks: Mapping[str, str]) -> Table:
    """A row for the worst verdict of each group."""
    rows = _columns(names)
    for verdicts in groups:
        cells = dict(zip(COLUMNS, _row(verdicts, marks), strict=True))
        rows.add_row(*(cells[name] for name in names))
    return rows


def _has_row(verdict: Verdict) -> bool:
    measurement = verdict.measurement
    return measurement.reading is not None or measurement.question.variation is None


def _row_key(verdict: Verdict) -> tuple[Claim, Variation | None]:
    question = verdict.measurement.question
    return question.claim, question.variation


def _columns(names: Sequence[str]) -> Table:
    columns = Table.grid(padding=(0, GAP))
    for name in names:
        width, side = COLUMNS[name]
        columns.add_column(name, width=width, justify=side, no_wrap=True)
    return columns


def sentences(verdicts: Sequence[Verdict]) -> list[str]:
    """What was found where predictions do not hold, one sentence for each reason."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for verdict in verdicts:
        if verdict.verdict != HOLDS:
            question, engine = verdict.measurement.question, verdict.measurement.engine
            key = (verdict.verdict, question.scenario, engine, verdict.reason or "")
            found.setdefault(key, []).append(f"{question.claim.name} {question.quantity}")
    return [
        f"{word}: {', '.join(quantities)} of “{scenario}” ({engine}): {reason}"
        for (word, scenario, engine, reason), quantities in found.items()
    ]


def on_paper(verdicts: Sequence[Verdict]) -> list[str]:
    """At how many places of each claim what the paper says holds, and at how many it fails."""
    found: dict[str, list[bool]] = {}
    for verdict in verdicts:
        question = verdict.measurement.question
        if question.paper is not None and verdict.verdict == HOLDS:
            found.setdefault(question.claim.name, []).append(question.paper)
    return [
        f"the paper's claim, {name}: holds at {sum(places)} of {len(places)} places tested"
        for name, places in found.items()
        if not all(places)
    ]


def summary(verdicts: Sequence[Verdict]) -> str:
    """How many verdicts there are of each kind, and how many controls were refuted."""
    controls = [control for verdict in verdicts for control in verdict.controls]
    return (
        f"{len(verdicts)} prediction{'s' * (len(verdicts) != 1)}: {counts(verdicts)} "
        f"(family-wise error {FAMILY_ERROR})." + (of_controls(controls) if controls else "")
    )


def of_controls(controls: Sequence[Control]) -> str:
    """How many deliberately wrong predictions are refuted, and what became of the others."""
    refuted = sum(control.refuted for control in controls)
    close = sum(not control.refuted and not control.tellable for control in controls)
    left = len(controls) - refuted - close
    words = f" Of {len(controls)} deliberately wrong ones {refuted} are refuted"
    if close:
        words += (
            f"; {close} differ{'s' * (close == 1)} from the right one by less than {TELLABLE} "
            "times the resolution asked for, too little to be distinguished"
        )
    if left:
        words += (
            f"; {left} {'is' if left == 1 else 'are'} further off and not refuted by this one "
            "number: --self-test says whether another prediction refutes the same mistake"
        )
    return f"{words}."


def counts(verdicts: Sequence[Verdict]) -> str:
    """How many verdicts there are of each kind."""
    of = {word: sum(verdict.verdict == word for verdict in verdicts) for word in SEVERITY}
    return f"{of[HOLDS]} hold, {of[REFUTED]} refuted, {of[INCONCLUSIVE]} inconclusive"


def _row(verdicts: list[Verdict], marks: Mapping[str, str]) -> Iterable[RenderableType]:
    worst = _worst(verdicts)
    question, reading = worst.measurement.question, worst.measurement.reading
    yield _label(question, len(verdicts))
    yield worst.measurement.engine
    yield _regime(question.regime)
    yield BOUNDS[question.side] + _known(question.prediction, COLUMNS["prediction"][0] - 2)
    yield _estimate(reading) if reading else "none"
    yield _z(worst.z) if math.isfinite(worst.z) else "–"
    known = math.isfinite(worst.resolution)
    mark = marks.get(question.relative_to or "", " ") if known else " "
    yield f"{percentage(worst.resolution) if known else '–'} {mark}"
    yield Text(worst.verdict, style=COLOURS[worst.verdict])


def _known(value: float, width: int) -> str:
    return _fitted(value, width) if math.isfinite(value) else "none"


def _regime(words: str) -> str:
    """Six letters of a regime."""
    return {"no update": "none", "threshold": "m ≈ n"}.get(
        words, words.removesuffix("parameterized")
    )


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


def _label(question: Question, count: int) -> str:
    if question.variation:
        return f"    {question.variation.name}"
    if question.claim.name == "candidate":  # of which there are several in a scenario
        return f"  candidate {question.quantity}"
    return question.claim.name + (f" ({count})" if count > 1 else "")


def _concern(verdict: Verdict) -> tuple[int, float]:
    tested = math.isfinite(verdict.z) and not verdict.measurement.question.side
    return SEVERITY.index(verdict.verdict), abs(verdict.z) if tested else 0.0
