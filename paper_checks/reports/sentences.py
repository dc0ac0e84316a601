"""The sentences with which a report begins."""

from __future__ import annotations

from typing import Any


def verdict_sentence(report: dict[str, Any]) -> str:
    """How many predictions there are of each kind, and what a verdict rests on."""
    found = report["summary"]
    start = "Interrupted: what was finished by then. " if report["interrupted"] else ""
    return (
        f"{start}{found['predictions']} predictions: {found['holds']} hold, {found['refuted']} "
        f"refuted, {found['inconclusive']} inconclusive. If all are right, a run refutes any with "
        f"probability {report['family_error']} at most; one that is off by the resolution shown is "
        f"refuted with probability {report['power']}. Of {found['controls']} deliberately wrong "
        f"predictions {found['controls_refuted']} are refuted (the others differ by less than the "
        "resolution)."
    )


def on_paper(report: dict[str, Any]) -> list[str]:
    """Where a claim of the paper was put to the test: where it holds, and where it fails."""
    lines = []
    for name in dict.fromkeys(of["claim"] for of in report["paper"]):
        found = [of for of in report["paper"] if of["claim"] == name and of["verdict"] == "holds"]
        holds = _places(found, True)
        fails = _places(found, False)
        if holds or fails:
            parts = [f"holds: {holds}"] if holds else []
            parts += [f"fails: {fails}"] if fails else []
            lines.append(f"{name}: what the paper claims {'; it '.join(parts)}")
    return lines


def how_to_repeat(report: dict[str, Any]) -> str:
    """The command that gives this report again."""
    engines = report["engines"]
    words = ["update-magnitude check", *report["subject"], "--profile", report["profile"]]
    words += ["--seed", str(report["seed"])]
    if len(engines) == 1:
        words += ["--engine", engines[0]]
    return " ".join(words)


def _places(found: list[dict[str, Any]], holds: bool) -> str:
    """Where, each place once."""
    places = dict.fromkeys(
        f"{of['scenario']} ({of['quantity']})" for of in found if of["paper_holds"] is holds
    )
    return ", ".join(places)
