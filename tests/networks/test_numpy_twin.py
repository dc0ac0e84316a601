"""Training against its twin in plain NumPy, the twin against finite differences, and layers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import equinox as eqx
import jax
import numpy as np
import pytest

from tests.networks import numpy_twin as twin
from update_magnitude.simulations import streams
from update_magnitude.simulations.networks import model, training
from update_magnitude.simulations.networks.benchmarks import Settings, settings_of
from update_magnitude.simulations.networks.model import (
    Conv,
    First,
    GroupNorm,
    Hidden,
    Network,
    Residual,
)
from update_magnitude.simulations.networks.results import Records
from update_magnitude.simulations.networks.running import Trainer
from update_magnitude.simulations.networks.tasks import Tasks

RATE = 0.1
SAMPLES = 26  # of which three batches of eight leave two out
NAMES = ("initialized", "frozen")
# Not 4: there the last epoch deviates by 2e-3, and the twin from itself does too when its start is
# changed by one part in a million, since a rectifier stands within rounding of its kink.
SEED = 5
SEEDS = 2
LOSS, PARAMETER = 1e-5, 1e-4  # largest deviations of single from double precision
APART = 50 * LOSS  # smallest deviation that a mistake makes
BENCHMARKS = ("split-digits", "permuted-mnist")  # a residual net with a head per task; a perceptron


class Both(NamedTuple):
    """What is measured of runs, with what their twins need."""

    settings: Settings
    tasks: Tasks
    records: Records
    start: Network  # of plain arrays, [R, ...]
    end: Network

    def names(self) -> list[str]:
        """The strategy of each run."""
        return [name for name in NAMES for _ in range(SEEDS)]


def made_up(heads: int, classes: int) -> Tasks:
    """Two tasks of noise around a pattern of each class, which pooling does not average away."""
    rng = np.random.default_rng(8)

    def drawn(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = rng.integers(classes, size=(2, count))
        noise = 0.3 * rng.standard_normal((2, count, 8, 8, 1))
        patterns = np.stack([mean[label] for mean, label in zip(means, labels, strict=True)])
        return (noise + patterns).astype(np.float32), labels.astype(np.int32)

    means = np.tile(rng.standard_normal((2, classes, 2, 2, 1)), (1, 1, 4, 4, 1))
    images, labels = drawn(SAMPLES)
    tests, test_labels = drawn(40)
    names = tuple(range(classes))
    return Tasks(images, labels, list(tests), list(test_labels), heads, (names, names))


@pytest.fixture(scope="module", params=BENCHMARKS)
def both(request) -> Both:
    """The program as it is run, strategies and seeds together."""
    split = request.param == "split-digits"
    tasks = made_up(heads=2, classes=2) if split else made_up(heads=1, classes=3)
    settings = settings_of(
        request.param,
        strategies=NAMES,
        seeds=SEEDS,
        tasks=2,
        classes=tasks.outputs,
        width=4 if split else 16,
        epochs=2,
        batch=8,
        rate=RATE,
        seed=SEED,
    )
    with compiled_fast():
        return ran(settings, tasks)


@contextmanager
def compiled_fast() -> Iterator[None]:
    """A shorter net, and no time for speed: compiling takes nearly all of the time.

    The last stage of the full net is made as the one before it is.
    """
    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", True)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(model, "STAGES", 3)
            yield
    finally:
        jax.config.update("jax_disable_most_optimizations", before)


def ran(settings: Settings, tasks: Tasks) -> Both:
    trainer = Trainer(settings, tasks)
    start, state = jax.tree.map(np.array, trainer.start), trainer.first()
    for task in range(tasks.count):
        state = trainer.learn(state, task, lambda told: None)
    return Both(settings, tasks, state.records, start, state.networks)


def plain(network: Network, run: int) -> twin.Parameters:
    """The parameters of one run under the twin's names, in double precision."""
    found = {(twin.HEADS, "weight"): network.heads.weight, (twin.HEADS, "bias"): network.heads.bias}
    for place, module in enumerate(network.modules):
        found |= {(place, name): value for name, value in named(module).items()}
    of_run = {key: np.asarray(value, np.float64)[run] for key, value in found.items()}
    return {key: cube(value) if "kernel" in key[1] else value for key, value in of_run.items()}


def named(module: object) -> dict[str, jax.Array]:
    if isinstance(module, Hidden):
        return {"weight": module.weight, "bias": module.bias}
    if isinstance(module, First):
        return convolved(module.conv, module.norm)
    assert isinstance(module, Residual)
    found = convolved(module.first, module.first_norm)
    found |= convolved(module.second, module.second_norm, "2")
    return found if module.around is None else found | {"around": module.around}


def convolved(conv: Conv, norm: GroupNorm, suffix: str = "") -> dict[str, jax.Array]:
    parts = {"kernel": conv.weight, "scale": norm.scale, "shift": norm.shift}
    return {name + suffix: value for name, value in parts.items()}


def cube(matrix: np.ndarray) -> np.ndarray:
    """[9 · inputs, outputs], row by row of the kernel, as [3, 3, inputs, outputs]."""
    return matrix.reshape(3, 3, -1, matrix.shape[1])


def lessons(both: Both, run: int) -> list[twin.Lesson]:
    modules = len(both.start.modules)
    later = modules // 3 if both.names()[run] == "frozen" else modules
    return [lesson(both, run, task, trains) for task, trains in enumerate((modules, later))]


def lesson(both: Both, run: int, task: int, trains: int) -> twin.Lesson:
    (key,) = streams.keys(streams.BATCHES, [seed_of(both, run)])
    orders = [
        np.asarray(training.order_of(key, task, number, SAMPLES, both.settings.batch))
        for number in range(both.settings.epochs)
    ]
    images, labels = both.tasks.images[task].astype(np.float64), both.tasks.labels[task]
    return twin.Lesson(images, labels, orders, head(both, task), trains)


def seed_of(both: Both, run: int) -> int:
    return both.settings.seed + run % SEEDS


def head(both: Both, task: int) -> int:
    return min(task, both.tasks.heads - 1)


def trained(both: Both, run: int, **rules: object) -> tuple[list[twin.Parameters], np.ndarray]:
    return twin.train(plain(both.start, run), lessons(both, run), twin.Rules(RATE, **rules))


def losses(both: Both, run: int) -> np.ndarray:
    """What the program says, [T, epochs]."""
    return np.array([entry[run] for entry in both.records.loss])


@pytest.mark.parametrize("run", range(len(NAMES) * SEEDS))
def test_training_is_that_of_the_twin(both, run):
    after, expected = trained(both, run)
    assert np.abs(losses(both, run) - expected).max() < LOSS
    assert np.ptp(expected) > 100 * APART  # it learns, so that there was something to get wrong
    end = plain(both.end, run)
    for key, value in after[-1].items():
        np.testing.assert_allclose(end[key], value, rtol=0, atol=PARAMETER, err_msg=str(key))
    for task, net in enumerate(after):
        found = both.records.accuracy[task][run, : task + 1]
        np.testing.assert_allclose(found, accuracies(both, net, task + 1), rtol=0, atol=1e-6)


def accuracies(both: Both, net: twin.Parameters, tasks: int) -> list[float]:
    tested = zip(both.tasks.test_images[:tasks], both.tasks.test_labels, strict=False)
    rules = twin.Rules(RATE)
    return [
        twin.accuracy(net, images.astype(np.float64), labels, head(both, task), rules)
        for task, (images, labels) in enumerate(tested)
    ]


def test_under_frozen_the_first_modules_stay_where_the_first_task_left_them(both):
    run = both.names().index("frozen")
    (first, _), end = trained(both, run)[0], plain(both.end, run)
    moved = {place for (place, name), value in first.items() if moves(end[place, name], value)}
    modules = len(both.start.modules)
    assert moved == {twin.HEADS, *range(modules - modules // 3, modules)}


def moves(end: np.ndarray, start: np.ndarray) -> bool:
    return bool(np.abs(end - start).max() > 2 * PARAMETER)


@pytest.mark.parametrize("run", range(len(NAMES) * SEEDS))
def test_what_gradients_say_is_what_those_of_the_twin_say(both, run):
    start, (learned, _) = plain(both.start, run), trained(both, run)[0]
    earlier = halves(both, run, start, 0)
    common, own = halves(both, run, start, 1), halves(both, run, learned, 1)
    lengths = earlier[0] @ earlier[1] + common[0] @ common[1]
    assert lengths > 0  # or there would be no distance
    distance = (common[0] - earlier[0]) @ (common[1] - earlier[1]) / lengths
    found = [float(signal[run]) for signal in both.records.signals[1][:3]]
    expected = [cosine(own.sum(0), earlier.sum(0)), cosine(common.sum(0), earlier.sum(0)), distance]
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def halves(both: Both, run: int, net: twin.Parameters, task: int) -> np.ndarray:
    """Gradients over all modules, without the heads, of two halves of a task's images."""
    (key,) = streams.keys(streams.PROBE, [seed_of(both, run)])
    order = np.asarray(jax.random.permutation(jax.random.fold_in(key, task), SAMPLES))
    found = []
    for places in np.split(order, 2):
        images = both.tasks.images[task][places].astype(np.float64)
        labels = both.tasks.labels[task][places]
        gradient = twin.loss(net, images, labels, head(both, task), twin.Rules(RATE))[1]()
        rows = [entry.ravel() for (place, _), entry in gradient.items() if place != twin.HEADS]
        found.append(np.concatenate(rows))
    return np.array(found)


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))


WRONG = {
    "another momentum": {"momentum": 0.89},
    "momentum of the task before": {"resets": False},
    "another rate": {"rate": 1.01 * RATE},
    "one group": {"groups": 1},
    "another variance": {"tiny": 1e-2},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_twin_with_a_mistake_is_told_apart(both, name):
    """By far more than rounding makes, so that agreement above says something."""
    if both.settings.benchmark == "permuted-mnist" and {"groups", "tiny"} & WRONG[name].keys():
        pytest.skip("a perceptron normalizes nothing")
    rules = twin.Rules(**{"rate": RATE} | WRONG[name])
    _, wrong = twin.train(plain(both.start, 0), lessons(both, 0), rules)
    assert np.abs(losses(both, 0) - wrong).max() > APART


def test_a_twin_that_freezes_another_module_is_told_apart(both):
    run = both.names().index("frozen")
    first, second = lessons(both, run)
    wrong = second._replace(trains=second.trains + 1)
    _, found = twin.train(plain(both.start, run), [first, wrong], twin.Rules(RATE))
    assert np.abs(losses(both, run) - found).max() > APART


def test_the_gradient_of_the_twin_is_that_of_its_loss(both):
    """Central differences in double precision at two numbers of every array of every module."""
    rng, rules = np.random.default_rng(0), twin.Rules(RATE)
    net = {
        key: value + 0.1 * rng.standard_normal(value.shape)
        for key, value in plain(both.start, 0).items()
    }
    batch = both.tasks.images[0][:5].astype(np.float64), both.tasks.labels[0][:5]
    gradient = twin.loss(net, *batch, 0, rules)[1]()
    assert gradient.keys() == net.keys()
    for key, value in net.items():
        for place in (tuple(rng.integers(value.shape)) for _ in range(2)):
            step = np.zeros_like(value)
            step[place] = 1e-5
            above = twin.loss(net | {key: value + step}, *batch, 0, rules)[0]
            below = twin.loss(net | {key: value - step}, *batch, 0, rules)[0]
            np.testing.assert_allclose(
                gradient[key][place], (above - below) / 2e-5, rtol=1e-5, atol=1e-8, err_msg=str(key)
            )


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("shape", [(8, 8), (9, 9), (7, 4), (1, 1)])
def test_a_convolution_is_that_of_jax(shape, stride):
    layer = Conv(np.random.default_rng(1), 3, 5, stride)
    images = np.random.default_rng(2).standard_normal((2, *shape, 3), np.float32)
    expected = jax.lax.conv_general_dilated(
        images,
        layer.weight.reshape(3, 3, 3, 5),
        window_strides=(stride, stride),
        padding=((1, 1), (1, 1)),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )
    np.testing.assert_allclose(eqx.filter_jit(layer)(images), expected, atol=1e-5)


@pytest.mark.parametrize("channels", [2, 4, 12])
def test_normalization_is_that_of_equinox(channels):
    rng = np.random.default_rng(1)
    scale, shift = rng.standard_normal((2, channels), np.float32)
    images = 3 + 2 * rng.standard_normal((2, 5, 4, channels), np.float32)
    ours, theirs = GroupNorm(channels), eqx.nn.GroupNorm(min(4, channels), channels)
    ours = eqx.tree_at(lambda entry: (entry.scale, entry.shift), ours, (scale, shift))
    theirs = eqx.tree_at(lambda entry: (entry.weight, entry.bias), theirs, (scale, shift))
    expected = jax.jit(jax.vmap(theirs))(images.transpose(0, 3, 1, 2))
    found = eqx.filter_jit(ours)(images)
    np.testing.assert_allclose(found, expected.transpose(0, 2, 3, 1), atol=1e-5)
