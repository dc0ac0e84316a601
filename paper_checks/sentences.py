"""What came of a run in sentences: on the terminal, in reports and on the interactive page."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from statistics import median

from update_magnitude.paper_checks.contents import ClaimRow, PredictionRow, Report
from update_magnitude.paper_checks.judging import TELLABLE
from update_magnitude.paper_checks.statistics import FAMILY_ERROR
from update_magnitude.paper_checks.verdicts import HOLDS, INCONCLUSIVE, REFUTED, Control, Verdict

SEVERITY = (HOLDS, INCONCLUSIVE, REFUTED)


def reasons(rows: Iterable[PredictionRow], with_claims: bool = False) -> list[str]:
    """Why predictions do not hold, one sentence for each reason and scenario."""
    quantities: dict[tuple[str, str, str, str], list[str]] = {}
    for row in rows:
        if row["verdict"] != HOLDS:
            key = (row["verdict"], row["scenario"], row["engine"], row["reason"] or "")
            name = f"{row['claim']} {row['quantity']}" if with_claims else row["quantity"]
            quantities.setdefault(key, []).append(name)
    return [
        f"{word}: {', '.join(names)} of “{scenario}” ({engine}): {reason}"
        for (word, scenario, engine, reason), names in quantities.items()
    ]


def on_paper(verdicts: Sequence[Verdict]) -> list[str]:
    """At how many places of each claim what the paper says holds, where it fails at some."""
    by_claim: dict[str, list[bool]] = {}
    for verdict in verdicts:
        holds = verdict.measurement.question.paper
        if holds is not None and verdict.verdict == HOLDS:
            by_claim.setdefault(verdict.claim, []).append(holds)
    return [
        f"the paper's claim, {name}: holds at {sum(places)} of {len(places)} places tested"
        for name, places in by_claim.items()
        if not all(places)
    ]


def on_limits(verdicts: Sequence[Verdict]) -> list[str]:
    """How fast what theory predicts as limits is approached, where deviations are resolved."""
    by_claim: dict[str, list[float]] = {}
    for verdict in verdicts:
        approach = verdict.estimate.approach
        if approach is not None and approach.rate is not None:
            by_claim.setdefault(verdict.claim, []).append(approach.rate)
    return [
        f"approach to the limit, {name}: deviations fall like size^{median(rates):.1f} (the median "
        f"of {len(rates)} that are resolved, {min(rates):.1f} to {max(rates):.1f})"
        for name, rates in by_claim.items()
    ]


def paper_places(report: Report) -> list[tuple[ClaimRow, list[tuple[str, str, str]]]]:
    """Every place at which a claim of the paper was tested: scenario, number, holds or fails."""
    claims = []
    for claim in report["claims"]:
        places: dict[tuple[str, str], tuple[str, str, str]] = {}
        for row in claim["predictions"]:
            key = (row["scenario"], row["quantity"])
            if row["paper"] is not None and row["verdict"] == HOLDS and key not in places:
                number = f"{row['quantity']}: {row['estimate']:.4g} ± {row['standard_error']:.1g}"
                places[key] = (row["scenario"], number, "holds" if row["paper"] else "fails")
        if places:
            claims.append((claim, list(places.values())))
    return claims


def counts(verdicts: Sequence[Verdict]) -> str:
    """How many verdicts there are of each kind."""
    hold, unclear, refuted = (
        sum(verdict.verdict == word for verdict in verdicts) for word in SEVERITY
    )
    return f"{hold} hold, {refuted} refuted, {unclear} inconclusive"


def summary(verdicts: Sequence[Verdict]) -> str:
    """How many verdicts there are of each kind, and how many controls were refuted."""
    controls = [control for verdict in verdicts for control in verdict.controls]
    return (
        f"{len(verdicts)} prediction{'s' * (len(verdicts) != 1)}: {counts(verdicts)} "
        f"(family-wise error {FAMILY_ERROR})." + (on_controls(controls) if controls else "")
    )


def on_controls(controls: Sequence[Control]) -> str:
    """How many deliberately wrong predictions are refuted, and what became of the others."""
    refuted = sum(control.refuted for control in controls)
    close = sum(not control.refuted and not control.tellable for control in controls)
    left = len(controls) - refuted - close
    words = f" Of {len(controls)} deliberately wrong ones {refuted} are refuted"
    if close:
        words += (
            f"; {close} differ{'s' * (close == 1)} from the right one by less than {TELLABLE} "
            "times the resolution asked for, too little to be distinguished"
        )
    if left:
        words += (
            f"; {left} {'is' if left == 1 else 'are'} further off and not refuted by this one "
            "number: --self-test says whether another prediction refutes the same mistake"
        )
    return f"{words}."


def verdict_sentence(report: Report) -> str:
    """How many predictions there are of each kind, and what a verdict rests on."""
    totals = report["summary"]
    start = "Interrupted: what was finished by then. " if report["interrupted"] else ""
    return (
        f"{start}{totals['predictions']} predictions: {totals['holds']} hold, {totals['refuted']} "
        f"refuted, {totals['inconclusive']} inconclusive. If all are right, a run refutes any with "
        f"probability {report['family_error']} at most; one that is off by the resolution shown is "
        f"refuted with probability {report['power']}. Of {totals['controls']} deliberately wrong "
        f"predictions {totals['controls_refuted']} are refuted; the others change that one number "
        "by too little to tell, or change another prediction of the claim (check --self-test)."
    )


def how_to_repeat(report: Report) -> str:
    """The command that gives this report again."""
    engines = report["engines"]
    words = ["update-magnitude", "check", *report["subject"], "--profile", report["profile"]]
    words += ["--seed", str(report["seed"])]
    if len(engines) == 1:
        words += ["--engine", engines[0]]
    return shlex.join(words)
