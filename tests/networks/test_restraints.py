"""Rules that hold parameters: against plain NumPy, in their limits, and blind to labels."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.networks import numpy_twin as twin
from tests.networks.test_numpy_twin import (
    LOSS,
    PARAMETER,
    RATE,
    Both,
    compiled_fast,
    made_up,
    plain,
)
from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations import streams
from update_magnitude.simulations.networks import checkpoint, importance, restraints, training
from update_magnitude.simulations.networks.benchmarks import settings_of
from update_magnitude.simulations.networks.lessons import lesson as lesson_of
from update_magnitude.simulations.networks.model import Network, perceptron
from update_magnitude.simulations.networks.parts import REFIT
from update_magnitude.simulations.networks.results import records_of
from update_magnitude.simulations.networks.running import State, Trainer, tasks_of
from update_magnitude.simulations.networks.strategies import STRATEGIES
from update_magnitude.simulations.networks.training import Lesson

DOCS = Path(__file__).parents[2] / "docs"
NAMES = ("initialized", "frozen", "hybrid-rates", "hybrid-penalty", "average", "ewc", "mas", "si")
SEED, EPOCHS, BATCH, WIDTH, SAMPLES = 5, 2, 8, 16, 26
FURTHER = 1e-3  # of importances, which are squares of gradients, relative to their mean


def settings(strategies=NAMES, **changes):
    given = {"tasks": 2, "classes": 3, "width": WIDTH, "epochs": EPOCHS, "batch": BATCH}
    return settings_of(
        "permuted-mnist", strategies, seeds=1, rate=RATE, seed=SEED, **given | changes
    )


def ran(trainer: Trainer) -> list[State]:
    """The states before and after each task."""
    states = [trainer.first()]
    for task in range(trainer.tasks.count):
        states.append(trainer.learn(states[-1], task, lambda progress: None))
    return states


@pytest.fixture(scope="module")
def tasks():
    return made_up(heads=1, classes=3)


@pytest.fixture(scope="module")
def states(tasks):
    with compiled_fast():
        return ran(Trainer(settings(), tasks))


def run_of(tree: Network, name: str) -> Network:
    return jax.tree.map(lambda leaf: np.asarray(leaf)[NAMES.index(name)], tree)


def parameters(tree: Network, name: str) -> twin.Parameters:
    """The parameters of the run of a strategy under the twin's names."""
    one = jax.tree.map(lambda leaf: leaf[None], run_of(tree, name))
    return plain(one, 0)


def twin_gradient(net: twin.Parameters, image: np.ndarray, slope) -> twin.Parameters:
    """The gradient of a function of an example's outputs, of which ``slope`` is the derivative."""
    outputs, back = twin.logits(net, image[None], 0, twin.Rules(RATE))
    return back(slope(outputs[0])[None])


def twin_importance(name: str, net: twin.Parameters, tasks) -> twin.Parameters:
    """The mean over all examples of the first task, by the gradients of the twin.

    There are fewer examples than would be drawn, so that all are taken; the random combinations of
    outputs are those of the program.
    """
    (key,) = streams.keys(streams.IMPORTANCE, [SEED])
    key = jax.random.fold_in(key, 0)
    places = np.asarray(jax.random.permutation(key, SAMPLES))
    keys = jax.random.split(jax.random.fold_in(key, 1), SAMPLES)
    total = {place: np.zeros_like(value) for place, value in net.items()}
    for place, one in zip(places, keys, strict=True):
        image, label = tasks.images[0][place].astype(float), tasks.labels[0][place]
        drawn = np.asarray(jax.random.normal(one, (3,)), float)
        unit = drawn - drawn.mean()
        unit /= np.sqrt(unit @ unit)
        slopes = {
            "hybrid-rates": lambda z, unit=unit: unit,
            "ewc": lambda z, label=label: np.eye(3)[label] - np.exp(z) / np.exp(z).sum(),
            "mas": lambda z: 2 * z,
        }
        gradient = twin_gradient(net, image, slopes[name])
        for where, value in gradient.items():
            total[where] += np.abs(value) if name == "mas" else value**2
    mean = {where: value / SAMPLES for where, value in total.items()}
    if name == "hybrid-rates":
        size = sum(value.size for value in mean.values())
        scale = sum(value.sum() for value in mean.values()) / size
        mean = {where: value / scale for where, value in mean.items()}
    return mean


@pytest.mark.parametrize("name", ["hybrid-rates", "ewc", "mas"])
def test_importances_are_those_of_the_twin(states, tasks, name):
    net = parameters(states[1].networks, name)
    expected = twin_importance(name, net, tasks)
    measured = plain(states[1].importance[name], 0)
    for where, value in expected.items():
        scale = np.abs(value).mean()
        np.testing.assert_allclose(measured[where], value, atol=FURTHER * scale, rtol=FURTHER)
    other = twin_importance("mas" if name == "ewc" else "ewc", net, tasks)
    where = (0, "weight")
    assert np.abs(measured[where] - other[where]).max() > 100 * FURTHER * expected[where].mean()


def twin_second_task(name: str, start: twin.Parameters, known: twin.Parameters, tasks):
    """The second task learned as the rule says, step by step: parameters, and Σ −g Δθ."""
    net, strength = dict(start), STRATEGIES[name].restraint.strength
    velocity, path = dict.fromkeys(net, 0.0), dict.fromkeys(net, 0.0)
    (key,) = streams.keys(streams.BATCHES, [SEED])
    for number in range(EPOCHS):
        for places in np.asarray(training.order_of(key, 1, number, SAMPLES, BATCH)):
            images, labels = tasks.images[1][places].astype(float), tasks.labels[1][places]
            gradient = twin.loss(net, images, labels, 0, twin.Rules(RATE))[1]()
            for where in net:
                velocity[where] = 0.9 * velocity[where] + gradient[where]
                old, factor = net[where], strength * known[where]
                if STRATEGIES[name].restraint.is_penalty:
                    new = (old - RATE * velocity[where] + factor * start[where]) / (1 + factor)
                else:
                    new = old - RATE / (1 + factor) * velocity[where]
                path[where] = path[where] - gradient[where] * (new - old)
                net[where] = new
    return net, path


@pytest.mark.parametrize("name", ["hybrid-rates", "hybrid-penalty", "ewc", "mas", "si"])
def test_a_restrained_task_is_that_of_the_twin(states, tasks, name):
    start = parameters(states[1].networks, name)
    known = plain(states[1].importance[name], 0)
    expected, _ = twin_second_task(name, start, known, tasks)
    end = parameters(states[2].networks, name)
    free, _ = twin_second_task(name, start, dict.fromkeys(start, 0.0), tasks)
    for where, value in expected.items():
        np.testing.assert_allclose(end[where], value, rtol=0, atol=PARAMETER)
    moved = max(np.abs(free[where] - expected[where]).max() for where in free)
    assert moved > 10 * PARAMETER  # the restraint is felt


def test_importance_along_the_path_is_that_of_the_twin(states, tasks):
    """Of the first task, which nothing restrains: Σ −g Δθ over the squared way, damped by 0.1."""
    start = parameters(states[0].networks, "si")
    net, path = dict(start), dict.fromkeys(start, 0.0)
    velocity = dict.fromkeys(start, 0.0)
    (key,) = streams.keys(streams.BATCHES, [SEED])
    for number in range(EPOCHS):
        for places in np.asarray(training.order_of(key, 0, number, SAMPLES, BATCH)):
            images, labels = tasks.images[0][places].astype(float), tasks.labels[0][places]
            gradient = twin.loss(net, images, labels, 0, twin.Rules(RATE))[1]()
            for where in net:
                velocity[where] = 0.9 * velocity[where] + gradient[where]
                path[where] = path[where] + RATE * gradient[where] * velocity[where]
                net[where] = net[where] - RATE * velocity[where]
    measured = plain(states[1].importance["si"], 0)
    for where, value in path.items():
        expected = np.maximum(value, 0) / ((net[where] - start[where]) ** 2 + 0.1)
        scale = max(expected.mean(), LOSS)
        np.testing.assert_allclose(measured[where], expected, atol=FURTHER * scale, rtol=0.02)


def test_the_average_is_the_mean_with_its_head_fitted_again(states, tasks):
    """Of two tasks: half way, and then two epochs in which the head alone trains."""
    start, free = (parameters(states[place].networks, "initialized") for place in (1, 2))
    net = {where: (start[where] + free[where]) / 2 for where in start}
    (key,) = streams.keys(streams.BATCHES, [SEED])
    orders = [
        np.asarray(training.order_of(key, 1, number, SAMPLES, BATCH))
        for number in range(EPOCHS, EPOCHS + REFIT)
    ]
    images, labels = tasks.images[1].astype(float), tasks.labels[1]
    lesson = twin.Lesson(images, labels, orders, 0, 0)
    (expected,), _ = twin.train(net, [lesson], twin.Rules(RATE))
    end = parameters(states[2].networks, "average")
    for where, value in expected.items():
        np.testing.assert_allclose(end[where], value, rtol=0, atol=PARAMETER)


def test_without_strength_rates_and_penalties_are_initialized_training_to_the_bit(tasks):
    names = ("initialized", "hybrid-rates", "hybrid-penalty", "slowed", "ewc")
    with compiled_fast():
        end = ran(Trainer(settings(names, strength=0.0), tasks))[-1].networks
    for leaf in map(np.asarray, jax.tree.leaves(end)):
        for run in leaf[1:]:
            np.testing.assert_array_equal(run, leaf[0])


def test_with_all_strength_on_the_held_modules_rates_are_frozen_training(tasks):
    """As c → ∞ where importances are 1 on the held modules and 0 elsewhere: off by 1/c."""
    trainer = Trainer(settings(("frozen",)), tasks)
    start = trainer.start
    specific = trainer.chain.specific
    ones = importance.uniform(start, shared_head=False)
    modules = tuple(
        module if place < len(ones.modules) - specific else jax.tree.map(jnp.zeros_like, module)
        for place, module in enumerate(ones.modules)
    )
    held = Network(modules, ones.heads)
    every, few = jnp.ones((1, 3)), jnp.array([[0.0, 0.0, 1.0]])
    ends = {}
    for name, trains, strength in (("frozen", few, 0.0), ("1e3", every, 1e3), ("1e6", every, 1e6)):
        free = restraints.free(start, trains, rate=RATE)
        restraint = replace(STRATEGIES["hybrid-rates"].restraint, strength=strength)
        restrained = restraints.held(free, restraint, held, trainer.runs.keys[streams.BATCHES])
        lesson, key = lesson_of(tasks, 0), trainer.runs.keys[streams.BATCHES]
        networks, _, _, _ = training.epoch(
            *(jax.tree.map(jnp.copy, start), training.reset(start), None, key, restrained, lesson),
            jnp.int32(0),
            size=BATCH,
            kind="cross-entropy",
        )
        ends[name] = networks

    def apart(name: str) -> float:
        return float(training.distances(ends[name], ends["frozen"]).max())

    assert apart("1e6") < 2e-5 < apart("1e3")
    assert apart("1e3") < 2e-2


def test_importances_of_outputs_know_nothing_of_labels_nor_of_the_numbers_of_classes(tasks):
    """With the outputs in another order, and the labels gone, they have the same mean.

    The combination of outputs is a random one: over 200 draws with all 26 examples each, the means
    of the 256 importances of the first layer agree within 5 standard errors of their difference, of
    which one is off by chance in 3e-4 of such tests. The control: those of the Fisher information,
    which knows labels, do not agree.
    """
    random = np.random.default_rng(0)
    network = perceptron(random, tasks.shape, 4, 1, 3)
    network = Network(network.modules, jax.tree.map(lambda leaf: 1 + 100 * leaf, network.heads))
    order = np.array([2, 0, 1])
    heads = jax.tree.map(lambda leaf: leaf[..., order], network.heads)
    both = jax.tree.map(
        lambda *leaves: jnp.stack([leaf for leaf in leaves for _ in range(200)]),
        *(network, Network(network.modules, heads)),
    )
    lesson = lesson_of(tasks, 0)
    nonsense = lesson._replace(labels=jnp.full_like(lesson.labels, 7))
    keys = jax.random.split(jax.random.key(3), 400)

    def first_layer(given: Lesson, measure: str) -> np.ndarray:
        values = importance.measured(both, keys, given, measure=measure, shared_head=True)
        return np.asarray(values.modules[0].weight, float).reshape(2, 200, -1)

    measured = first_layer(lesson, "outputs")
    np.testing.assert_array_equal(measured, first_layer(nonsense, "outputs"))
    difference = measured[0].mean(0) - measured[1].mean(0)
    error = np.sqrt((measured.var(1, ddof=1) / 200).sum(0))
    felt = error > 0
    assert (np.abs(difference[felt]) < 5 * error[felt]).all()  # 256 numbers: falsely in 3e-4
    fisher = first_layer(lesson, "fisher").mean(1)
    assert not np.allclose(fisher[0], fisher[1], rtol=0.01)


def test_controls_keep_what_they_say(tasks):
    """Shuffled importances are the same numbers, and module means the same sums."""
    trainer = Trainer(settings(("frozen",)), tasks)
    drawn = jax.tree.map(
        lambda leaf: jax.random.uniform(jax.random.key(leaf.size), leaf.shape), trainer.start
    )
    free = restraints.free(trainer.start, jnp.ones((1, 3)), rate=1.0)
    key = trainer.runs.keys[streams.IMPORTANCE_ORDER]
    ways = {
        name: restraints.held(free, replace(STRATEGIES[name].restraint, strength=1.0), drawn, key)
        for name in ("hybrid-rates", "shuffled", "module-means")
    }
    for place in range(3):
        rates, shuffled, means = (
            np.asarray(training.flat(held.pace.modules[place])) for held in ways.values()
        )
        np.testing.assert_array_equal(np.sort(rates), np.sort(shuffled))
        assert not np.array_equal(rates, shuffled)
        importances = np.asarray(training.flat(drawn.modules[place]))
        np.testing.assert_allclose(means, 1 / (1 + importances.mean()), rtol=1e-5)


def test_both_kinds_of_heads(tasks):
    """Heads of their own move freely; a head that tasks share is held with the body."""
    one = Both(settings(), tasks, None, None, None).tasks  # three classes, one head
    network = jax.tree.map(
        lambda leaf: jnp.asarray(leaf)[None],
        perceptron(np.random.default_rng(1), one.shape, 4, 1, 3),
    )
    keys = jax.random.split(jax.random.key(0), 1)
    for shared in (True, False):
        values = importance.measured(
            network, keys, lesson_of(tasks, 0), measure="outputs", shared_head=shared
        )
        assert bool(jnp.any(values.heads.weight > 0)) is shared
        leaves = jax.tree.leaves((values.modules, values.heads if shared else None))
        mean = sum(leaf.sum() for leaf in leaves) / sum(leaf.size for leaf in leaves)
        assert float(mean) == pytest.approx(1.0, rel=1e-5)


def test_baselines_have_the_best_strength_of_the_development_seeds():
    """Those of the rules were fixed before, and the control has that of the rates."""
    known = json.loads((DOCS / "networks" / "strengths.json").read_text())
    best = {}
    for name, values in known["split-digits"].items():
        means = {
            strength: sum(np.mean(known[benchmark][name][strength]) for benchmark in known)
            for strength in values
        }
        best[name] = float(max(means, key=lambda strength, means=means: means[strength]))
    own = {name: STRATEGIES[name].restraint.strength for name in best}
    fixed = {"hybrid-penalty", "slowed"}
    assert {name for name in best if best[name] != own[name]} == fixed
    assert own["slowed"] == own["hybrid-rates"]


@pytest.mark.slow
def test_over_three_tasks_importances_add_up_and_the_average_is_over_all():
    """Of tasks with heads of their own, which have no importance and are not averaged."""
    changes = {"seeds": 2, "tasks": 3, "width": 4, "epochs": 1, "batch": 16, "samples": 32}
    names = ("initialized", "average", "hybrid-rates", "slowed", "si")
    given = settings_of("split-digits", names, **changes)
    with compiled_fast():
        trainer = Trainer(given, tasks_of(given, None))
        states = ran(trainer)
        apart = Trainer(given, trainer.tasks)
        apart.runs.together = 3  # as on an accelerator, where groups are filled up
        padded = ran(apart)
        rates, before = trainer.runs.rows("hybrid-rates"), states[2]
        ends = jax.tree.map(lambda leaf: leaf[rates], before.networks)
        new = importance.measured(
            *(ends, trainer.runs.keys[streams.IMPORTANCE][rates], lesson_of(trainer.tasks, 1)),
            measure="outputs",
            shared_head=False,
        )
        # the last task once more, by initialized training from where the average stood
        place, plain_rows = trainer.runs.rows("average"), trainer.runs.rows("initialized")

        def swapped(leaf):
            return leaf.at[plain_rows].set(leaf[place])

        other = before._replace(
            networks=jax.tree.map(swapped, before.networks),
            records=records_of(before.records.document()),
        )
        free = trainer.learn(other, 2, lambda progress: None).networks
    for mine, leaf in zip(
        jax.tree.leaves(padded[-1][:3]), jax.tree.leaves(states[-1][:3]), strict=True
    ):
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(leaf))
    added = jax.tree.map(
        jnp.subtract, before.importance["hybrid-rates"], states[1].importance["hybrid-rates"]
    )
    for mine, leaf in zip(jax.tree.leaves(added), jax.tree.leaves(new), strict=True):
        np.testing.assert_allclose(mine, leaf, rtol=1e-4, atol=1e-4)
    assert not np.any(np.asarray(before.importance["hybrid-rates"].heads.weight))
    for uniform in jax.tree.leaves(before.importance["slowed"].modules):
        np.testing.assert_array_equal(np.asarray(uniform), 2)  # t − 1 before the third task
    for began, end, mean in zip(
        *(jax.tree.leaves(tree.modules) for tree in (before.networks, free, states[-1].networks)),
        strict=True,
    ):
        began, mean, end = (
            np.asarray(leaf) for leaf in (began[place], mean[place], end[plain_rows])
        )
        np.testing.assert_allclose(mean, began + (end - began) / 3, atol=1e-6)


def test_options_that_change_how_is_trained_do_what_they_say():
    """A start is changed by the share that is asked for; classes get other numbers, not images."""
    given = settings_of("split-digits", ("head-only",), seeds=1, tasks=2, width=4, epochs=1)
    tasks = tasks_of(given, None)
    with compiled_fast():
        trainer = Trainer(given, tasks)
        states = ran(trainer)
    for before, after in zip(
        *(jax.tree.leaves(state.networks.modules) for state in states[1:]), strict=True
    ):
        np.testing.assert_array_equal(np.asarray(before), np.asarray(after))
    assert np.any(
        np.asarray(states[1].networks.heads.weight) != np.asarray(states[2].networks.heads.weight)
    )
    changed = Trainer(replace(given, perturb=1e-3), tasks).start.modules[0].conv.weight
    ratio = np.asarray(changed / trainer.start.modules[0].conv.weight) - 1
    assert 0.5e-3 < np.std(ratio) < 1.5e-3  # of 36 numbers: within 4 standard errors of 1e-3
    shuffled = tasks_of(
        replace(given, relation=replace(given.relation, shuffled=True, tasks=5)), None
    )
    plain_tasks = tasks_of(replace(given, relation=replace(given.relation, tasks=5)), None)
    classes = {}
    for source in (plain_tasks, shuffled):
        for window, images, labels in zip(
            source.classes, source.test_images, source.test_labels, strict=True
        ):
            for image, label in zip(images, labels, strict=True):
                classes.setdefault(image.tobytes(), []).append(window[label % len(window)])
    numbers = {pair for pair in map(tuple, classes.values()) if len(pair) == 2}
    assert len({old for old, _ in numbers}) == len(numbers) == 10  # one new number for each class
    assert any(old != new for old, new in numbers)


def test_what_is_kept_of_a_run_with_another_option_is_not_taken_over():
    kept = settings().document()
    for change in ({"strength": 3.0}, {"loss": "squared"}, {"perturb": 1e-6}):
        other = settings(**change).document()
        for one, wanted in ((kept, other), (other, kept)):
            with pytest.raises(ScenarioError, match=next(iter(change))):
                checkpoint.require_same(Path("x.eqx"), one, wanted)
    checkpoint.require_same(Path("x.eqx"), kept, kept)
