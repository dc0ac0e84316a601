"""The benchmarks by name, and the settings of a run."""

from __future__ import annotations

from dataclasses import MISSING, asdict, dataclass
from dataclasses import fields as dataclass_fields

from update_magnitude.scenarios import ScenarioError, fields
from update_magnitude.simulations.networks.metrics import Document
from update_magnitude.simulations.networks.strategies import (
    ALL_LETTER,
    DEFAULT,
    GRADIENT_METRICS,
    MOST_TASKS,
    SCHEDULE,
    SETS_OF_STRATEGIES,
    SPECIFIC_LETTER,
    STRATEGIES,
    schedules,
)
from update_magnitude.simulations.networks.tasks import Relation


@dataclass(frozen=True)
class Benchmark:
    """What a benchmark is made of, and what a run of it takes unless settings say otherwise."""

    title: str
    data: str  # the data set
    kind: str  # split or permuted
    tasks: int
    classes: int  # of a task
    model: str
    width: int
    epochs: int
    batch: int
    rate: float = 0.03

    @property
    def name(self) -> str:
        """The kind and the data set."""
        return f"{self.kind}-{self.data}"


CROSS_ENTROPY = "cross-entropy"
LOSSES = (CROSS_ENTROPY, "squared")
BENCHMARKS = {
    benchmark.name: benchmark
    for benchmark in (
        Benchmark("Split Digits", "digits", "split", 5, 2, "residual", 8, 8, 32),
        Benchmark("Permuted Digits", "digits", "permuted", 5, 10, "perceptron", 128, 10, 32),
        Benchmark("Split MNIST", "mnist", "split", 5, 2, "residual", 16, 3, 64),
        Benchmark("Permuted MNIST", "mnist", "permuted", 10, 10, "perceptron", 256, 5, 64),
        Benchmark("Split Fashion-MNIST", "fashion-mnist", "split", 5, 2, "residual", 16, 3, 64),
        Benchmark(
            *("Permuted Fashion-MNIST", "fashion-mnist", "permuted", 10, 10),
            *("perceptron", 256, 5, 64),
        ),
        Benchmark("Split CIFAR-10", "cifar10", "split", 5, 2, "residual", 64, 20, 64),
        Benchmark("Split CIFAR-100", "cifar100", "split", 10, 10, "residual", 64, 20, 64),
        Benchmark("Split CUB-200", "cub200", "split", 10, 20, "residual", 64, 30, 32),
    )
}


LEAST = {
    "seeds": 1, "classes": 2, "samples": 2, "shrink": 1, "width": 1, "epochs": 1, "batch": 1
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """All that a run depends on beside the images: with the same, equal settings end alike."""

    benchmark: str
    strategies: tuple[str, ...]
    seeds: int
    relation: Relation
    samples: int | None  # training images per task; None for all
    shrink: int  # pixels on a side that are averaged to one
    width: int
    epochs: int
    batch: int
    rate: float
    specific: int | None  # modules, from the last, that train under frozen; None for a third
    metric: str  # of two gradients, for the hybrid strategies that have a threshold
    threshold: float  # of the metric
    seed: int  # of the first run and of the tasks; the others have the ones after
    strength: float | None = None  # c of rates and κ of penalties; None for each strategy's own
    loss: str = CROSS_ENTROPY
    perturb: float = 0.0  # relative size of a random change of the initial parameters

    def document(self) -> Document:
        """The settings as they are kept in results, without those that are left at a default."""
        kept = asdict(self) | {"strategies": list(self.strategies)}
        if not self.relation.shuffled:
            del kept["relation"]["shuffled"]
        return {
            name: value
            for name, value in kept.items()
            if name not in DEFAULTS or value != DEFAULTS[name]
        }


# Of the settings that came later: what is kept of a run lacks them where they have these values.
DEFAULTS = {
    one.name: one.default for one in dataclass_fields(Settings) if one.default is not MISSING
}


def settings_of(
    name: str,
    strategies: tuple[str, ...] = DEFAULT,
    seeds: int = 5,
    tasks: int | None = None,
    classes: int | None = None,
    shared: int = 0,
    corruption: float = 0.0,
    shuffle_classes: bool = False,
    samples: int | None = None,
    shrink: int = 1,
    width: int | None = None,
    epochs: int | None = None,
    batch: int | None = None,
    rate: float | None = None,
    specific: int | None = None,
    metric: str = "cosine",
    threshold: float = 0.0,
    seed: int = 0,
    strength: float | None = None,
    loss: str = CROSS_ENTROPY,
    perturb: float = 0.0,
) -> Settings:
    """The settings of a run: the benchmark's own where None.

    A ScenarioError names what is no benchmark or strategy, or a number that makes no sense.
    """
    if name not in BENCHMARKS:
        raise ScenarioError(f"{name!r} is no benchmark; known: {', '.join(BENCHMARKS)}")
    own = BENCHMARKS[name]
    given = (seeds, classes, samples, shrink, width, epochs, batch)
    for (option, least), value in zip(LEAST.items(), given, strict=True):
        if value is not None:
            fields.whole(fields.plain(value), f"--{option}", least, f"it is {least} at least")
    count = own.tasks if tasks is None else tasks
    chosen = _named(strategies, count)
    rate = own.rate if rate is None else rate
    relation = Relation(
        own.kind, count, classes or own.classes, shared, corruption, shuffle_classes
    )
    _require_sense(relation, rate, metric, threshold)
    _require_change(strength, loss, perturb)
    own_sizes = (width or own.width, epochs or own.epochs, batch or own.batch)
    return Settings(
        *(name, chosen, seeds, relation, samples, shrink, *own_sizes),
        *(rate, specific, metric, threshold, seed),
        *(strength, loss, perturb),
    )


def _require_sense(relation: Relation, rate: float, metric: str, threshold: float) -> None:
    """Raise a ScenarioError that names the option whose value makes no sense."""
    if not 0 < rate < float("inf"):
        raise ScenarioError(f"--rate {rate:g}: a learning rate is above 0")
    if relation.kind == "permuted" and relation.shared:
        raise ScenarioError("--shared: all tasks of a permuted benchmark have all classes")
    if not 0 <= relation.corruption <= 1:
        raise ScenarioError(f"--corruption {relation.corruption:g}: a share lies between 0 and 1")
    if not -1 <= threshold <= 1:
        raise ScenarioError(f"--threshold {threshold:g}: a {metric} lies between -1 and 1")
    if metric not in GRADIENT_METRICS:
        raise ScenarioError(f"--metric {metric!r}: known are {', '.join(GRADIENT_METRICS)}")
    if relation.tasks < 2:
        raise ScenarioError(f"--tasks {relation.tasks}: there is no forgetting in less than two")


def _require_change(strength: float | None, loss: str, perturb: float) -> None:
    """The same of the options that change how is trained."""
    if strength is not None and not 0 <= strength < float("inf"):
        raise ScenarioError(f"--strength {strength:g}: it is 0 (nothing is held) or above")
    if loss not in LOSSES:
        raise ScenarioError(f"--loss {loss!r}: known are {', '.join(LOSSES)}")
    if not 0 <= perturb < 1:
        raise ScenarioError(
            f"--perturb {perturb:g}: a share of each parameter, 0 or above, below 1"
        )


def _named(strategies: tuple[str, ...], tasks: int) -> tuple[str, ...]:
    """The strategies that are meant, each once: ``schedules`` stands for all of them."""
    known = f"known: {', '.join([*STRATEGIES, *SETS_OF_STRATEGIES])}"
    if not strategies:
        raise ScenarioError(f"--strategy: none given; {known}")
    if "schedules" in strategies and tasks > MOST_TASKS:
        raise ScenarioError(
            f"--strategy schedules: {tasks} tasks have {2 ** (tasks - 1)} schedules; ask for at "
            f"most --tasks {MOST_TASKS}"
        )
    meant: list[str] = []
    for strategy in strategies:
        meant += schedules(tasks) if strategy == "schedules" else [strategy]
    for strategy in meant:
        letters = strategy.removeprefix(SCHEDULE)
        if letters != strategy and (
            len(letters) != tasks - 1 or set(letters) - {SPECIFIC_LETTER, ALL_LETTER}
        ):
            raise ScenarioError(
                f"--strategy: {strategy!r} is no schedule of {tasks} tasks; one has {tasks - 1} "
                "letters, one for each task after the first, a where all modules train, s where "
                "the specific ones do"
            )
        if letters == strategy and strategy not in STRATEGIES:
            raise ScenarioError(f"--strategy: {strategy!r} is no strategy; {known}")
    return tuple(dict.fromkeys(meant))
