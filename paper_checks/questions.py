"""What is asked of a simulation: questions, and the studies that answer several at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from update_magnitude.paper_checks.claims.side_by_side import Together
    from update_magnitude.simulations import Experiment
    from update_magnitude.simulations.runner import Runner

Runnable: TypeAlias = "Experiment | Runner[Any] | Together"  # for more and more replicates
RESOLVED = 4  # standard errors beyond which a deviation from a limit is taken for one
ROUNDING = 1e-10  # what float64 may add to an estimate, relative to the size of the numbers in it
RISKS = "the risks that it is made of"
DENSE, LAW = "dense", "law"
ENGINES = (LAW, DENSE)


@dataclass(frozen=True)
class Claim:
    """Something that is said to be so, by whom, and how it is called on the command line."""

    name: str
    statement: str
    source: str
    theorems: tuple[str, ...] = ()  # names of what is derived about it, for the report
    why: str = ""  # how a reader may understand what comes out
    paper: str = ""  # what the paper says, and which sign or order would bear it out


@dataclass(frozen=True)
class Approach:
    """How a number nears what theory says of it, as a scenario grows."""

    sizes: tuple[int, ...]  # factors by which all sizes are larger than the least
    estimates: tuple[float, ...]  # one at each size
    standard_errors: tuple[float, ...]
    predictions: tuple[float, ...]

    @property
    def rate(self) -> float | None:
        """The slope of the logarithm of |estimate − prediction| in that of the size.

        By weighted least squares over the sizes at which the deviation exceeds four standard
        errors; None where these are fewer than two.

        Example:
            >>> falls = Approach((1, 2, 4), (1.4, 1.2, 1.1), (0.01, 0.01, 0.01), (1.0, 1.0, 1.0))
            >>> round(falls.rate, 6)
            -1.0
        """
        rows = zip(self.sizes, self.estimates, self.predictions, self.standard_errors, strict=True)
        apart = [(size, abs(value - wanted), error) for size, value, wanted, error in rows]
        clear = [row for row in apart if row[1] > RESOLVED * row[2] > 0]
        if len(clear) < 2:
            return None
        sizes, deviations, errors = np.array(clear).T
        slope, _ = np.polyfit(np.log(sizes), np.log(deviations), 1, w=deviations / errors)
        return float(slope)


@dataclass(frozen=True, repr=False)
class Reading:
    """An estimate with its errors, as read from the results of an experiment.

    Example:
        >>> read = Reading(-0.80912, 0.0061)
        >>> f"{read:.3f}", float(read)
        ('−0.809 ± 0.006', -0.80912)
        >>> read
        −0.8091 ± 0.0061
    """

    estimate: float
    standard_error: float
    rounding: float = 0.0  # by which the engine may have moved the estimate
    lost: bool = False  # whether that takes digits away which the standard error pretends to know
    approach: Approach | None = None  # where it is a limit; rounding is then what sizes leave open

    def __float__(self) -> float:
        return self.estimate

    def __format__(self, digits: str) -> str:
        """Estimate ± standard error in one format; without one, as far as two digits of error."""
        digits = digits or f".{_decimals(self.standard_error)}f"
        return f"{self.estimate:{digits}} ± {self.standard_error:{digits}}".replace("-", "−")

    def __repr__(self) -> str:
        return f"{self}"


def _decimals(error: float) -> int:
    """How many decimals show two digits of an error."""
    return min(max(1 - math.floor(math.log10(error)), 0), 15) if 0 < error < math.inf else 6


Read = Callable[[Any], Reading]  # from the results of the experiment, whatever they are


@dataclass(frozen=True)
class Variation:
    """A scenario changed in one respect, to see whether what holds in it still does."""

    name: str
    changes: Mapping[str, object]  # new values by dotted key, as ``scenarios.varied`` takes them


@dataclass(frozen=True)
class Place:
    """Where a question belongs in the picture of its claim."""

    curve: str  # the line of the prediction
    x: float


@dataclass(frozen=True)
class Question:
    """Whether a number that theory predicts comes out of the simulation.

    With ``side`` the prediction is a bound: the number is said to lie above (+1) or below it (−1).
    """

    claim: Claim
    quantity: str  # the number, in words or symbols
    scenario: str  # title of the scenario
    regime: str
    prediction: float
    read: Read
    size: float  # of the risks, or whatever it is, that the number is made of; never larger
    rounding: float  # by which rounding of the prediction and unfinished iterations may be off
    wrong: Mapping[str, float] = field(default_factory=dict)  # wrong predictions, by the mistake
    astray: Mapping[str, Read] = field(default_factory=dict)  # wrong experiments, by the mistake
    untestable: str | None = None  # why no z-test can answer it, if none can
    variation: Variation | None = None  # how the scenario was changed, if it was
    side: int = 0  # of the prediction on which the number is said to lie; 0: it is the number
    paper: bool | None = None  # whether theory has the paper's claim hold here; None: no such claim
    absolute: bool = False  # whether the resolution is relative to the size, not the prediction
    place: Place | None = None  # in the picture of the claim
    setting: Mapping[str, object] | None = None  # the scenario, as its file has it
    unit: str = RISKS  # what the size is, in words

    @property
    def yardstick(self) -> float:
        """What the resolution is relative to: the prediction, or where that is 0 the size."""
        return abs(self.prediction) if self._by_itself else self.size

    @property
    def relative_to(self) -> str | None:
        """What the resolution is relative to, in words; None if it is the prediction itself."""
        itself = self._by_itself or self.size == abs(self.prediction)
        return None if itself else self.unit

    @property
    def _by_itself(self) -> bool:
        size = abs(self.prediction)
        return not self.absolute and not self.side and size > 10 * self.rounding


@dataclass(frozen=True)
class Study:
    """An experiment and the questions that it answers."""

    name: str
    experiment: Runnable
    questions: tuple[Question, ...]
    share: float = 1.0  # of the profile's budget that it may spend
    engine: str = DENSE  # that it runs on; what draws its features itself counts as dense
    pilot: int = 4096  # replicates after which the number that is needed is first estimated


@dataclass(frozen=True)
class Picture:
    """What the picture of a claim shows beside the simulated points: the predicted lines."""

    x: str  # what is on the axes
    y: str
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]]  # x and y, by name
    marks: Mapping[str, float] = field(default_factory=dict)  # values of x worth a vertical line
    names: Sequence[str] = ()  # of x = 0, 1, ..., if these are no numbers but things side by side
    logarithmic: bool = False  # whether the x axis is
