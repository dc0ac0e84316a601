"""Writing the reports of a run into a folder."""

from __future__ import annotations

import json
from pathlib import Path

from update_magnitude.paper_checks.contents import Report
from update_magnitude.paper_checks.outcome import Outcome
from update_magnitude.paper_checks.reports.document import document
from update_magnitude.paper_checks.reports.pages import markdown, page
from update_magnitude.paper_checks.reports.plots import plot, plot_scores
from update_magnitude.paper_checks.statistics import critical_value
from update_magnitude.scenarios.writing import write_together


def write_reports(outcome: Outcome, folder: Path) -> list[Path]:
    """Write report.json, report.md and report.html: all of them, or none.

    Args:
        outcome: of the run.
        folder: where to; it is made if it is missing.

    Raises:
        OSError: if it cannot be written there.
    """
    report = document(outcome)
    texts = {
        "report.json": json.dumps(report, allow_nan=False, ensure_ascii=False, indent=1) + "\n",
        "report.md": markdown(report),
        "report.html": page(report, _plots(report)),
    }
    return write_together(folder, {name: text.encode() for name, text in texts.items()})


def _plots(report: Report) -> dict[str, str]:
    """The picture of each claim; the z of its predictions where it has no other."""
    from update_magnitude.paper_checks.claims import pictures

    drawn = pictures(claim["name"] for claim in report["claims"])
    critical = critical_value(report["summary"]["predictions"])
    found = {}
    for claim in report["claims"]:
        name, predictions = claim["name"], claim["predictions"]
        if name in drawn:
            found[name] = plot(drawn[name], predictions)
        elif (scores := plot_scores(predictions, critical)) is not None:
            found[name] = scores
    return found
