"""The claims, and for each the studies that put it to the test.

``claims.toml`` says what is claimed, and which module builds its studies: with a function
``studies`` from a stream of random numbers, of which every study takes a part by its name, and, if
there is something to see, ``pictures`` for the report. Nothing is simulated here. ``asking`` makes
a question of a prediction, with wrong ones beside it; ``side_by_side`` makes a study of scenarios
that share their draws, or of experiments of several sizes, as a limit is judged. What is said to
hold in every replicate is asked of samples, as ``one_problem`` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib import import_module
from types import ModuleType

from update_magnitude.paper_checks.claims.catalogue import CLAIMS as CLAIMS
from update_magnitude.paper_checks.claims.catalogue import MODULES
from update_magnitude.paper_checks.questions import Picture, Study
from update_magnitude.simulations.streams import Seed, named

# Modules whose studies have compiled programs in common, those that take longest first: one process
# does well to measure them all.
AKIN = (
    ("sequences", "task_sequences"),
    ("drift", "best_scale", "critical_distance", "small_distances"),
    ("best_count",),
    ("tails",),
)


def builders_of(names: Iterable[str]) -> tuple[str, ...]:
    """The modules that build the studies of some claims; of all, if none is named."""
    wanted = set(names) or set(CLAIMS)
    return tuple(dict.fromkeys(MODULES[name] for name in CLAIMS if name in wanted))


def akin(builders: Sequence[str]) -> list[tuple[str, ...]]:
    """The builders of studies, in groups that are best left to one process each.

    Example:
        >>> akin(builders_of(["drift", "hybrid-mixed", "best-scale"]))
        [('drift', 'best_scale'), ('hybrid',)]
    """
    alone = [(name,) for name in builders if not any(name in group for group in AKIN)]
    groups = (tuple(name for name in group if name in builders) for group in (*AKIN, *alone))
    return [group for group in groups if group]


def studies_of(
    builder: str, names: Iterable[str], seed: Seed, engines: Iterable[str]
) -> list[Study]:
    """The studies that a module builds on some engines, with questions about some claims alone."""
    wanted, chosen = set(names) or set(CLAIMS), set(engines)
    studies = []
    for study in _module(builder).studies(named(seed, "check", builder)):
        kept = tuple(asked for asked in study.questions if asked.claim.name in wanted)
        if kept and study.engine in chosen:
            studies.append(replace(study, questions=kept))
    return studies


def pictures(names: Iterable[str]) -> dict[str, Picture]:
    """What the pictures of claims show beside simulated points, for those that have one."""
    drawn: dict[str, Picture] = {}
    for builder in builders_of(names):
        drawn |= getattr(_module(builder), "pictures", dict)()
    return drawn


def _module(builder: str) -> ModuleType:
    return import_module(f"{__name__}.{builder}")
