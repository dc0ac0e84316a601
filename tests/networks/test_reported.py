"""The paper's numbers, and an identity of the metrics: our results satisfy it, few of these do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from update_magnitude.paper_checks.networks.reported import (
    identity_excess,
    most_tasks,
    reported,
    reported_identities,
    reported_numbers,
)
from update_magnitude.simulations.networks.metrics import METRICS

DOCS = Path(__file__).parents[2] / "docs"
RUNS = sorted(path.parent for path in (DOCS / "networks").rglob("results.nc"))
NAMES = [path.relative_to(DOCS / "networks").as_posix() for path in RUNS]
runs = pytest.mark.parametrize("folder", RUNS, ids=NAMES)
ROUNDING = 1e-12
KNOWN = {(row.benchmark, row.strategy, row.metric): row for row in reported_numbers()}


def test_the_papers_numbers_say_where_they_were_read():
    found = reported("permuted-mnist")
    assert found is not None
    assert "secondary" in found["source"]
    assert found["frozen"] == {"avg_acc": 76.78, "forgetting": 29.21}


def test_every_number_of_the_paper_has_a_source():
    for row in reported_numbers():
        assert 0 < row.value < 100
        assert row.source in ("S1", "S1 or S2", "list", "by subtraction, S1 and Q")
        assert row.deviation is None or 0 < row.deviation < 1


def test_numbers_by_subtraction_are_differences_of_quoted_gains():
    for benchmark, gains in {
        "correlated-split-cifar100": {"avg_acc": 6.43, "forgetting": -2.42},
        "corrupted-split-cub200": {"avg_acc": 4.09, "forgetting": -0.45},
    }.items():
        for metric, gain in gains.items():
            ours, plain = (KNOWN[benchmark, name, metric] for name in ("hybrid", "initialized"))
            assert plain.source.startswith("by subtraction")
            assert ours.value - plain.value == pytest.approx(gain)


def test_what_is_drawn_beside_our_runs_has_metrics_alone():
    assert reported("source") is None
    assert reported("sources") is None
    found = reported("split-cifar100")
    assert found is not None
    assert set(found) == {"source", "initialized", "frozen", "hybrid"}
    assert found["hybrid"] == {"avg_acc": 47.19, "forgetting": 24.15, "task_acc": 67.30}


@runs
def test_our_results_satisfy_the_identity_seed_by_seed(folder):
    accuracy = xr.load_dataset(folder / "results.nc").accuracy.values
    metrics = {name: metric(accuracy) for name, metric in METRICS.items()}
    excess = identity_excess(**metrics, tasks=accuracy.shape[-1])
    known = excess[np.isfinite(excess)]  # the runs that did not diverge
    assert known.size
    assert abs(known).max() < ROUNDING


@runs
def test_our_summaries_satisfy_the_identity(folder):
    document = json.loads((folder / "results.json").read_text())
    tasks = document["settings"]["relation"]["tasks"]
    for metrics in document["strategies"].values():
        means = {name: metrics[name]["mean"] for name in METRICS}
        assert abs(identity_excess(**means, tasks=tasks)) < ROUNDING


@pytest.mark.parametrize("metric", METRICS)
def test_a_result_with_one_number_changed_breaks_the_identity(metric):
    document = json.loads((RUNS[0] / "results.json").read_text())
    metrics = next(iter(document["strategies"].values()))
    means = {name: metrics[name]["mean"] for name in METRICS} | {"tasks": 5}
    assert abs(identity_excess(**means)) < ROUNDING
    assert abs(identity_excess(**means | {metric: means[metric] + 1e-6})) > 1e-7
    assert abs(identity_excess(**means | {"tasks": 6})) > 1e-4


def test_forgetting_from_the_best_accuracy_breaks_the_identity():
    """Another common definition, max_k a[k, j] − a[T, j], where a task gets better later."""
    accuracy = np.array([[0.9, np.nan, np.nan], [0.95, 0.8, np.nan], [0.6, 0.7, 0.9]])
    metrics = {name: metric(accuracy) for name, metric in METRICS.items()}
    assert abs(identity_excess(**metrics, tasks=3)) < ROUNDING
    best = (np.nanmax(accuracy, 0) - accuracy[-1])[:-1].mean()
    excess = identity_excess(**metrics | {"forgetting": best}, tasks=3)
    assert excess == pytest.approx(-0.05 / 3)


def test_what_the_identity_says_of_the_reported_numbers():
    found = {(row.benchmark, row.strategy): row for row in reported_identities()}
    assert len(found) == 9
    twenty = {
        strategy: row.excess
        for (benchmark, strategy), row in found.items()
        if benchmark.endswith("20-tasks")
    }
    assert twenty == pytest.approx({"initialized": -2.776, "frozen": -2.896, "hybrid": -1.106})
    beyond = found["split-cub200", "hybrid"]
    assert beyond.lost == pytest.approx(21.68)
    assert beyond.implied_tasks is None
    assert [key for key, row in found.items() if row.possible] == [("split-cub200", "initialized")]


def test_permuted_mnist_as_reported_is_possible_for_four_tasks_at_most():
    """For five, Task.Acc would be above 100%."""
    found = reported("permuted-mnist")
    assert found is not None
    for strategy in ("initialized", "frozen", "hybrid"):
        assert most_tasks(**found[strategy]) == 4
        assert 100 < found[strategy]["avg_acc"] + 4 / 5 * found[strategy]["forgetting"] < 101
    assert most_tasks(90.0, 20.0) == 2  # exactly 100% for two
    assert most_tasks(90.0, 10.0) is None
    assert most_tasks(90.0, -5.0) is None


def test_the_page_says_what_the_identity_says():
    page = (DOCS / "network-results.md").read_text(encoding="utf-8")
    for row in reported_identities():
        excess = "" if row.excess is None else f"{row.excess:+.2f}"
        needed = "none" if row.implied_tasks is None else f"{row.implied_tasks:.2f}"
        assert (
            f"| `{row.benchmark}` | `{row.strategy}` | {row.lost:.2f} | {row.forgetting:.2f} | "
            f"{row.tasks or 'unknown'} | {excess} | {needed} |"
        ) in page
