"""What each rule costs over initialized training: time of a task, and memory for each run."""

from __future__ import annotations

import time
from statistics import median

import jax

from update_magnitude.simulations.networks.benchmarks import settings_of
from update_magnitude.simulations.networks.results import Records
from update_magnitude.simulations.networks.running import State, Trainer, tasks_of

BENCHMARKS = ("split-digits", "permuted-digits")
RULES = ("hybrid-rates", "hybrid-penalty", "average", "ewc", "mas", "si", "l2")
ROUNDS = 5
RuleRow = dict[str, float | str]


def rows() -> list[RuleRow]:
    """Of each rule the second of three tasks, importances included, in turn with initialized."""
    return [row for benchmark in BENCHMARKS for row in _of_benchmark(benchmark)]


def _of_benchmark(benchmark: str) -> list[RuleRow]:
    trainers, states = {}, {}
    for name in ("initialized", *RULES):
        settings = settings_of(benchmark, (name,), seeds=1, tasks=3)
        trainers[name] = Trainer(settings, tasks_of(settings, None))
        state = trainers[name].learn(trainers[name].first(), 0, lambda progress: None)
        states[name] = state
        _seconds(trainers[name], state)  # compiles
    taken: dict[str, list[float]] = {name: [] for name in trainers}
    for _ in range(ROUNDS):
        for name, trainer in trainers.items():
            taken[name].append(_seconds(trainer, states[name]))
    return [
        {
            "benchmark": benchmark,
            "rule": name,
            "time over initialized": median(
                own / plain for own, plain in zip(taken[name], taken["initialized"], strict=True)
            ),
            "numbers kept per parameter": _kept(states[name], trainers[name]),
        }
        for name in RULES
    ]


def _seconds(trainer: Trainer, state: State) -> float:
    """How long a task takes from a state, which stays as it is."""
    networks, before, known = jax.tree.map(
        jax.numpy.copy, (state.networks, state.before, state.importance)
    )
    kept = {name: list(values) for name, values in vars(state.records).items()}
    records = Records(**kept)
    began = time.perf_counter()
    after = trainer.learn(State(networks, before, known, records), 1, lambda progress: None)
    for leaf in jax.tree.leaves(after.networks):
        leaf.block_until_ready()
    return time.perf_counter() - began


def _kept(state: State, trainer: Trainer) -> float:
    """Numbers that are kept between tasks beside the parameters, for each of them."""
    parameters = sum(int(leaf.size) for leaf in jax.tree.leaves(trainer.start))
    return sum(int(leaf.size) for leaf in jax.tree.leaves(state.importance)) / parameters
