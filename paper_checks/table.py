"""Verdicts as a table on the terminal, and in one sentence each where they do not hold."""

from __future__ import annotations

import math
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
# The columns, their widths and sides: 100 characters with the gaps between them.
COLUMNS: dict[str, tuple[int, Literal["left", "right"]]] = {
    "claim (predictions)": (23, "left"),
    "regime": (9, "left"),
    "prediction": (10, "right"),
    "estimate ± SE": (18, "right"),
    "z": (5, "right"),
    "resolution": (10, "right"),
    "verdict": (12, "left"),
}
WIDTH = 100  # columns that the table fits, and that it takes where there is no terminal


def show(verdicts: Sequence[Verdict], console: Console) -> None:
    """Print the table, a sentence for each verdict that does not hold, and a summary."""
    console.print(table(verdicts))
    for line in sentences(verdicts):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
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


def sentences(verdicts: Sequence[Verdict]) -> list[str]:
    """What was found where predictions do not hold, one sentence for each reason."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for verdict in verdicts:
        if verdict.verdict != HOLDS:
            question = verdict.measurement.question
            key = (verdict.verdict, question.scenario, verdict.reason or "")
            found.setdefault(key, []).append(f"{question.claim.name} {question.quantity}")
    return [
        f"{word}: {', '.join(quantities)} of “{scenario}”: {reason}"
        for (word, scenario, reason), quantities in found.items()
    ]


def summary(verdicts: Sequence[Verdict]) -> str:
    """How many verdicts there are of each kind, and how many controls were refuted."""
    counts = {word: sum(v.verdict == word for v in verdicts) for word in SEVERITY}
    controls = [control for verdict in verdicts for control in verdict.controls]
    told = (
        f" Of {len(controls)} deliberately wrong ones {sum(of.refuted for of in controls)} are "
        "refuted."
    )
    return (
        f"{len(verdicts)} predictions: {counts[HOLDS]} hold, {counts[REFUTED]} refuted, "
        f"{counts[INCONCLUSIVE]} inconclusive (family-wise error {FAMILY_ERROR})."
        + (told if controls else "")
    )


def _row(verdicts: list[Verdict]) -> Iterable[RenderableType]:
    worst = max(verdicts, key=_concern)
    question, reading = worst.measurement.question, worst.measurement.reading
    name = question.claim.name
    if len(verdicts) > 1:
        name += f" ({len(verdicts)})"
    if question.claim.name == "risk":
        name += f" {question.quantity}"
    yield f"  {name}"
    yield question.regime.removesuffix("parameterized")
    yield f"{question.prediction:.5g}"
    yield f"{reading.estimate:.5g} ± {reading.standard_error:.1g}" if reading else "none"
    yield f"{worst.z:+.2f}" if math.isfinite(worst.z) else "–"
    yield f"{worst.resolution:.2%}" if math.isfinite(worst.resolution) else "–"
    yield Text(worst.verdict, style=COLOURS[worst.verdict])


def _concern(verdict: Verdict) -> tuple[int, float]:
    return SEVERITY.index(verdict.verdict), abs(verdict.z) if math.isfinite(verdict.z) else 0.0
