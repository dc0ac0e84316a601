"""The first page, with three numbers from their sources."""

from __future__ import annotations

import json

from docs.site.evidence import report
from docs.site.pages import render
from docs.site.places import DOCS
from update_magnitude.paper_checks.networks.verdicts import STANDARD
from update_magnitude.theory.theorems import theorem_names


def page() -> str:
    """The page in Markdown."""
    summary = report()["summary"]
    return render(
        "index.md",
        theorems=len(theorem_names()),
        holds=summary["holds"],
        predictions=summary["predictions"],
        points=gain("permuted-mnist"),
    )


def gain(run: str) -> float:
    """By how many points of Avg.Acc the rates are above the better standard strategy."""
    known = json.loads((DOCS / "networks" / run / "results.json").read_text(encoding="utf-8"))
    means = {name: one["avg_acc"]["mean"] for name, one in known["strategies"].items()}
    return float(100 * (means["hybrid-rates"] - max(means[name] for name in STANDARD)))
