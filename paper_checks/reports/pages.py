"""A report as one HTML page that needs nothing else, and as Markdown with formulas in LaTeX."""

from __future__ import annotations

import json
from pathlib import Path

from update_magnitude.paper_checks.contents import Report
from update_magnitude.paper_checks.reports.numbers import table
from update_magnitude.paper_checks.reports.sentences import (
    how_to_repeat,
    on_paper,
    reasons,
    verdict_sentence,
)
from update_magnitude.scenarios.templates import render

FOLDER = "paper_checks/reports"
STYLE = Path(__file__).with_name("page.css")


def page(report: Report, plots: dict[str, str]) -> str:
    """The report of ``document`` as HTML, with the pictures of its claims.

    Args:
        report: as plain data.
        plots: SVG elements, by the name of the claim.
    """
    from markupsafe import Markup

    style = Markup(STYLE.read_text(encoding="utf-8"))
    return _written("report.html", report, plots=plots, style=style)


def markdown(report: Report) -> str:
    """The report of ``document`` as Markdown."""
    return _written("report.md", report, plain=_plain)


def _written(template: str, report: Report, **values: object) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in report["versions"].items())
    return render(
        f"{FOLDER}/{template}",
        report=report,
        summary=verdict_sentence(report),
        on_paper=on_paper(report),
        reasons=reasons,
        table=table,
        command=how_to_repeat(report),
        versions=versions,
        json=lambda value: json.dumps(value, ensure_ascii=False),
        **values,
    )


def _plain(words: str) -> str:
    """Words in which no sign is taken for markup of Markdown."""
    return words.replace("*", r"\*").replace("_", r"\_").replace("<", r"\<")
