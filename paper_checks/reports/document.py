"""What a run found, as plain data: the contents of report.json."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any, Final

from update_magnitude.paper_checks.contents import (
    Answer,
    ClaimRow,
    Counts,
    FormulaRow,
    PaperRow,
    Report,
)
from update_magnitude.paper_checks.outcome import Outcome
from update_magnitude.paper_checks.questions import Claim
from update_magnitude.paper_checks.statistics import FAMILY_ERROR, POWER
from update_magnitude.paper_checks.verdicts import HOLDS, INCONCLUSIVE, REFUTED, Verdict

SCHEMA: Final = 1  # rises when a key changes its meaning; new keys may come at any time
PACKAGES = ("update-magnitude", "jax", "jaxlib", "numpy", "sympy")


def document(outcome: Outcome) -> Report:
    """A run as nested lists and dictionaries of numbers, words and None.

    Args:
        outcome: of the run.
    """
    verdicts = outcome.verdicts
    return {
        "schema": SCHEMA,
        "title": f"Update Magnitude: {_title(outcome)}",
        "subject": list(outcome.subject),
        "profile": outcome.profile.name,
        "target_resolution": outcome.profile.resolution,
        "seed": outcome.seed,
        "engines": list(outcome.engines),
        "interrupted": outcome.interrupted,
        "family_error": FAMILY_ERROR,
        "power": POWER,
        "versions": {"python": platform.python_version()}
        | {package: version(package) for package in PACKAGES},
        "summary": counted(verdicts),
        "paper": paper_findings(verdicts),
        "claims": [_claim(claim, entry) for claim, entry in by_claim(verdicts)],
    }


def _title(outcome: Outcome) -> str:
    """All claims, some of them, or a scenario."""
    from update_magnitude.paper_checks.claims import CLAIMS

    if all(name in CLAIMS for name in outcome.subject):
        return "the paper, claim by claim"
    return outcome.verdicts[0].measurement.question.scenario if outcome.verdicts else "a scenario"


def by_claim(verdicts: Iterable[Verdict]) -> list[tuple[Claim, list[Verdict]]]:
    """The verdicts of each claim, in the order of the claims."""
    from update_magnitude.paper_checks.claims import CLAIMS

    found: dict[Claim, list[Verdict]] = {}
    for verdict in verdicts:
        found.setdefault(verdict.measurement.question.claim, []).append(verdict)
    order = list(CLAIMS.values())
    return sorted(found.items(), key=lambda entry: order.index(entry[0]))


def counted(verdicts: Sequence[Verdict]) -> Counts:
    """How many verdicts there are of each kind, and how many controls, and of them refuted."""
    controls = [control for verdict in verdicts for control in verdict.controls]
    words = [verdict.verdict for verdict in verdicts]
    return {
        "predictions": len(verdicts),
        "holds": words.count(HOLDS),
        "refuted": words.count(REFUTED),
        "inconclusive": words.count(INCONCLUSIVE),
        "controls": len(controls),
        "controls_refuted": sum(control.refuted for control in controls),
    }


def paper_findings(verdicts: Iterable[Verdict]) -> list[PaperRow]:
    """Where the paper's claims are put to the test: where they hold, and where they fail.

    One entry for each place: theory's word, and the verdict of simulation on it.
    """
    return [
        {
            "claim": verdict.measurement.question.claim.name,
            "scenario": verdict.measurement.question.scenario,
            "quantity": verdict.measurement.question.quantity,
            "engine": verdict.measurement.engine,
            "paper_holds": verdict.measurement.question.paper,
            "verdict": verdict.verdict,
        }
        for verdict in verdicts
        if verdict.measurement.question.paper is not None
    ]


def overall(verdicts: Iterable[Verdict]) -> Answer:
    """The verdict on a claim: refuted if any of its predictions is, else inconclusive if one is."""
    words = {verdict.verdict for verdict in verdicts}
    return REFUTED if REFUTED in words else INCONCLUSIVE if INCONCLUSIVE in words else HOLDS


def _claim(claim: Claim, verdicts: Sequence[Verdict]) -> ClaimRow:
    return {
        "name": claim.name,
        "statement": claim.statement,
        "source": claim.source,
        "explanation": claim.why,
        "paper": claim.paper,
        "verdict": overall(verdicts),
        "theorems": [formula for name in claim.theorems for formula in _formulas(name)],
        "scenarios": _settings(verdicts),
        "predictions": [verdict.document() for verdict in verdicts],
    }


def _settings(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The scenarios of a claim, or of what is compared one each, as their files have them."""
    asked = [verdict.measurement.question for verdict in verdicts]
    return {entry.scenario: entry.setting for entry in asked if entry.setting is not None}


def _formulas(name: str) -> list[FormulaRow]:
    """A theorem in every regime that it has."""
    from update_magnitude.theory import theorem
    from update_magnitude.theory.proofs.notation import in_words, latex, mathml
    from update_magnitude.theory.proofs.signs import Domain

    of = theorem(name)
    written = [Domain(case.domain).turned(case.derive().result) for case in of.cases]
    return [
        {
            "name": of.name,
            "regime": case.regime,
            "statement": of.statement,
            "text": in_words(formula),
            "latex": latex(formula),
            "mathml": mathml(formula),
        }
        for case, formula in zip(of.cases, written, strict=True)
    ]
