"""Whether the checks could fail: every deliberately wrong prediction must be refuted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from update_magnitude.paper_checks.judging import group_of
from update_magnitude.paper_checks.questions import Claim
from update_magnitude.paper_checks.verdicts import Control, Verdict, finite_or_none


@dataclass(frozen=True)
class Mistakes:
    """What became of the negative controls of a claim.

    A mistake in a scenario counts once, however many predictions it changes: it is refuted if one
    of these is. Where it changes all of them by less than the resolution it is too small there.
    """

    claim: str
    refuted: tuple[str, ...]  # mistakes, each with its scenario and engine
    survived: tuple[str, ...]  # not refuted, though off by more than the resolution
    too_small: tuple[str, ...]  # kinds of mistakes that no scenario of the claim refutes
    smallest: float  # the smallest error, relative to its size, that some prediction refutes
    largest: float  # the smallest error that every prediction refutes

    def document(self) -> dict[str, str | int | float | list[str] | None]:
        """The same as it is printed in JSON."""
        return {
            "claim": self.claim,
            "controls": len(self.refuted) + len(self.survived),
            "refuted": len(self.refuted),
            "survived": list(self.survived),
            "untold": list(self.too_small),
            "smallest_error_refuted": finite_or_none(self.smallest),
            "error_refuted_by_every_prediction": finite_or_none(self.largest),
        }


def self_test(verdicts: Iterable[Verdict]) -> list[Mistakes]:
    """What became of all negative controls, claim by claim."""
    claims: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        claims.setdefault(verdict.claim, []).append(verdict)
    return [_mistakes(name, group) for name, group in claims.items()]


def self_test_status(mistakes: Sequence[Mistakes]) -> int:
    """0 if every mistake is refuted, 4 if one survives, 3 if one is too small to tell anywhere.

    A mistake that survives is a fault of the checks. It is not 1, which means that a prediction was
    refuted.
    """
    if any(result.survived for result in mistakes):
        return 4
    return 3 if not mistakes or any(result.too_small for result in mistakes) else 0


def _mistakes(claim: str, verdicts: Sequence[Verdict]) -> Mistakes:
    groups: dict[tuple[Claim, str, str | None, str, str], list[Control]] = {}
    for verdict in verdicts:
        for control in verdict.controls:
            groups.setdefault((*group_of(verdict), control.name), []).append(control)
    refuted, survived = [], []
    kinds: dict[str, bool] = {}
    for (_, scenario, _, engine, name), controls in groups.items():
        words = f"{name} ({scenario}, {engine})"
        caught = any(control.refuted for control in controls)
        kinds[name] = kinds.get(name, False) or caught
        if caught:
            refuted.append(words)
        elif any(control.tellable for control in controls):
            survived.append(words)
    too_small = tuple(name for name, caught in kinds.items() if not caught)
    errors = [verdict.caught for verdict in verdicts if not math.isnan(verdict.caught)]
    ends = (min(errors), max(errors)) if errors else (math.nan, math.nan)
    return Mistakes(claim, tuple(refuted), tuple(survived), too_small, *ends)
