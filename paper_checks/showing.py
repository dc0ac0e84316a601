"""Verdicts as a table with sentences: on a terminal, as text, and in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from io import StringIO
from itertools import groupby

from rich.console import Console

from update_magnitude.paper_checks.candidates.report import closing
from update_magnitude.paper_checks.candidates.report import sentences as on_candidates
from update_magnitude.paper_checks.reports.numbers import HEADINGS, cells
from update_magnitude.paper_checks.table import (
    WIDTH,
    claim_table,
    on_paper,
    scenario_table,
    sentences,
    show_with,
    summary,
)
from update_magnitude.paper_checks.verdicts import Verdict


def show(verdicts: Sequence[Verdict], console: Console) -> None:
    """Print the table, sentences on what was found, and a summary.

    A claim has one row for each engine, which shows the worst of its predictions; a candidate has
    one for each scenario and variation.
    """
    if any(verdict.claim == "candidate" for verdict in verdicts):
        lines = [*on_candidates(verdicts), closing(verdicts)]
        show_with(scenario_table(verdicts, console.width), lines, console)
    else:
        lines = [*sentences(verdicts), *on_paper(verdicts), summary(verdicts)]
        show_with(claim_table(verdicts, console.width), lines, console)


def in_lines(verdicts: Sequence[Verdict]) -> str:
    """The same as text."""
    text = StringIO()
    show(verdicts, Console(file=text, width=WIDTH))
    return "\n".join(line.rstrip() for line in text.getvalue().rstrip().splitlines())


def in_html(verdicts: Sequence[Verdict]) -> str:
    """A table for each claim, with a row for every verdict."""
    head = "".join(f"<th>{escape(name)}</th>" for name in HEADINGS)
    parts = []
    for (claim, statement), found in groupby(verdicts, key=_says):
        rows = "\n".join(map(_row, found))
        parts.append(f"<p><strong>{escape(claim)}</strong>: {escape(statement)}</p>")
        parts.append(f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>")
    return "\n".join(parts)


def _says(verdict: Verdict) -> tuple[str, str]:
    return verdict.claim, verdict.statement


def _row(verdict: Verdict) -> str:
    """What a report shows of a verdict; the variation beside the scenario."""
    place, *others = cells(verdict.document())
    shown = (f"{place}, {verdict.variation}" if verdict.variation else place, *others)
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in shown)}</tr>"
