"""Writing the reports of a run into a folder: JSON, Markdown, and one HTML page."""

from __future__ import annotations

import json
from pathlib import Path

from update_magnitude.paper_checks import sentences
from update_magnitude.paper_checks.contents import Report
from update_magnitude.paper_checks.reports.document import document
from update_magnitude.paper_checks.reports.numbers import table
from update_magnitude.paper_checks.reports.plots import plot, plot_scores
from update_magnitude.paper_checks.statistics import critical_value
from update_magnitude.paper_checks.verdicts import Outcome
from update_magnitude.scenarios.templates import render
from update_magnitude.scenarios.writing import write_together

FOLDER = "paper_checks/reports"
STYLE = Path(__file__).with_name("page.css")


def write_reports(outcome: Outcome, folder: Path) -> list[Path]:
    """Write report.json, report.md and report.html: all of them, or none.

    Args:
        outcome: of the run.
        folder: where to; it is made if it is missing.

    Returns:
        The files that were written.

    Raises:
        OSError: if it cannot be written there.
    """
    from markupsafe import Markup

    report = document(outcome)
    style = Markup(STYLE.read_text(encoding="utf-8"))
    texts = {
        "report.json": json.dumps(report, allow_nan=False, ensure_ascii=False, indent=1) + "\n",
        "report.md": _written("report.md", report, plain=_plain),
        "report.html": _written("report.html", report, plots=_plots(report), style=style),
    }
    return write_together(folder, {name: text.encode() for name, text in texts.items()})


def _written(template: str, report: Report, **values: object) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in report["versions"].items())
    return render(
        f"{FOLDER}/{template}",
        report=report,
        summary=sentences.verdict_sentence(report),
        on_paper=sentences.paper_places(report),
        reasons=lambda claim: sentences.reasons(claim["predictions"]),
        table=table,
        command=sentences.how_to_repeat(report),
        versions=versions,
        json=lambda value: json.dumps(value, ensure_ascii=False),
        **values,
    )


def _plain(words: str) -> str:
    """Words in which no sign is taken for markup of Markdown."""
    return words.replace("*", r"\*").replace("_", r"\_").replace("<", r"\<")


def _plots(report: Report) -> dict[str, str]:
    """The picture of each claim; the z of its predictions where it has no other."""
    from update_magnitude.paper_checks.claims import pictures

    drawn = pictures(claim["name"] for claim in report["claims"])
    critical = critical_value(report["summary"]["predictions"])
    plots = {}
    for claim in report["claims"]:
        name, predictions = claim["name"], claim["predictions"]
        if name in drawn:
            plots[name] = plot(drawn[name], predictions)
        elif (scores := plot_scores(predictions, critical)) is not None:
            plots[name] = scores
    return plots
