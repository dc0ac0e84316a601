"""The claims, and for each the studies that put it to the test.

A claim's studies are built from a seed; nothing is simulated here. To add a claim, write a module
with ``CLAIMS``, a function ``studies`` from a seed to studies and, if there is something to see,
``pictures`` for the report; enter it in ``MODULES``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import ModuleType

from paper_checks.claims import (
    best_count,
    best_scale,
    critical_distance,
    drift,
    gradient_descent,
    gradient_directions,
    hybrid,
    one_problem,
    proximal,
    sequences,
    small_distances,
    tails,
    task_sequences,
    two_tasks,
)
from paper_checks.questions import Claim, Picture, Study

# In the order of the paper's argument. The questions of two_tasks are asked by sequences.
MODULES: tuple[ModuleType, ...] = (
    drift,
    sequences,
    two_tasks,
    best_count,
    best_scale,
    gradient_descent,
    one_problem,
    critical_distance,
    small_distances,
    task_sequences,
    gradient_directions,
    hybrid,
    tails,
    proximal,
)
CLAIMS: dict[str, Claim] = {claim.name: claim for of in MODULES for claim in of.CLAIMS}
ASKED_BY = {two_tasks: sequences}


def studies_of(names: Iterable[str], seed: int) -> list[Study]:
    """The studies of some claims, with the questions about these alone; of all, if none is named.

    Args:
        names: of claims.
        seed: a whole number, at least 0.
    """
    wanted = set(names) or set(CLAIMS)
    modules = [of for of in MODULES if any(claim.name in wanted for claim in of.CLAIMS)]
    builders = dict.fromkeys(ASKED_BY.get(of, of) for of in modules)
    studies = [_asking(study, wanted) for of in builders for study in of.studies(seed)]
    return [study for study in studies if study.questions]


def pictures() -> dict[str, Picture]:
    """What the pictures of the claims show beside simulated points, by the name of the claim."""
    return {
        name: picture
        for of in MODULES
        if hasattr(of, "pictures")
        for name, picture in of.pictures().items()
    }


def _asking(study: Study, claims: set[str]) -> Study:
    """The study with the questions of some claims alone."""
    kept = tuple(question for question in study.questions if question.claim.name in claims)
    return replace(study, questions=kept)
