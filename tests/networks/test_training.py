"""Runs of networks: what moves, what is shared, that runs go on where they were stopped."""

from __future__ import annotations

import json

import jax
import numpy as np
import pytest

from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations.networks import checkpoint, running
from update_magnitude.simulations.networks.benchmarks import CROSS_ENTROPY, settings_of
from update_magnitude.simulations.networks.costs import predicted_costs
from update_magnitude.simulations.networks.lessons import lesson as lesson_of
from update_magnitude.simulations.networks.metrics import METRICS
from update_magnitude.simulations.networks.optima import measure_optima
from update_magnitude.simulations.networks.results import Records, dataset, records_of
from update_magnitude.simulations.networks.running import State, Trainer, run_benchmark, tasks_of
from update_magnitude.simulations.networks.strategies import (
    STRATEGIES,
    ModuleChain,
    Signals,
    cosine,
)

SMALL = {"tasks": 3, "width": 16, "epochs": 2, "seeds": 2, "samples": 200}


def small(**changes):
    return settings_of("permuted-digits", **{"strategies": tuple(STRATEGIES), **SMALL, **changes})


@pytest.fixture(scope="module")
def trainer():
    return Trainer(small(), tasks_of(small(), None))


@pytest.fixture(scope="module")
def states(trainer):
    """The state after each of the first two tasks."""
    found = [trainer.first()]
    for task in range(2):
        before = State(*found[-1][:3], records_of(found[-1].records.document()))
        found.append(trainer.learn(before, task, lambda told: None))
    return found[1:]


def of(trainer, networks, strategy):
    """The parameters of the runs of one strategy."""
    rows = np.flatnonzero(np.repeat(np.array(trainer.runs.names), trainer.runs.count) == strategy)
    return jax.tree.map(lambda leaf: np.asarray(leaf)[rows], networks)


def test_runs_of_one_seed_share_the_first_task(trainer, states):
    first = of(trainer, states[0].networks, "initialized")
    for strategy in STRATEGIES:
        jax.tree.map(
            np.testing.assert_array_equal, of(trainer, states[0].networks, strategy), first
        )
    weights = first.heads.weight
    assert not np.array_equal(weights[0], weights[1])  # seeds differ


def test_frozen_training_moves_the_last_modules_and_the_head_alone(trainer, states):
    start, end = (of(trainer, state.networks, "frozen") for state in states)
    moved = [
        any(not np.array_equal(*pair) for pair in zip(*map(jax.tree.leaves, both), strict=True))
        for both in zip(start.modules, end.modules, strict=True)
    ]
    assert moved == [False, False, True]
    assert not np.array_equal(start.heads.weight, end.heads.weight)


def test_initialized_training_moves_all_modules(trainer, states):
    start, end = (of(trainer, state.networks, "initialized") for state in states)
    for both in zip(start.modules, end.modules, strict=True):
        leaves = zip(*map(jax.tree.leaves, both), strict=True)
        assert all(not np.array_equal(*pair) for pair in leaves)


def test_reinitialized_training_begins_at_the_initial_parameters(trainer, states):
    start = of(trainer, trainer.start, "reinitialized")
    entered = of(trainer, states[1].before, "reinitialized")
    jax.tree.map(np.testing.assert_array_equal, entered, start)
    other = of(trainer, states[1].before, "initialized")
    assert not np.array_equal(other.heads.weight, start.heads.weight)


def test_what_is_alike_is_trained_once(tmp_path, monkeypatch):
    """Frozen and initialized training share the first task, and a schedule is either's run."""
    calls, epoch = [], running.training.epoch

    def counted(*arguments, **more):
        calls.append(len(arguments[3]))
        return epoch(*arguments, **more)

    monkeypatch.setattr(running.training, "epoch", counted)
    names = ("initialized", "frozen", "reinitialized", "schedule-aa", "schedule-as")
    found = dataset(run_benchmark(small(strategies=names), None, tmp_path / "all"))
    # of a task two epochs, each with one group of both seeds for every run that differs
    assert calls == [2] * 2 * (1 + 3 + 4)
    losses = dict(zip(names, found.loss.values, strict=True))
    np.testing.assert_array_equal(losses["initialized"], losses["schedule-aa"])
    assert not np.array_equal(losses["frozen"], losses["schedule-as"])
    for name in names:
        alone = dataset(run_benchmark(small(strategies=(name,)), None, tmp_path / name))
        for of in ("accuracy", "loss", "trains", "published", "common", "distance"):
            assert alone[of].sel(strategy=name).equals(found[of].sel(strategy=name)), (name, of)


def test_signals_are_those_of_gradients_taken_one_by_one(trainer, states):
    """The published cosine of one run, by gradients of the two batches themselves."""
    from update_magnitude.simulations.networks import training

    row = 0
    seen = states[1].records.signals[1]
    pick = jax.tree.map(lambda leaf: leaf[row], (states[1].before, trainer.start))
    lessons = [lesson_of(trainer.tasks, task) for task in (1, 0)]
    # 200 images are fewer than a probe takes: gradients are of all images
    gradients = [
        training.flat(jax.grad(training.loss)(network, lesson, CROSS_ENTROPY).modules)
        for network, lesson in zip(pick, lessons, strict=True)
    ]
    expected = cosine(*gradients)
    np.testing.assert_allclose(seen.published[row], expected, atol=1e-5)
    common = training.flat(jax.grad(training.loss)(pick[1], lessons[0], CROSS_ENTROPY).modules)
    np.testing.assert_allclose(seen.common[row], cosine(common, gradients[1]), atol=1e-5)
    assert abs(expected - seen.common[row]) > 1e-3  # the two forms differ


def test_the_estimate_of_distance_is_nil_for_the_same_task_and_1_for_unrelated_ones():
    """Made-up gradients: 20,000 numbers with noise, of which the estimate must be free.

    Its standard error here is about √(2/20,000) · (1 + 0.5) < 0.02; five are let.
    """
    from update_magnitude.simulations.networks.training import signals

    random = np.random.default_rng(0)
    truth = random.standard_normal((2, 20_000))
    sizes = (20_000,)
    noise = lambda: 0.7 * random.standard_normal((2, 20_000))  # noqa: E731
    same = [(truth[0] + noise())[None].astype(np.float32) for _ in range(2)]
    other = (truth[1] + noise())[None].astype(np.float32)
    near, far = (
        signals(same[0], entry, other, metric="cosine", sizes=sizes) for entry in (same[1], other)
    )
    assert abs(float(near.distance[0])) < 0.1
    assert abs(float(far.distance[0]) - 1) < 0.1
    # of whole gradients, noise included, the distance of the same task is far from nil
    mean = [entry[0].mean(0) for entry in same]
    biased = ((mean[0] - mean[1]) ** 2).sum() / sum((entry**2).sum() for entry in mean)
    assert biased > 0.15


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("initialized", [9, 9, 9]),
        ("frozen", [3, 3, 3]),
        ("hybrid", [3, 9, 9]),
        ("hybrid-common", [9, 9, 3]),
        ("hybrid-distance", [3, 6, 9]),
        ("hybrid-predicted", [8, 0, 9]),
    ],
)
def test_what_the_strategies_choose(strategy, expected):
    chain = ModuleChain((100,) * 9, 3, 0.1, equations=10)
    gap, step = np.ones((3, 9)), np.zeros((3, 9))
    step[0, 0], step[1, 1:] = 2.5, 10.0  # beyond twice the gap: in one module, in all but one
    # (1, …) by hand: training the first module alone adds −1/10 + 8 · 10/89 > 0, none adds 0
    seen = Signals(
        *(np.array([0.2, 0.1, np.nan]), np.array([0.0, -1.0, 1.0]), np.array([-0.1, 0.5, 1.7])),
        *(step, gap),
    )
    assert STRATEGIES[strategy].trained(chain, seen, 1).sum(1).tolist() == expected


@pytest.mark.parametrize(
    ("sizes", "trains", "samples"),
    [
        ((12, 8, 5), (0, 1, 1), 4),  # m > n + 1
        ((12, 8, 5), (1, 1, 1), 4),
        ((4, 3, 5), (1, 1, 0), 20),  # m < n − 1
    ],
)
def test_predicted_costs_are_what_updates_of_a_linear_model_add(sizes, trains, samples):
    """20,000 least-norm updates, drawn literally: within 4 standard errors (1 in 16,000)."""
    random = np.random.default_rng(3)
    error, step = random.standard_normal((2, sum(sizes)))
    block = np.repeat(np.arange(3), sizes)
    for place in range(3):  # in each block the step is orthogonal to the error left before
        inside = block == place
        part = error[inside]
        step[inside] -= part * (part @ step[inside]) / (part @ part)
    gap = step - error  # θ*_t − θ, where θ − θ*_{t−1} is the error
    moves = np.array(trains, bool)[block]
    changes = np.empty(20_000)
    for draw in range(len(changes)):
        features = random.standard_normal((samples, sum(sizes)))
        update = np.zeros(sum(sizes))
        update[moves] = np.linalg.lstsq(features[:, moves], features @ gap, rcond=None)[0]
        new, old = update - gap, error + update
        changes[draw] = (new @ new - gap @ gap + old @ old - error @ error) / 2
    squares = [
        np.array([[(entry[block == place] ** 2).sum() for place in range(3)]])
        for entry in (step, gap)
    ]
    sets = np.array([trains], bool)
    (found,) = predicted_costs(sets, *squares, np.array(sizes), samples)
    spread = changes.std() / len(changes) ** 0.5
    assert abs(changes.mean() - found[0]) < 4 * spread
    (wrong,) = predicted_costs(sets, *squares[::-1], np.array(sizes), samples)
    assert abs(changes.mean() - wrong[0]) > 10 * spread


def test_no_set_that_interpolates_is_chosen():
    costs = predicted_costs(np.array([[True, False]]), *np.ones((2, 1, 2)), np.array([10, 5]), 10)
    assert costs[0, 0] == np.inf


class StoppedError(Exception):
    """In the place of a kill."""


def test_a_run_that_is_stopped_goes_on_with_the_same_result(tmp_path):
    whole = run_benchmark(small(), None, tmp_path / "whole")

    def stop(told):
        if (told.task, told.epoch) == (2, 1):
            raise StoppedError

    with pytest.raises(StoppedError):
        run_benchmark(small(), None, tmp_path / "stopped", stop)
    told = []
    again = run_benchmark(small(), None, tmp_path / "stopped", told.append)
    assert {entry.task for entry in told} == {2}  # only what was missing ran
    assert again.records.document() == whole.records.document()
    path = "checkpoint.eqx"
    assert (tmp_path / "stopped" / path).read_bytes() == (tmp_path / "whole" / path).read_bytes()
    assert dataset(again).identical(dataset(whole))


def test_other_settings_and_images_are_named(tmp_path):
    settings = small(strategies=("initialized",), tasks=2, epochs=1)
    run_benchmark(settings, None, tmp_path)
    with pytest.raises(ScenarioError, match=r"keeps a run with epochs = 1, not 2"):
        run_benchmark(small(strategies=("initialized",), tasks=2, epochs=2), None, tmp_path)
    for part in ("images", "labels", "test_images", "test_labels"):  # as if the files had changed
        tasks = tasks_of(settings, None)
        getattr(tasks, part)[0][0] += 1
        with pytest.raises(ScenarioError, match="keeps a run on other images"):
            Trainer(settings, tasks).run(tmp_path, lambda told: None)


def test_the_head_of_a_checkpoint_is_json_and_the_rest_plain_arrays(tmp_path, trainer):
    path = tmp_path / "state"
    state = trainer.first()
    measured = Records(trained=[np.array([[1, 0]])])
    checkpoint.save(path, trainer.identity, measured, state[:3])
    text, rest = path.read_bytes().split(b"\n", 1)
    assert json.loads(text)["records"] == measured.document()
    assert rest.startswith(b"\x93NUMPY")
    records, arrays = checkpoint.load(path, trainer.identity, state[:3])
    assert records.document() == measured.document()
    jax.tree.map(np.testing.assert_array_equal, arrays, state[:3])


def test_a_dataset_says_what_it_holds(tmp_path):
    settings = small(strategies=("initialized", "frozen"), tasks=2)
    found = dataset(run_benchmark(settings, None, tmp_path))
    assert found.accuracy.dims == ("strategy", "seed", "after", "task")
    assert np.isnan(found.accuracy.sel(after=1, task=2)).all()
    assert found.trained_modules.sel(strategy="frozen", task=2).values.tolist() == [1, 1]
    assert found.trained_modules.sel(strategy="frozen", task=1).values.tolist() == [3, 3]
    for measure in METRICS.values():
        assert np.isfinite(measure(found.accuracy.values)).all()
    # trained for longer than an epoch, the loss has fallen from that of guessing
    assert (found.loss[..., -1] < np.log(10)).all()


def test_optima_are_what_reinitialized_training_reaches(tmp_path):
    settings = small(strategies=("initialized", "frozen"))
    found = measure_optima(settings, None, tmp_path, lambda told: None)
    again = measure_optima(settings, None, tmp_path, lambda told: None)
    np.testing.assert_array_equal(found.gram, again.gram)  # kept, not trained again
    assert found.gram.shape == (3, 2, 3, 3)
    trainer = Trainer(small(strategies=("reinitialized",)), tasks_of(settings, None))
    state = trainer.first()
    for task in range(3):
        state = trainer.learn(state, task, lambda told: None)
    moved = np.asarray(state.networks.modules[0].weight - trainer.start.modules[0].weight)
    bias = np.asarray(state.networks.modules[0].bias)
    expected = (moved[0] ** 2).sum() + (bias[0] ** 2).sum()
    np.testing.assert_allclose(found.gram[0, 0, 2, 2], expected, rtol=1e-4)
    assert found.equations == 200 * 9
    # Learned a second time, in another order of its images, the first task ends elsewhere.
    first, again = found.floor[0, 0].diagonal()
    assert np.abs(first - again) > 1e-4 * first
    np.testing.assert_allclose(first, found.gram[0, 0, 0, 0], rtol=1e-6)


def test_runs_side_by_side_are_those_of_a_loop(trainer, monkeypatch):
    """On an accelerator runs are mapped by vmap, on a CPU by a loop: equal up to rounding."""
    from update_magnitude.simulations.networks import training

    arguments = (jax.numpy.ones((6, 2)), jax.tree.map(lambda leaf: leaf[:6], trainer.start))

    def one(images, network):
        pixels = jax.numpy.broadcast_to(images[:, None, None, None], (2, 8, 8, 1))
        return network(pixels, 0)

    loop = training.over_runs(one, *arguments)
    monkeypatch.setattr(training.jax, "default_backend", lambda: "gpu")
    side_by_side = training.over_runs(one, *arguments)
    np.testing.assert_allclose(loop, side_by_side, rtol=1e-5, atol=1e-8)


def test_runs_that_diverge_are_named_and_count_for_nothing(tmp_path, capsys):
    settings = small(strategies=("initialized",), tasks=2, rate=1e6)
    found = run_benchmark(settings, None, tmp_path)
    assert "initialized diverged in 2 of 2 runs" in capsys.readouterr().err
    assert np.isnan(found.records.accuracy[0]).all()
    again = run_benchmark(settings, None, tmp_path)
    assert again.records.document() == found.records.document()
