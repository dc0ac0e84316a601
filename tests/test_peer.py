"""What is said of the runs in Avalanche: metrics, differences, and the rows of the page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ttest_ind

from benchmarks.peer.table import METRICS, minus, rows, summary
from update_magnitude.paper_checks.networks.reported import identity_excess
from update_magnitude.simulations.networks.metrics import METRICS as OURS

DOCS = Path(__file__).parents[1] / "docs"
FILES = sorted((DOCS / "networks" / "peer").glob("*.json"))
files = pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])


def test_metrics_are_ours():
    accuracy = np.random.default_rng(0).uniform(size=(3, 4, 4))
    found = summary(accuracy)
    for name in METRICS:
        np.testing.assert_allclose(found[name], 100 * OURS[name](accuracy))


def test_differences_have_students_interval():
    random = np.random.default_rng(0)
    one, other = ({name: random.normal(size=3).tolist() for name in METRICS} for _ in range(2))
    for name, found in minus(one, other).items():
        wanted = ttest_ind(one[name], other[name]).confidence_interval(0.95)
        assert (found["low"], found["high"]) == pytest.approx((wanted.low, wanted.high))


def test_there_are_both_benchmarks():
    assert [file.stem for file in FILES] == ["permuted-mnist", "split-mnist"]


@files
def test_all_runs_satisfy_the_identity(file):
    document = json.loads(file.read_text())
    for found in (document["ours"], *document["methods"].values()):
        metrics = {name: np.array(found[name]) for name in METRICS}
        assert np.abs(identity_excess(**metrics, tasks=5)).max() < 1e-9


@files
def test_the_strength_is_the_best_on_the_development_seed(file):
    document = json.loads(file.read_text())
    assert document["development_seed"] not in document["seeds"]
    for found in document["methods"].values():
        if found["tried"]:
            assert found["tried"][f"{found['strength']:g}"] == max(found["tried"].values())


@files
def test_fine_tuning_agrees_with_ours_within_intervals(file):
    document = json.loads(file.read_text())
    for name in ("plain", "naive"):
        for found in minus(document["methods"][name], document["ours"]).values():
            assert found["low"] < 0 < found["high"]


@files
def test_the_page_says_what_the_runs_say(file):
    page = (DOCS / "network-results.md").read_text(encoding="utf-8").splitlines()
    for row in rows(json.loads(file.read_text())):
        assert row in page
