"""What ``report.json`` and ``check --json`` contain, as types: docs/schemas is made from them.

New keys may come; none changes its meaning within a schema.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

Answer = Literal["holds", "refuted", "inconclusive"]


class ControlRow(TypedDict):
    """A deliberately wrong prediction or experiment, and whether the comparison refutes it."""

    name: str
    prediction: float | None
    z: float | None
    refuted: bool
    tellable: bool


class PlaceRow(TypedDict):
    """Where a prediction belongs in the picture of its claim."""

    curve: str
    x: float


class ApproachRow(TypedDict):
    """What came out at growing sizes where theory predicts a limit, and how fast it gets there."""

    sizes: list[int]
    predictions: list[float]
    estimates: list[float]
    standard_errors: list[float]
    rate: float | None


class PredictionRow(TypedDict):
    """One prediction, its estimate and the verdict: an entry of the list of ``check --json``."""

    claim: str
    statement: str
    source: str
    scenario: str
    variation: str | None
    changes: dict[str, Any] | None
    quantity: str
    regime: str
    paper: bool | None
    engine: str
    ordering: Literal["above", "below"] | None
    prediction: float | None
    estimate: float | None
    standard_error: float | None
    z: float | None
    resolution: float | None
    smallest_error_refuted: float | None
    verdict: Answer
    reason: str | None
    resolution_relative_to: float | None
    resolution_yardstick: str
    rounding: float | None
    digits_lost: str | None
    place: PlaceRow | None
    approach: ApproachRow | None
    replicates: int
    seed: int
    controls: list[ControlRow]


class FormulaRow(TypedDict):
    """A theorem in one of its regimes."""

    name: str
    regime: str
    statement: str
    text: str
    latex: str
    mathml: str


class ClaimRow(TypedDict):
    """A claim, its formulas, its scenarios as their files have them, and its predictions."""

    name: str
    statement: str
    source: str
    explanation: str
    paper: str
    verdict: Answer
    theorems: list[FormulaRow]  # in full, of the first theorems that are tested
    further_theorems: NotRequired[list[str]]  # the names of the others
    scenarios: dict[str, dict[str, Any]]
    predictions: list[PredictionRow]


class PaperRow(TypedDict):
    """A place at which a claim of the paper was put to the test."""

    claim: str
    scenario: str
    quantity: str
    engine: str
    paper_holds: bool
    verdict: Answer


class Counts(TypedDict):
    """How many predictions there are of each verdict, and how many controls."""

    predictions: int
    holds: int
    refuted: int
    inconclusive: int
    controls: int
    controls_refuted: int


class Report(TypedDict):
    """A run of ``check``: ``report.json``."""

    schema: Literal[1]
    title: str
    subject: list[str]
    profile: str
    target_resolution: float
    seed: int
    engines: list[str]
    interrupted: bool
    family_error: float
    power: float
    versions: dict[str, str]
    summary: Counts
    paper: list[PaperRow]
    claims: list[ClaimRow]
