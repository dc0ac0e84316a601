"""Networks at the paper's scale: the units of the accelerator script, at tiny size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("equinox")

from benchmarks import networks
from benchmarks.kept import DONE
from benchmarks.networks import (
    GROUPS,
    PLANS,
    beside_the_cpu,
    few_steps,
    measured,
    missing,
    network_units,
    settings_for,
)
from benchmarks.training import epoch_times, timed
from tests.carried_files import write_carried
from update_magnitude.simulations.networks.benchmarks import BENCHMARKS
from update_magnitude.simulations.networks.running import Trainer
from update_magnitude.simulations.networks.runs import Runs
from update_magnitude.simulations.networks.strategies import STRATEGIES, ModuleChain, Signals

PERMUTED = PLANS["permuted-mnist"]
TWO = ("initialized", "frozen")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_carried(tmp_path_factory.mktemp("carried"))


@pytest.fixture(scope="module")
def settings():
    """One size for all tests that train, so that it is compiled once."""
    return replace(settings_for(PERMUTED, 0, 0, True), strategies=TWO)


@pytest.fixture(scope="module")
def tasks(settings, folder):
    return networks._tasks(settings, "mnist", folder, True)


def test_the_groups_are_the_strategies_of_the_table_each_once():
    named = [strategy for group in GROUPS for strategy in group]
    others = {"reinitialized", "hybrid-common", "hybrid-distance", "hybrid-predicted"}
    assert sorted(named) == sorted(set(STRATEGIES) - others)


def test_the_most_valuable_units_come_first(folder):
    first, others = network_units(folder, False)
    names = [unit.name for unit in first]
    titles = ["Permuted MNIST", "Split CIFAR-10"]
    assert [name.partition(" (")[0] for name in names] == titles * 2
    assert all(name.endswith("initialized, frozen, hybrid-rates") for name in names[:2])
    assert all(name.endswith("on the CPU") for name in names[2:])
    blocks = sum(plan.blocks for plan in PLANS.values())
    assert len(first) + len(others) == len(PLANS) + blocks * len(GROUPS)
    assert "seeds 12 to 15" in others[-1].name


def test_images_that_are_missing_are_named_with_the_command_that_makes_them(folder, tmp_path):
    assert missing(folder) is None
    assert network_units(tmp_path, False) == ([], [])
    assert "python -m benchmarks.carried mnist cifar10 --data DIR" in missing(tmp_path)
    write_carried(tmp_path, "cifar10")
    assert missing(tmp_path).startswith("Permuted MNIST at full size: left out")
    assert {unit.name.partition(" (")[0] for unit in network_units(tmp_path, False)[0]} == {
        "Split CIFAR-10"
    }


@pytest.mark.parametrize("name", PLANS)
def test_widths_and_images_are_those_of_the_benchmark(name):
    settings, own = settings_for(PLANS[name], 0, 1, False), BENCHMARKS[name]
    assert (settings.width, settings.batch, settings.shrink) == (own.width, own.batch, 1)
    assert (settings.relation.tasks, settings.samples) == (own.tasks, None)
    assert settings.seed == settings.seeds == PLANS[name].seeds  # of the second block


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("group", range(len(GROUPS)))
def test_no_unit_trains_a_run_for_padding(name, group):
    """The runs of all groups differ, at the first task and later, whatever signals say."""
    settings = settings_for(PLANS[name], group, 0, False)
    runs = Runs(settings, settings.seeds)
    chain = ModuleChain((5, 5, 5), 1, 0.0, 10)
    noise = np.random.default_rng(0).standard_normal((2, len(runs.seeds)))
    signals = Signals(noise[0], noise[1], abs(noise[0]), *np.ones((2, len(runs.seeds), 3)))
    histories = []
    for task in range(2):
        histories.append(runs.trains(chain, signals, task))
        alike = runs.alike(histories, task)
        assert alike.rows.size == alike.count
    assert alike.count == len(runs.seeds)


@pytest.mark.slow
@pytest.mark.parametrize(
    "strategies",
    [
        TWO,
        pytest.param(("initialized", "hybrid-rates", "average", "si"), marks=pytest.mark.slow),
    ],
)
def test_results_do_not_depend_on_how_many_runs_are_trained_together(settings, tasks, strategies):
    """To the bit where runs follow each other, as on a CPU; padding counts for nothing."""
    found = []
    for together in (None, 5):
        trainer = Trainer(replace(settings, strategies=strategies), tasks, together)
        assert trainer.runs.together == (together or 2)
        state = trainer.first()
        for task in range(tasks.count):
            state = trainer.learn(state, task, lambda told: None)
        found.append(state.records.document())
    assert found[0] == found[1]


def test_an_epoch_is_timed_without_those_that_compile():
    ends = [(1, 2, 10.0), (2, 2, 11.0), (3, 2, 12.0), (1, 4, 20.0), (2, 4, 24.0), (3, 4, 28.0)]
    assert epoch_times(ends, 6) == {
        "epoch_seconds": 2.5,
        "epoch_seconds_of_one_run": 0.75,
        "training_seconds_of_one_run": 4.5,
    }
    assert set(epoch_times(ends[:1], 6).values()) == {None}


def test_training_that_is_late_ends_with_what_it_has(settings, tasks):
    found = timed(settings, tasks, 0.0)
    assert found["tasks_learned"] == 0
    assert "avg_acc" not in found
    assert found["epoch_seconds"] is None
    whole = timed(settings, tasks)
    assert whole["tasks_learned"] == 2
    assert [len(values) for values in whole["avg_acc"].values()] == [2, 2]
    learned, final, lost = (
        np.array(whole[name]["initialized"]) for name in ("task_acc", "avg_acc", "forgetting")
    )
    np.testing.assert_allclose(learned - final, lost / 2, atol=2e-4)


def test_a_unit_and_the_cpu_beside_it(folder, monkeypatch):
    """The same epoch of the same number of images, here on the same device."""
    monkeypatch.setattr(networks, "GROUPS", (TWO,))
    found = measured(PERMUTED, 0, 0, folder, True)
    assert found["side_by_side"] == found["seeds"] == 2
    assert found["tasks_learned"] == 2
    cpu = few_steps(replace(PERMUTED, batches=1), folder, True)
    assert (cpu["training_images"], cpu["training_images_measured"]) == (64, 64)
    kept = {name: {"state": DONE, "result": one} for name, one in (("cpu", cpu), ("a", found))}
    (line,) = beside_the_cpu(kept)
    ratio = cpu["epoch_seconds_of_one_run"] / found["epoch_seconds_of_one_run"]
    assert line.startswith("a: ")
    assert line.endswith(f"{ratio:.3g} times as long")
    assert beside_the_cpu({"a": kept["a"]}) == []
    assert 0.05 < ratio < 20  # nothing is counted per run on one side and for all on the other


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "group"),
    [(PERMUTED.benchmark, group) for group in (0, 1, 2, 3)] + [("split-cifar10", 0)],
)
def test_every_strategy_is_trained(folder, name, group):
    found = measured(PLANS[name], group, 0, folder, True)
    assert found["tasks_learned"] == found["tasks"] == 2
    assert tuple(found["avg_acc"]) == GROUPS[group]
    assert all(0 <= share <= 1 for shares in found["avg_acc"].values() for share in shares)


def test_the_tasks_are_those_of_the_first_block_for_every_block(folder):
    """Runs of different blocks differ by their start and their order of images alone."""
    tasks = [
        networks._tasks(
            replace(settings_for(PERMUTED, 0, block, True), strategies=(), seeds=0, seed=0),
            *("mnist", folder, True),
        )
        for block in (0, 1)
    ]
    assert tasks[0] is tasks[1]
