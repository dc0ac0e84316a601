"""Verdicts as a table on the terminal, and in one sentence each where they do not hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from rich import box
from rich.console import Console
from rich.table import Table

from paper_checks.judging import HOLDS, INCONCLUSIVE, REFUTED, Verdict
from paper_checks.statistics import FAMILY_ERROR

COLOURS = {HOLDS: "green", REFUTED: "bold red", INCONCLUSIVE: "yellow"}
SEVERITY = (HOLDS, INCONCLUSIVE, REFUTED)
WIDTH = 100  # columns that the table fits, and that it takes where there is no terminal


def show(verdicts: Sequence[Verdict], console: Console) -> None:
    """Print the table, a sentence for each verdict that does not hold, and a summary."""
    console.print(table(verdicts))
    for verdict in verdicts:
        if verdict.verdict != HOLDS:
            console.print(sentence(verdict), highlight=False, soft_wrap=True)
    console.print(summary(verdicts), highlight=False, soft_wrap=True)


def table(verdicts: Sequence[Verdict]) -> Table:
    """One row per claim and scenario: of several predictions the one with the worst verdict."""
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("claim", no_wrap=True)
    shown.add_column("regime", no_wrap=True)
    for heading in ("prediction", "estimate ± SE", "z", "resolution"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("verdict", no_wrap=True)
    for title, of_scenario in groupby(verdicts, key=lambda v: v.measurement.question.scenario):
        shown.add_row(f"[bold]{title}")
        for _, of_claim in groupby(of_scenario, key=lambda v: v.measurement.question.claim.name):
            shown.add_row(*_row(list(of_claim)))
    return shown


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


def _row(verdicts: list[Verdict]) -> Iterable[str]:
    worst = max(verdicts, key=_concern)
    question, reading = worst.measurement.question, worst.measurement.reading
    name = question.claim.name
    if len(verdicts) > 1:
        name += f", worst of {len(verdicts)}: {question.quantity}"
    yield f"  {name}"
    yield question.regime
    yield f"{question.prediction:.5g}"
    yield f"{reading.estimate:.5g} ± {reading.standard_error:.1g}" if reading else "none"
    yield f"{worst.z:+.2f}" if reading else "–"
    yield f"{worst.resolution:.2%}" if reading else "–"
    yield f"[{COLOURS[worst.verdict]}]{worst.verdict}"


def _concern(verdict: Verdict) -> tuple[int, float]:
    return SEVERITY.index(verdict.verdict), abs(verdict.z) if verdict.controls else 0.0
