"""Running an engine over replicates, in bounded memory, and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scenarios import Scenario
from simulations.engines import Shape, is_hybrid
from simulations.engines import engine as engine_of
from simulations.streaming import Array, Moments

if TYPE_CHECKING:
    from jax import Array as JaxArray

Progress = Callable[[int], None]  # called with the number of replicates just finished


@dataclass(frozen=True)
class Estimate:
    """Means over replicates with their standard errors."""

    mean: Array
    standard_error: Array

    def document(self) -> Any:
        """Nested lists of {"mean", "standard_error"}, as they are printed in JSON."""
        if np.ndim(self.mean):
            pairs = zip(self.mean, self.standard_error, strict=True)
            return [Estimate(*pair).document() for pair in pairs]
        return {"mean": _known(self.mean), "standard_error": _known(self.standard_error)}


@dataclass(frozen=True)
class Decisions:
    """What the hybrid strategy decided at each task; nothing is decided at the first."""

    trained_all: Estimate  # [T]: the share of replicates in which all blocks trained
    signal: Estimate  # [T]: what was held against the threshold

    def document(self) -> dict[str, Any]:
        """The decisions as they are printed in JSON."""
        return {"trained_all": self.trained_all.document(), "signal": self.signal.document()}


@dataclass(frozen=True)
class Simulation:
    """What a simulation of a scenario found; for a single task, forgetting is None."""

    risk: Estimate  # [T, T]: risk[t, i] = R_{i+1}(θ_{t+1})
    forgetting: Estimate | None
    generalization: Estimate
    learning_error: Estimate
    decisions: Decisions | None  # of the hybrid strategy
    undefined: str | None  # why means above are missing, or estimate no finite mean, in words
    replicates: int
    seed: int
    engine: str
    dtype: str
    device: str

    def document(self) -> dict[str, Any]:
        """The simulation as it is printed in JSON."""
        forgetting = self.forgetting
        return {
            "risk": self.risk.document(),
            "forgetting": forgetting.document() if forgetting else None,
            "generalization": self.generalization.document(),
            "learning_error": self.learning_error.document(),
            "undefined": self.undefined,
            **({"decisions": self.decisions.document()} if self.decisions else {}),
            "engine": self.engine,
            "replicates": self.replicates,
            "seed": self.seed,
            "dtype": self.dtype,
            "device": self.device,
        }


SINGLE_TASK = "forgetting compares tasks: it needs at least two"
NO_MEAN = (
    "|m - n| <= 1 with noise: averages over replicates do not settle, for there is no finite mean"
)
OVERFLOW = "the risks are too large for floating-point numbers"


def simulate(
    scenario: Scenario,
    replicates: int,
    seed: int = 0,
    progress: Progress | None = None,
    engine: str = "dense",
) -> Simulation:
    """Simulate a scenario.

    Args:
        scenario: any scenario; the strategy ``hybrid`` needs the dense engine.
        replicates: how often to draw the whole sequence anew, at least 2.
        seed: a whole number, at least 0; the same seed gives the same result.
        progress: called with the number of replicates finished since the last call.
        engine: ``dense`` draws every feature; ``law`` draws from the exact law of each update.

    Raises:
        ScenarioError: if the scenario cannot be simulated.
        ValueError: if there is no such engine.

    Example:
        >>> import scenarios
        >>> result = simulate(scenarios.preset("underparameterized"), replicates=4096)
        >>> bool(abs(result.forgetting.mean - 1.125) < 5 * result.forgetting.standard_error)
        True
    """
    experiment = Experiment([scenario], seed, engine=engine)
    experiment.run(replicates, progress)
    return experiment.results()[0]


class Experiment:
    """Scenarios that run side by side on the same draws, for as many replicates as are wanted.

    With ``contrasts`` the results are those of linear combinations of the scenarios: common draws
    cancel in a difference, replicate by replicate, before its variance is taken.

    Example:
        >>> import scenarios
        >>> frozen = scenarios.preset("two-close-tasks")
        >>> initialized = scenarios.varied(frozen, {"updates.strategy": "initialized"})
        >>> experiment = Experiment([frozen, initialized], seed=1, contrasts=[[1.0, -1.0]])
        >>> experiment.run(2048)
        >>> bool(experiment.results()[0].forgetting.mean < 0)  # freezing forgets less
        True
    """

    def __init__(
        self,
        scenarios: Sequence[Scenario],
        seed: int,
        contrasts: Sequence[Sequence[float]] | None = None,
        engine: str = "dense",
    ) -> None:
        self._scenarios = tuple(scenarios)
        self._contrasts = np.eye(len(scenarios)) if contrasts is None else np.array(contrasts)
        self._name, self._engine = engine, engine_of(engine, self._scenarios)
        self._shape: Shape = self._engine.shape_of(self._scenarios)
        self._seed = seed
        self._dtype: Any = None  # of the engine's numbers, known when it has run
        self._units = 0  # finished units, all of them whole
        self._whole = Moments.none()
        self._last = Moments.none()  # the part of the next unit that was asked for

    @property
    def replicates(self) -> int:
        """How many replicates have been run."""
        return self._whole.count + self._last.count

    @property
    def unit(self) -> int:
        """Replicates that are drawn at once; running a multiple of it wastes nothing."""
        return self._shape.unit

    @property
    def normals(self) -> int:
        """Normal variates drawn per replicate: what a replicate costs."""
        return self._shape.normals

    def run(self, replicates: int, progress: Progress | None = None) -> None:
        """Run until there are that many replicates in all."""
        from simulations.precision import double_precision

        with double_precision():
            self._run(replicates, progress or (lambda done: None))

    def _run(self, replicates: int, progress: Progress) -> None:
        import jax

        key, problem = jax.random.key(self._seed), self._engine.problem_of(self._scenarios)
        while self.replicates < replicates:
            count = min(self.unit, replicates - self._whole.count)
            found = self._measure(key, problem, count)
            progress(count - self._last.count)
            if count == self.unit:
                self._whole, self._last = self._whole.merge(found), Moments.none()
                self._units += 1
            else:
                self._last = found

    def _measure(self, key: JaxArray, problem: Any, count: int) -> Moments:
        """The moments of the first replicates of the next unit."""
        from simulations.measures import moments

        run = self._engine.unit_run(key, self._units, self._shape, problem)
        self._dtype = run.risks.dtype
        return Moments.of(count, *moments(run, self._contrasts, count))

    def results(self) -> list[Simulation]:
        """The results so far: one per scenario, or one per contrast."""
        import jax

        moments = self._whole.merge(self._last) if self._last.count else self._whole
        device = jax.devices()[0]
        run = {
            "replicates": moments.count,
            "seed": self._seed,
            "engine": self._name,
            "dtype": str(self._dtype),
            "device": device.device_kind,
        }
        return [
            _simulation(Estimate(mean, error), weights, self._scenarios, run)
            for mean, error, weights in zip(
                moments.mean, moments.standard_error, self._contrasts, strict=True
            )
        ]


def _simulation(
    measured: Estimate, weights: Array, scenarios: Sequence[Scenario], run: dict[str, Any]
) -> Simulation:
    """Unpack the measures of one contrast, in the order of ``measures``."""
    tasks = scenarios[0].tasks.count
    square, summaries = (tasks, tasks), tasks**2 + 3
    rows = zip(measured.mean[:summaries], measured.standard_error[:summaries], strict=True)
    forgetting, generalization, learning = [Estimate(*pair) for pair in rows][-3:]
    reasons = [SINGLE_TASK] if tasks == 1 else []
    if any(_diverges(of) for of, weight in zip(scenarios, weights, strict=True) if weight):
        reasons.append(NO_MEAN)
    if not np.isfinite(measured.mean).all():
        reasons.append(OVERFLOW)
    return Simulation(
        risk=Estimate(
            measured.mean[: tasks**2].reshape(square),
            measured.standard_error[: tasks**2].reshape(square),
        ),
        forgetting=forgetting if tasks > 1 else None,
        generalization=generalization,
        learning_error=learning,
        decisions=_decisions(measured, summaries, tasks) if is_hybrid(scenarios) else None,
        undefined="; ".join(reasons) or None,
        **run,
    )


def _decisions(measured: Estimate, first: int, tasks: int) -> Decisions:
    """Unpack what the hybrid engine records, choices before signals."""
    last = first + tasks
    return Decisions(
        trained_all=Estimate(measured.mean[first:last], measured.standard_error[first:last]),
        signal=Estimate(measured.mean[last:], measured.standard_error[last:]),
    )


def _diverges(scenario: Scenario) -> bool:
    """Whether an update near the interpolation threshold sees noise, its own or of held blocks."""
    return any(
        any(trained) and scenario.updates.scale[task] != 0 and _near(scenario, task, trained)
        for task in range(scenario.tasks.count)
        for trained in scenario.options(task)
    )


def _near(scenario: Scenario, task: int, trained: tuple[bool, ...]) -> bool:
    sizes = scenario.blocks.sizes
    count = sum(size for size, moves in zip(sizes, trained, strict=True) if moves)
    noisy = scenario.tasks.noise[task] > 0 or not all(trained)
    return noisy and abs(count - scenario.tasks.samples[task]) <= 1


def _known(value: Array) -> float | None:
    return float(value) if np.isfinite(value) else None
