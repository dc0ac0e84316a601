"""The claims, and for each the studies that put it to the test.

A claim's studies are built from a stream of random numbers, each with a part of its own, by its
name; nothing is simulated here. To add a claim, write a module
with ``CLAIMS``, a function ``studies`` from a stream to studies and, if there is something to see,
``pictures`` for the report; enter it in ``MODULES``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import ModuleType

from update_magnitude.paper_checks.claims import (
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
from update_magnitude.paper_checks.questions import Claim, Picture, Study
from update_magnitude.simulations.streams import Seed, named

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
CLAIMS: dict[str, Claim] = {claim.name: claim for module in MODULES for claim in module.CLAIMS}
ASKED_BY = {two_tasks: sequences}
# Those whose studies have compiled programs in common, those that take longest first: one process
# does well to measure them all.
AKIN = (
    (sequences, task_sequences),
    (drift, best_scale, critical_distance, small_distances),
    (best_count,),
    (tails,),
)


def builders_of(names: Iterable[str]) -> tuple[str, ...]:
    """The modules that build the studies of some claims; of all, if none is named.

    Args:
        names: of claims.
    """
    wanted = set(names) or set(CLAIMS)
    modules = [module for module in MODULES if any(claim.name in wanted for claim in module.CLAIMS)]
    return tuple(dict.fromkeys(ASKED_BY.get(module, module).__name__ for module in modules))


def akin(builders: Sequence[str]) -> list[tuple[str, ...]]:
    """The builders of studies, in groups that are best left to one process each.

    Args:
        builders: of ``builders_of(names)``.

    Example:
        >>> first = akin(builders_of(["drift", "hybrid-mixed", "best-scale"]))[0]
        >>> [builder.split(".")[-1] for builder in first]
        ['drift', 'best_scale']
    """
    named = [[entry.__name__ for entry in group] for group in AKIN]
    alone = [[builder] for builder in builders if not any(builder in group for group in named)]
    groups = [tuple(entry for entry in group if entry in builders) for group in (*named, *alone)]
    return [group for group in groups if group]


def studies_of(
    builder: str, names: Iterable[str], seed: Seed, engines: Iterable[str]
) -> list[Study]:
    """The studies that a module builds, with the questions about some claims alone.

    Args:
        builder: one of ``builders_of(names)``.
        names: of claims; none for all.
        seed: a whole number, at least 0.
        engines: ``law``, ``dense``, or both.
    """
    wanted, on = set(names) or set(CLAIMS), set(engines)
    (module,) = (entry for entry in MODULES if entry.__name__ == builder)
    stream = named(seed, "check", builder.rpartition(".")[2])
    studies = [_asking(study, wanted) for study in module.studies(stream) if study.engine in on]
    return [study for study in studies if study.questions]


def pictures(names: Iterable[str]) -> dict[str, Picture]:
    """What the pictures of claims show beside simulated points, for those that have one."""
    wanted = set(names)
    found: dict[str, Picture] = {}
    for of in MODULES:
        if hasattr(of, "pictures") and any(claim.name in wanted for claim in of.CLAIMS):
            found |= of.pictures()
    return found


def _asking(study: Study, claims: set[str]) -> Study:
    """The study with the questions of some claims alone."""
    kept = tuple(question for question in study.questions if question.claim.name in claims)
    return replace(study, questions=kept)
