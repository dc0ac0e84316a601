"""Whether the checks could fail: every deliberately wrong prediction must be refuted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from update_magnitude.paper_checks.judging import group_of
from update_magnitude.paper_checks.verdicts import Control, Verdict


@dataclass(frozen=True)
class Mistakes:
    """What became of the negative controls of a claim.

    A mistake in a scenario counts once, however many predictions it changes: it is refuted if one
    of these is. Where it changes all of them by less than the resolution it cannot be told there.
    """

    claim: str
    refuted: tuple[str, ...]  # mistakes, each with its scenario and engine
    survived: tuple[str, ...]  # not refuted, though off by more than the resolution
    untold: tuple[str, ...]  # kinds of mistakes too small to tell in every scenario of the claim
    smallest: float  # the smallest error, relative to its size, that some prediction refutes
    largest: float  # the smallest error that every prediction refutes

    def document(self) -> dict[str, Any]:
        """The same as it is printed in JSON."""
        return {
            "claim": self.claim,
            "controls": len(self.refuted) + len(self.survived),
            "refuted": len(self.refuted),
            "survived": list(self.survived),
            "untold": list(self.untold),
            "smallest_error_refuted": _known(self.smallest),
            "error_refuted_by_every_prediction": _known(self.largest),
        }


def self_test(verdicts: Iterable[Verdict]) -> list[Mistakes]:
    """What became of all negative controls, claim by claim."""
    of_claim: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        of_claim.setdefault(verdict.measurement.question.claim.name, []).append(verdict)
    return [_mistakes(name, found) for name, found in of_claim.items()]


def self_test_status(found: Sequence[Mistakes]) -> int:
    """0 if every mistake is refuted, 4 if one survives, 3 if one is too small to tell anywhere.

    A mistake that survives is a fault of the checks. It is not 1, which means that a prediction was
    refuted.
    """
    if any(result.survived for result in found):
        return 4
    return 3 if not found or any(result.untold for result in found) else 0


def _mistakes(claim: str, verdicts: Sequence[Verdict]) -> Mistakes:
    groups: dict[tuple[Any, ...], list[Control]] = {}
    for verdict in verdicts:
        for control in verdict.controls:
            groups.setdefault((*group_of(verdict), control.name), []).append(control)
    refuted, survived = [], []
    kinds: dict[str, bool] = {}
    for (_, scenario, _, engine, name), controls in groups.items():
        words = f"{name} ({scenario}, {engine})"
        told = any(entry.refuted for entry in controls)
        kinds[name] = kinds.get(name, False) or told
        if told:
            refuted.append(words)
        elif any(entry.tellable for entry in controls):
            survived.append(words)
    untold = tuple(name for name, told in kinds.items() if not told)
    caught = [verdict.caught for verdict in verdicts if verdict.caught == verdict.caught]
    ends = (min(caught), max(caught)) if caught else (math.nan, math.nan)
    return Mistakes(claim, tuple(refuted), tuple(survived), untold, *ends)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
