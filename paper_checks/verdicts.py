"""Verdicts: what was asked and measured, and whether the prediction holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from update_magnitude.paper_checks.contents import Answer, ControlRow, PredictionRow
from update_magnitude.paper_checks.questions import DENSE, Question, Reading

HOLDS: Final = "holds"
REFUTED: Final = "refuted"
INCONCLUSIVE: Final = "inconclusive"
ITSELF = "the prediction itself"
ORDERINGS: dict[int, Literal["above", "below"] | None] = {0: None, 1: "above", -1: "below"}


@dataclass(frozen=True)
class Measurement:
    """A question, what was read, and from how many replicates."""

    question: Question
    reading: Reading | None  # None where the question cannot be tested
    strayed: Mapping[str, Reading]  # what wrong experiments read, by the mistake
    replicates: int
    seed: int
    engine: str = DENSE


@dataclass(frozen=True)
class Control:
    """A deliberately wrong prediction or experiment, and whether the comparison refutes it."""

    name: str
    prediction: float
    z: float
    refuted: bool
    tellable: bool  # whether it is so far off that this measurement had to refute it

    def document(self) -> ControlRow:
        """The control as it is printed in JSON."""
        return {
            "name": self.name,
            "prediction": _known(self.prediction),
            "z": _known(self.z),
            "refuted": self.refuted,
            "tellable": self.tellable,
        }


@dataclass(frozen=True, repr=False)
class Verdict:
    """The answer to a question."""

    measurement: Measurement
    z: float
    resolution: float
    verdict: Answer
    reason: str | None
    controls: tuple[Control, ...]
    caught: float  # the smallest relative error of the prediction that is refuted, on either side

    @property
    def claim(self) -> str:
        """The name of the claim."""
        return self.measurement.question.claim.name

    @property
    def statement(self) -> str:
        """What the claim says."""
        return self.measurement.question.claim.statement

    @property
    def scenario(self) -> str:
        """The title of the scenario, or of what is compared."""
        return self.measurement.question.scenario

    @property
    def variation(self) -> str | None:
        """How the scenario was varied; None for the scenario itself."""
        variation = self.measurement.question.variation
        return variation.name if variation else None

    @property
    def quantity(self) -> str:
        """The number, in words or symbols."""
        return self.measurement.question.quantity

    @property
    def regime(self) -> str:
        """Over- or underparameterized, or both."""
        return self.measurement.question.regime

    @property
    def engine(self) -> str:
        """The engine that simulated."""
        return self.measurement.engine

    @property
    def prediction(self) -> float:
        """What theory, or the prediction that was given, says; NaN where it says nothing."""
        return self.measurement.question.prediction

    @property
    def estimate(self) -> Reading:
        """What simulation says, a number with its standard error; NaN if it was not simulated."""
        return self.measurement.reading or Reading(math.nan, math.nan)

    @property
    def standard_error(self) -> float:
        """The standard error of the estimate."""
        return self.estimate.standard_error

    def __repr__(self) -> str:
        place = f"“{self.scenario}”" + (f", {self.variation}" if self.variation else "")
        start = f"{self.verdict}: {self.claim}, {self.quantity} of {place} ({self.engine})"
        numbers = f"predicted {self.prediction:.5g}, estimated {self.estimate}, z = {self.z:+.2f}"
        return f"{start}: {numbers}, resolution {self.resolution:.2%}" + (
            f"; {self.reason}" if self.reason else ""
        )

    def document(self) -> PredictionRow:
        """The verdict as it is printed in JSON."""
        question, reading = self.measurement.question, self.measurement.reading
        return {
            "claim": self.claim,
            "statement": self.statement,
            "source": question.claim.source,
            "scenario": self.scenario,
            "variation": self.variation,
            "changes": dict(question.variation.changes) if question.variation else None,
            "quantity": self.quantity,
            "regime": self.regime,
            "paper": question.paper,
            "engine": self.engine,
            "ordering": ORDERINGS[question.side],
            "prediction": _known(self.prediction),
            "estimate": _known(reading.estimate) if reading else None,
            "standard_error": _known(reading.standard_error) if reading else None,
            "z": _known(self.z),
            "resolution": _known(self.resolution),
            "smallest_error_refuted": _known(self.caught),
            "verdict": self.verdict,
            "reason": self.reason,
            "resolution_relative_to": _known(question.yardstick),
            "resolution_yardstick": question.relative_to or ITSELF,
            "rounding": _known(reading.rounding + question.rounding) if reading else None,
            "digits_lost": digits_lost(reading) if reading else None,
            "place": {"curve": question.place.curve, "x": question.place.x}
            if question.place
            else None,
            "replicates": self.measurement.replicates,
            "seed": self.measurement.seed,
            "controls": [control.document() for control in self.controls],
        }


def digits_lost(reading: Reading) -> str | None:
    """That an estimate has lost its digits, in words; None if it has not."""
    if not reading.lost:
        return None
    return (
        f"digits lost: rounding may have moved the estimate by {reading.rounding:.1g}, which its "
        f"standard error of {reading.standard_error:.1g} does not show"
    )


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
