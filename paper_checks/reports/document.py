"""What a run found, as plain data: the contents of report.json."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from itertools import islice
from typing import Final

from update_magnitude.paper_checks.claims import CLAIMS
from update_magnitude.paper_checks.contents import (
    Answer,
    ClaimRow,
    Counts,
    FormulaRow,
    PaperRow,
    Report,
)
from update_magnitude.paper_checks.sentences import SEVERITY
from update_magnitude.paper_checks.statistics import FAMILY_ERROR, POWER
from update_magnitude.paper_checks.verdicts import HOLDS, INCONCLUSIVE, REFUTED, Outcome, Verdict

SCHEMA: Final = 1  # rises when a key changes its meaning; new keys may come at any time
MOST_FORMULAS: Final = 3  # theorems of a claim whose formulas are shown; others are named
LONGEST_FORMULA: Final = 500  # characters; a theorem with a longer formula is named alone
PACKAGES = ("update-magnitude", "jax", "jaxlib", "numpy", "sympy")


def document(outcome: Outcome) -> Report:
    """A run as nested lists and dictionaries of numbers, words and None."""
    verdicts = outcome.verdicts
    claims: dict[str, list[Verdict]] = {}
    for verdict in sorted(verdicts, key=lambda verdict: list(CLAIMS).index(verdict.claim)):
        claims.setdefault(verdict.claim, []).append(verdict)
    title = "the paper, claim by claim"
    if not all(name in CLAIMS for name in outcome.subject):
        title = verdicts[0].scenario if verdicts else "a scenario"
    return {
        "schema": SCHEMA,
        "title": f"Update Magnitude: {title}",
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
        "summary": _counted(verdicts),
        "paper": _paper(verdicts),
        "claims": [_claim(group) for group in claims.values()],
    }


def _counted(verdicts: Sequence[Verdict]) -> Counts:
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


def _paper(verdicts: Iterable[Verdict]) -> list[PaperRow]:
    """Every place at which a claim of the paper is tested: theory's word, and the verdict on it."""
    return [
        {
            "claim": verdict.claim,
            "scenario": verdict.scenario,
            "quantity": verdict.quantity,
            "engine": verdict.engine,
            "paper_holds": holds,
            "verdict": verdict.verdict,
        }
        for verdict in verdicts
        if (holds := verdict.measurement.question.paper) is not None
    ]


def _claim(verdicts: Sequence[Verdict]) -> ClaimRow:
    claim = verdicts[0].measurement.question.claim
    words: list[Answer] = [verdict.verdict for verdict in verdicts]
    settings = {verdict.scenario: verdict.measurement.question.setting for verdict in verdicts}
    shown = shown_theorems(claim.theorems)
    return {
        "name": claim.name,
        "statement": claim.statement,
        "source": claim.source,
        "explanation": claim.why,
        "paper": claim.paper,
        "verdict": max(words, key=SEVERITY.index),
        "theorems": [formula for name in shown for formula in _formulas(name)],
        "further_theorems": [name for name in claim.theorems if name not in shown],
        "scenarios": {title: dict(setting) for title, setting in settings.items() if setting},
        "predictions": [verdict.document() for verdict in verdicts],
    }


def shown_theorems(names: Sequence[str]) -> list[str]:
    """The first theorems whose formulas are not too long."""
    from update_magnitude.theory import theorem
    from update_magnitude.theory.proofs.notation import in_words

    short = (
        name
        for name in names
        if all(
            len(in_words(case.derive().result)) <= LONGEST_FORMULA for case in theorem(name).cases
        )
    )
    return list(islice(short, MOST_FORMULAS))


def _formulas(name: str) -> list[FormulaRow]:
    """A theorem in every regime that it has."""
    from update_magnitude.theory import theorem
    from update_magnitude.theory.proofs.notation import in_words, latex, mathml
    from update_magnitude.theory.proofs.signs import Domain

    proved = theorem(name)
    written = [Domain(case.domain).turned(case.derive().result) for case in proved.cases]
    return [
        {
            "name": proved.name,
            "regime": case.regime,
            "statement": proved.statement,
            "text": in_words(formula),
            "latex": latex(formula),
            "mathml": mathml(formula),
        }
        for case, formula in zip(proved.cases, written, strict=True)
    ]
