"""What the committed run found: a page for each claim, and the page on the paper's claims."""

from __future__ import annotations

import json
from collections.abc import Iterator

import tomlkit

from docs.site.evidence import report
from docs.site.pages import cells, render
from update_magnitude.paper_checks.claims import CLAIMS
from update_magnitude.paper_checks.contents import ClaimRow, PaperRow
from update_magnitude.paper_checks.sentences import reasons


def pages() -> Iterator[tuple[str, str]]:
    """Every page about claims, by its file."""
    whole = report()
    places = _places()
    yield "claims/index.md", render("claims.md", report=whole)
    for claim in whole["claims"]:
        yield (
            f"claims/{claim['name']}.md",
            render(
                "claim.md",
                claim=claim,
                theorems=CLAIMS[claim["name"]].theorems,
                rows=cells(claim["predictions"]),
                scenarios=_files(claim),
                controls=_controls(claim),
                places=places.get(claim["name"], []),
                reasons=reasons(claim["predictions"]),
                report=whole,
            ),
        )


def _places() -> dict[str, list[PaperRow]]:
    """The places at which a claim of the paper was tested, by the claim."""
    found: dict[str, list[PaperRow]] = {}
    for row in report()["paper"]:
        found.setdefault(row["claim"], []).append(row)
    return found


def _controls(claim: ClaimRow) -> tuple[int, int]:
    """How many deliberately wrong predictions there were, and how many were refuted."""
    controls = [control for row in claim["predictions"] for control in row["controls"]]
    return len(controls), sum(control["refuted"] for control in controls)


def _files(claim: ClaimRow) -> dict[str, str]:
    """The scenarios of a claim as files."""
    return {
        title: tomlkit.dumps(json.loads(json.dumps(setting))).strip()
        for title, setting in claim["scenarios"].items()
    }
