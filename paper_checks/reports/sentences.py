"""The sentences with which a report begins."""

from __future__ import annotations

import shlex

from update_magnitude.paper_checks.contents import ClaimRow, Report


def verdict_sentence(report: Report) -> str:
    """How many predictions there are of each kind, and what a verdict rests on."""
    found = report["summary"]
    start = "Interrupted: what was finished by then. " if report["interrupted"] else ""
    return (
        f"{start}{found['predictions']} predictions: {found['holds']} hold, {found['refuted']} "
        f"refuted, {found['inconclusive']} inconclusive. If all are right, a run refutes any with "
        f"probability {report['family_error']} at most; one that is off by the resolution shown is "
        f"refuted with probability {report['power']}. Of {found['controls']} deliberately wrong "
        f"predictions {found['controls_refuted']} are refuted; the others change that one number "
        "by too little to tell, or change another prediction of the claim (check --self-test)."
    )


def reasons(claim: ClaimRow) -> list[str]:
    """Why predictions of a claim do not hold, one sentence for each reason and scenario."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for of in claim["predictions"]:
        if of["verdict"] != "holds":
            key = (of["verdict"], of["scenario"], of["engine"], of["reason"] or "")
            found.setdefault(key, []).append(of["quantity"])
    return [
        f"{word}: {', '.join(quantities)} of “{scenario}” ({engine}): {reason}"
        for (word, scenario, engine, reason), quantities in found.items()
    ]


def on_paper(report: Report) -> list[tuple[ClaimRow, list[tuple[str, str, str]]]]:
    """Where a claim of the paper was put to the test, claim by claim.

    Each place once: the scenario, what was found, and whether what the paper claims holds there.
    """
    found = []
    for claim in report["claims"]:
        places: dict[tuple[str, str], tuple[str, str, str]] = {}
        for of in claim["predictions"]:
            key = (of["scenario"], of["quantity"])
            if of["paper"] is not None and of["verdict"] == "holds" and key not in places:
                number = f"{of['quantity']}: {of['estimate']:.4g} ± {of['standard_error']:.1g}"
                places[key] = (of["scenario"], number, "holds" if of["paper"] else "fails")
        if places:
            found.append((claim, list(places.values())))
    return found


def how_to_repeat(report: Report) -> str:
    """The command that gives this report again."""
    engines = report["engines"]
    words = ["update-magnitude", "check", *report["subject"], "--profile", report["profile"]]
    words += ["--seed", str(report["seed"])]
    if len(engines) == 1:
        words += ["--engine", engines[0]]
    return shlex.join(words)
