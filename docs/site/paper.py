"""The page on the claims of the paper: where each holds, where it fails, and the evidence."""

from __future__ import annotations

import json
from typing import Any

from docs.networks.write import spread
from docs.site.evidence import report
from docs.site.pages import render
from docs.site.places import DOCS
from update_magnitude.simulations.networks.benchmarks import BENCHMARKS

STRATEGIES = ("initialized", "frozen", "hybrid", "hybrid-rates")
REPORTED = ("initialized", "frozen", "hybrid")


def page() -> str:
    """The page in Markdown."""
    runs = _runs()
    return render(
        "paper.md",
        claim=lambda name: f"[{name}](claims/{name}.md)",
        places=lambda name, holds: sum(
            row["claim"] == name and row["paper_holds"] is holds for row in report()["paper"]
        ),
        networks=[_row(run) for run in runs],
        wins={name: sum(_wins(run, name) for run in runs) for name in STRATEGIES[2:]},
    )


def _runs() -> list[dict[str, Any]]:
    """The committed runs of whole benchmarks, those with all strategies of the table."""
    found = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((DOCS / "networks").glob("*/results.json"))
    ]
    return [run for run in found if set(STRATEGIES) <= set(run["strategies"])]


def _row(run: dict[str, Any]) -> list[str]:
    ours = [spread(run["strategies"][name], "avg_acc") for name in STRATEGIES]
    reported = [_reported(run, name) for name in REPORTED]
    return [BENCHMARKS[run["benchmark"]].title, *ours, *reported]


def _wins(run: dict[str, Any], strategy: str) -> bool:
    """Whether a strategy is better than both standard ones, with the run's confidence."""
    (one,) = (verdict for verdict in run["verdicts"] if verdict["strategy"] == strategy)
    return bool(one["verdict"] == "holds")


def _reported(run: dict[str, Any], strategy: str) -> str:
    """What is reported of the paper, where it ran this benchmark."""
    known = (run["reported"] or {}).get(strategy)
    return f"{known['avg_acc']:.2f}" if known else ""
