"""The ladder: the linearized network against plain NumPy, its scenario file, the orders."""

from __future__ import annotations

import jax
import numpy as np
import pytest
import xarray as xr
from jax.flatten_util import ravel_pytree

from update_magnitude import scenarios
from update_magnitude.figures.explore.writing import toml_of
from update_magnitude.figures.networks import ladder as figure
from update_magnitude.paper_checks.networks.ladder import (
    block_dimensions,
    ladder,
    modules_model,
    predictions,
    with_strategy,
    without_diverged,
)
from update_magnitude.simulations.networks import linearized
from update_magnitude.simulations.networks.linearized import effective_dimension, learned
from update_magnitude.simulations.networks.model import Network, perceptron
from update_magnitude.simulations.networks.optima import Optima
from update_magnitude.simulations.networks.rungs import LADDER, Linearized, Rung, squared_errors
from update_magnitude.simulations.networks.tasks import Tasks
from update_magnitude.simulations.networks.training import Lesson, padded
from update_magnitude.simulations.numerics.precision import computing_in
from update_magnitude.theory import predict

SHAPE, COUNT, IMAGES = (2, 2, 1), 3, 5
SPECIFIC = np.array([0.0, 0.0, 1.0, 1.0])  # of three modules and the heads


def made_up_tasks(heads: int, outputs: int) -> Tasks:
    random = np.random.default_rng(0)

    def images(*size: int) -> np.ndarray:
        return random.standard_normal((*size, *SHAPE)).astype(np.float32)

    def labels(*size: int) -> np.ndarray:
        return random.integers(0, outputs, size, dtype=np.int32)

    return Tasks(
        images(COUNT, IMAGES),
        labels(COUNT, IMAGES),
        [images(4 + task) for task in range(COUNT)],
        [labels(4 + task) for task in range(COUNT)],
        heads,
        ((0, 1, 2)[:outputs],) * COUNT,
    )


def small_network(heads: int, outputs: int) -> Network:
    return perceptron(np.random.default_rng(1), SHAPE, 6, heads, outputs)


def made_up_rates(network: Network) -> np.ndarray:
    size = ravel_pytree(network)[0].size
    rates = np.random.default_rng(2).uniform(0.1, 1, (COUNT, size))
    rates[0] = 1
    return rates


class Plain:
    """The linearized network once more: its Jacobian outright, least squares by NumPy."""

    def __init__(self, network: Network, tasks: Tasks) -> None:
        self.tasks = tasks
        with computing_in("float64"):
            network = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), network)
            vector, self.unravel = ravel_pytree(network)
        self.start = np.asarray(vector)
        sizes = [ravel_pytree(part)[0].size for part in (*network.modules, network.heads)]
        self.weights = np.repeat(SPECIFIC, sizes)

    def parts(self, images: np.ndarray, task: int) -> tuple[np.ndarray, np.ndarray]:
        """Centred outputs at θ_0 and their Jacobian, in all K coordinates."""
        head = task if self.tasks.heads > 1 else 0

        def outputs(vector: jax.Array) -> jax.Array:
            logits = self.unravel(vector)(images.astype(np.float64), head)
            return (logits - logits.mean(1, keepdims=True)).ravel()

        with computing_in("float64"):
            start = jax.numpy.asarray(self.start)
            return np.asarray(outputs(start)), np.asarray(jax.jacfwd(outputs)(start))

    def targets(self, labels: np.ndarray) -> np.ndarray:
        count = self.tasks.outputs
        return (np.eye(count)[labels] - 1 / count).ravel()

    def errors(self, weights_of_task: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Errors and accuracies after every task on all tasks, [T, T] each."""
        moved = np.zeros_like(self.start)
        error, accuracy = (np.empty((COUNT, COUNT)) for _ in range(2))
        for task, weights in enumerate(weights_of_task):
            first, jacobian = self.parts(self.tasks.images[task], task)
            residual = self.targets(self.tasks.labels[task]) - first - jacobian @ moved
            root = np.sqrt(weights)
            moved = moved + root * np.linalg.lstsq(jacobian * root, residual, rcond=1e-10)[0]
            for other in range(COUNT):
                labels = self.tasks.test_labels[other]
                first, jacobian = self.parts(self.tasks.test_images[other], other)
                found = first + jacobian @ moved
                apart = (found - self.targets(labels)).reshape(len(labels), -1)
                error[task, other] = (apart**2).sum(1).mean()
                right = found.reshape(len(labels), -1).argmax(1) == labels
                accuracy[task, other] = right.mean()
        return error, accuracy


@pytest.mark.parametrize(("heads", "outputs"), [(COUNT, 2), (1, 3)])
def test_each_task_is_solved_as_plain_least_squares_solves_it(heads, outputs, monkeypatch):
    """With the Jacobian in one part and in many; in coordinates with and without the centre."""
    tasks, network = made_up_tasks(heads, outputs), small_network(heads, outputs)
    rates, plain = made_up_rates(network), Plain(network, tasks)
    every = np.ones_like(plain.start)
    expected = [
        plain.errors([every] * COUNT),
        plain.errors([every, *[plain.weights] * (COUNT - 1)]),
        plain.errors(list(rates)),
    ]
    for memory in (linearized.MEMORY, 1):
        monkeypatch.setattr(linearized, "MEMORY", memory)
        found = learned(network, tasks, [np.ones(4), SPECIFIC], rates)
        assert found.unsolved.max() < 1e-10
        for place, (error, accuracy) in enumerate(expected):
            known = np.isfinite(found.error[place])
            assert known[-1].all()
            assert known.diagonal().all()
            np.testing.assert_allclose(found.error[place][known], error[known], rtol=1e-6)
            np.testing.assert_array_equal(found.accuracy[place][known], accuracy[known])
    apart = [np.abs(expected[0][0] - other[0]).max() for other in expected[1:]]
    assert min(apart) > 1e-3  # the strategies differ, so that each was compared with its own


def test_rates_of_one_are_initialized_training():
    tasks, network = made_up_tasks(COUNT, 2), small_network(COUNT, 2)
    rates = np.ones_like(made_up_rates(network))
    found = learned(network, tasks, [np.ones(4), SPECIFIC], rates)
    np.testing.assert_allclose(found.error[2], found.error[0], rtol=1e-8)
    assert not np.allclose(found.error[1][-1], found.error[0][-1])


def test_only_the_first_images_are_learned_where_there_are_too_many(monkeypatch):
    monkeypatch.setattr(linearized, "MOST_EQUATIONS", 6)
    tasks, network = made_up_tasks(1, 3), small_network(1, 3)
    assert linearized.images_learned(tasks) == 3
    found = learned(network, tasks, [np.ones(4), SPECIFIC], made_up_rates(network))
    few = Tasks(tasks.images[:, :3], tasks.labels[:, :3], *list(vars(tasks).values())[2:])
    expected = learned(network, few, [np.ones(4), SPECIFIC], made_up_rates(network))
    np.testing.assert_allclose(found.error, expected.error)


def test_features_of_a_module_are_those_of_its_jacobian():
    tasks, network = made_up_tasks(COUNT, 2), small_network(COUNT, 2)
    found = learned(network, tasks, [np.ones(4), SPECIFIC], made_up_rates(network))
    plain = Plain(network, tasks)
    first = ravel_pytree(network.modules[0])[0].size
    jacobian = plain.parts(tasks.images[1], 1)[1][:, :first]
    whole = jacobian @ jacobian.T  # two coordinates of an image for one free one
    assert found.trace[1, 0] == pytest.approx(np.trace(whole) / IMAGES)
    assert found.square[1, 0] == pytest.approx((whole**2).sum() / IMAGES**2)


def test_a_kernel_that_cannot_be_factored_is_solved_where_it_is_not_zero():
    kernel = np.diag([4.0, 1.0, 0.0])
    np.testing.assert_allclose(linearized.solution(kernel, np.array([4.0, 3.0, 5.0])), [1, 3, 0])


def test_the_effective_dimension_counts_equal_directions():
    def dimension(kernel: np.ndarray) -> float:
        return float(effective_dimension(np.trace(kernel), (kernel**2).sum()))

    assert dimension(7 * np.eye(5)) == pytest.approx(5)
    assert dimension(np.ones((5, 5))) == pytest.approx(1)
    assert dimension(np.diag([3.0, 1.0])) == pytest.approx(16 / 10)
    features = np.random.default_rng(0).standard_normal((300, 40))
    assert dimension(features @ features.T) == pytest.approx(300 * 40 / (300 + 40 + 1), rel=0.02)


def test_squared_errors_are_those_of_centred_outputs():
    tasks, network = made_up_tasks(COUNT, 2), small_network(COUNT, 2)
    some = jax.tree.map(lambda leaf: np.asarray(leaf)[None], network)
    images, labels = tasks.test_images[1], tasks.test_labels[1]
    lesson = Lesson(*padded(images, labels, 6), np.int32(1), np.int32(1))
    plain = Plain(network, tasks)
    apart = plain.parts(images, 1)[0] - plain.targets(labels)
    assert float(squared_errors(some, lesson)[0]) == pytest.approx((apart**2).sum() / len(labels))


def made_up_features(parameters: tuple[int, ...] = (600, 800, 400)) -> tuple[Optima, Linearized]:
    """Solutions and features of three modules, four tasks and two seeds."""
    random = np.random.default_rng(3)
    points = random.standard_normal((3, 2, 4, 6))
    gram = np.einsum("msip,msjp->msij", points, points)
    trace = random.uniform(0.5, 2, (2, 4, 4))
    dimensions = np.array([9.0, 30.4, 2.0, 1.0])
    error = random.uniform(0.5, 1, (3, 2, 4, 4))
    rung = Rung(error, 1 - error / 2, np.ones((2, 4)))
    optima = Optima(gram, gram[..., :2, :2], np.ones((2, 4)), parameters, 1, 20)
    return optima, Linearized(rung, trace, trace**2 / dimensions, 0.0, 20)


def test_the_scenario_file_gives_the_numbers_of_its_rung(tmp_path):
    optima, measured = made_up_features()
    model = modules_model(optima, measured, block_dimensions(optima, measured))
    values = predictions({name: with_strategy(model, name) for name in LADDER})
    path = tmp_path / "ladder.toml"
    text = toml_of(model)
    assert 'strategy = "initialized"' in text
    for name, strategy in zip(LADDER, ("initialized", "frozen", "least-forgetting"), strict=True):
        path.write_text(text.replace('strategy = "initialized"', f'strategy = "{strategy}"'))
        found = predict(scenarios.load(path))
        assert found.forgetting.item() == pytest.approx(values["forgetting"][name]["mean"])
        assert found.generalization.item() == pytest.approx(values["avg_acc"][name]["mean"])
    means = [values["avg_acc"][name]["mean"] for name in LADDER]
    assert len({round(mean, 6) for mean in means}) == 3  # so that each had its own strategy


def test_a_block_has_its_dimension_and_keeps_what_its_outputs_come_to():
    """Sizes are rounded, and large enough for four solutions; v‖θ*‖² is that of all parameters."""
    optima, measured = made_up_features()
    blocks = block_dimensions(optima, measured)
    assert [block["size"] for block in blocks.values()] == [9, 30, 4]
    model = modules_model(optima, measured, blocks)
    assert model.blocks.sizes == (9, 30, 4)
    assert model.updates.specific == ("module_3",)
    parameters = np.array(optima.parameters)
    whole = measured.trace[..., :-1].mean(0) / parameters
    expected = whole * np.diagonal(optima.gram.mean(1), axis1=1, axis2=2).T
    gram = np.array(model.optima.gram)
    found = np.array(model.features.variance).T * np.diagonal(gram, axis1=1, axis2=2).T
    np.testing.assert_allclose(found / found.sum(), expected / expected.sum())
    assert found.sum(1).mean() == pytest.approx(1)


def made_up_run(means: dict[str, float]) -> xr.Dataset:
    """A run of four tasks in which a strategy ends at an accuracy, and has learned each at 1."""
    random = np.random.default_rng(4)
    accuracy = np.ones((len(means), 5, 4, 4))
    accuracy[:, :, -1, :-1] = np.array([*means.values()])[:, None, None]
    accuracy[:, :, -1, :-1] += 0.001 * random.standard_normal((len(means), 5, 3))
    return xr.Dataset(
        {"accuracy": (("strategy", "seed", "after", "task"), accuracy)},
        coords={"strategy": list(means)},
    )


def with_errors(measured: Linearized, last: tuple[float, float, float]) -> Linearized:
    error = np.full((3, 2, 4, 4), 0.1)
    error[:, :, -1, :-1] = np.array(last)[:, None, None]
    return Linearized(
        Rung(error, 1 - error, np.ones((2, 4))), measured.trace, measured.square, 0.0, 20
    )


def test_a_rung_is_right_where_it_has_the_order_that_was_seen():
    optima, measured = made_up_features()
    run = made_up_run({"initialized": 0.7, "frozen": 0.8, "hybrid-rates": 0.9})
    right, wrong = ((0.3, 0.2, 0.1), (0.1, 0.2, 0.3))
    squared = with_errors(measured, right).rung
    document = ladder(optima, with_errors(measured, right), squared, run)
    assert len(document["pairs"]["forgetting"]) == 3
    assert ["hybrid-rates", "initialized"] in document["pairs"]["avg_acc"]
    counts = [rung["right"]["forgetting"] for rung in document["rungs"]]
    assert counts[2:] == [{"count": 3, "of": 3, "tied": 0}] * 3
    assert counts[0]["tied"] == 1  # with equal variances least-forgetting is initialized training
    assert document["right_from"]["forgetting"] == 2
    assert document["rungs"][2]["off"]["error"]["forgetting"]["frozen"] == pytest.approx(0)
    assert document["rungs"][4]["off"]["accuracy"]["avg_acc"]["frozen"] == 0
    document = ladder(optima, with_errors(measured, wrong), squared, run)
    assert document["rungs"][2]["right"]["forgetting"]["count"] == 0
    assert document["right_from"]["forgetting"] == 3
    off = document["rungs"][2]["off"]["error"]["forgetting"]
    assert off == pytest.approx({"initialized": -0.2, "frozen": 0, "hybrid-rates": 0.2})


def test_what_the_run_does_not_decide_is_not_asked_for():
    optima, measured = made_up_features()
    run = made_up_run({"initialized": 0.8, "frozen": 0.8})
    document = ladder(optima, measured, measured.rung, run)
    assert document["pairs"]["forgetting"] == []
    assert document["right_from"]["forgetting"] is None
    assert set(document["rungs"][4]["accuracy"]["avg_acc"]) == {"initialized", "frozen"}


def test_seeds_that_diverged_are_left_out_of_all_strategies():
    error = np.ones((3, 4, 2, 2))
    error[1, 2, -1] = np.nan
    rung = Rung(error, np.ones_like(error), np.arange(8.0).reshape(4, 2))
    kept = without_diverged(rung)
    assert kept.start[:, 0].tolist() == [0, 2, 6]
    assert kept.error.shape == (3, 3, 2, 2)
    assert np.isfinite(kept.error).all()


def test_the_figure_has_every_rung_that_is_known():
    optima, measured = made_up_features()
    run = made_up_run({"initialized": 0.7, "frozen": 0.8, "hybrid-rates": 0.9})
    drawn = figure.plot(ladder(optima, measured, measured.rung, run), "made up")
    panels = drawn.axes
    assert [len(axes.containers) for axes in panels] == [3, 3, 3, 3]
    points = [len(axes.containers[0].lines[0].get_xdata()) for axes in panels]
    assert points == [4, 4, 3, 3]
    words = [text.get_text() for axes in panels for text in axes.texts]
    assert "3 of 3" in words
