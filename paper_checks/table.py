"""Verdicts as a table on the terminal, and in one sentence each where they do not hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Literal

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from paper_checks.judging import HOLDS, INCONCLUSIVE, REFUTED, Verdict
from paper_checks.statistics import FAMILY_ERROR

COLOURS = {HOLDS: "green", REFUTED: "bold red", INCONCLUSIVE: "yellow"}
SEVERITY = (HOLDS, INCONCLUSIVE, REFUTED)
# The columns, their widths and sides: 97 characters with the gaps between them.
COLUMNS: dict[str, tuple[int, Literal["left", "right"]]] = {
    "claim (predictions)": (22, "left"),
    "regime": (6, "left"),
    "prediction": (10, "right"),
    "estimate ± SE": (20, "right"),
    "z": (5, "right"),
    "resolution": (10, "right"),
    "verdict": (12, "left"),
}
WIDTH = 100  # columns that the table fits, and that it takes where there is no terminal


def show(verdicts: Sequence[Verdict], console: Console) -> None:
    """Print the table, a sentence for each verdict that does not hold, and a summary."""
    console.print(table(verdicts))
    for verdict in verdicts:
        if verdict.verdict != HOLDS:
            console.print(sentence(verdict), highlight=False, markup=False, soft_wrap=True)
    console.print(summary(verdicts), highlight=False, soft_wrap=True)


def table(verdicts: Sequence[Verdict]) -> Group:
    """Rows by scenario, one per claim; of several predictions it shows the worst."""
    heading = _columns()
    heading.add_row(*(Text(name, style="bold") for name in COLUMNS))
    parts: list[RenderableType] = [heading, Rule(characters="─", style="none")]
    for title, of_scenario in groupby(verdicts, key=lambda v: v.measurement.question.scenario):
        rows = _columns()
        for _, of_claim in groupby(of_scenario, key=lambda v: v.measurement.question.claim.name):
            rows.add_row(*_row(list(of_claim)))
        parts += [Text(title, style="bold"), rows]
    return Group(*parts, "")


def _columns() -> Table:
    columns = Table.grid(padding=(0, 2))
    for name, (width, side) in COLUMNS.items():
        columns.add_column(name, width=width, justify=side, no_wrap=True)
    return columns


def sentence(verdict: Verdict) -> str:
    """What was found where a prediction does not hold."""
    question = verdict.measurement.question
    return (
        f"{verdict.verdict}: {question.claim.name}, {question.quantity} of "
        f"“{question.scenario}”: {verdict.reason}"
    )


def summary(verdicts: Sequence[Verdict]) -> str:
    """How many verdicts there are of each kind, and how many controls were refuted."""
    counts = {word: sum(v.verdict == word for v in verdicts) for word in SEVERITY}
    controls = [control for verdict in verdicts for control in verdict.controls]
    return (
        f"{len(verdicts)} predictions: {counts[HOLDS]} hold, {counts[REFUTED]} refuted, "
        f"{counts[INCONCLUSIVE]} inconclusive (family-wise error {FAMILY_ERROR}). "
        f"{sum(control.refuted for control in controls)} of {len(controls)} deliberately wrong "
        "predictions refuted."
    )


def _row(verdicts: list[Verdict]) -> Iterable[RenderableType]:
    worst = max(verdicts, key=_concern)
    question, reading = worst.measurement.question, worst.measurement.reading
    name = question.claim.name
    yield f"  {name} ({len(verdicts)})" if len(verdicts) > 1 else f"  {name}"
    yield question.regime
    yield f"{question.prediction:.5g}"
    yield f"{reading.estimate:.5g} ± {reading.standard_error:.1g}" if reading else "none"
    yield f"{worst.z:+.2f}" if reading else "–"
    yield f"{worst.resolution:.2%}" if reading else "–"
    yield Text(worst.verdict, style=COLOURS[worst.verdict])


def _concern(verdict: Verdict) -> tuple[int, float]:
    return SEVERITY.index(verdict.verdict), abs(verdict.z) if verdict.controls else 0.0
