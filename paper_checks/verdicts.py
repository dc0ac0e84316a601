"""Verdicts: what was asked and measured, and whether the prediction holds; lists of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, overload

from update_magnitude.paper_checks.contents import (
    Answer,
    ApproachRow,
    ControlRow,
    PredictionRow,
)
from update_magnitude.paper_checks.profiles import Profile
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
    astray: Mapping[str, Reading]  # what wrong experiments read, by the mistake
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
            "prediction": finite_or_none(self.prediction),
            "z": finite_or_none(self.z),
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
        place = question.place
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
            "prediction": finite_or_none(self.prediction),
            "estimate": finite_or_none(self.estimate.estimate),
            "standard_error": finite_or_none(self.standard_error),
            "z": finite_or_none(self.z),
            "resolution": finite_or_none(self.resolution),
            "smallest_error_refuted": finite_or_none(self.caught),
            "verdict": self.verdict,
            "reason": self.reason,
            "resolution_relative_to": finite_or_none(question.yardstick),
            "resolution_yardstick": question.relative_to or ITSELF,
            "rounding": finite_or_none(reading.rounding + question.rounding) if reading else None,
            "digits_lost": digits_lost(reading) if reading else None,
            "place": {"curve": place.curve, "x": place.x} if place else None,
            "approach": _approach(reading),
            "replicates": self.measurement.replicates,
            "seed": self.measurement.seed,
            "controls": [control.document() for control in self.controls],
        }


@dataclass(frozen=True, repr=False)
class Outcome(Sequence[Verdict]):
    """What came of a run: a list of its verdicts, with what they rest on."""

    verdicts: list[Verdict]  # one per question that was answered
    profile: Profile
    seed: int
    engines: tuple[str, ...]
    interrupted: bool = False
    notes: tuple[str, ...] = ()  # what else a user should know
    subject: tuple[str, ...] = ()  # what was asked for: claims, or a scenario; all claims if empty

    @overload
    def __getitem__(self, place: int) -> Verdict: ...
    @overload
    def __getitem__(self, place: slice) -> list[Verdict]: ...
    def __getitem__(self, place: int | slice) -> Verdict | list[Verdict]:
        return self.verdicts[place]

    def __len__(self) -> int:
        return len(self.verdicts)

    def __repr__(self) -> str:
        """The table of the command, and its sentences."""
        from update_magnitude.paper_checks.table import in_lines

        return "\n".join((in_lines(self.verdicts), *(f"note: {note}" for note in self.notes)))

    def _repr_html_(self) -> str:
        """A row for each verdict, in a notebook."""
        from update_magnitude.paper_checks.table import in_html

        return in_html(self.verdicts)


def digits_lost(reading: Reading) -> str | None:
    """That an estimate has lost its digits, in words; None if it has not."""
    if not reading.lost:
        return None
    return (
        f"digits lost: rounding may have moved the estimate by {reading.rounding:.1g}, which its "
        f"standard error of {reading.standard_error:.1g} does not show"
    )


def _approach(reading: Reading | None) -> ApproachRow | None:
    """What a limit was read from, as it is printed in JSON; None of what is no limit."""
    if reading is None or reading.approach is None:
        return None
    approach = reading.approach
    return {
        "sizes": list(approach.sizes),
        "predictions": list(approach.predictions),
        "estimates": list(approach.estimates),
        "standard_errors": list(approach.standard_errors),
        "rate": approach.rate,
    }


def finite_or_none(value: float) -> float | None:
    """A number as JSON has it, which knows neither infinity nor NaN."""
    return float(value) if math.isfinite(value) else None
