"""The command ``train``: what it prints, the files that it leaves, what it refuses; verdicts."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from tests.in_process import Done, run
from update_magnitude import commands
from update_magnitude.figures.networks.table import tables
from update_magnitude.paper_checks.networks.bridge import (
    better,
    bridge,
    predicted,
    relative_distance,
)
from update_magnitude.paper_checks.networks.verdicts import verdicts
from update_magnitude.scenarios import load
from update_magnitude.simulations.networks.optima import Optima
from update_magnitude.simulations.networks.rungs import LINEARIZED, SQUARED
from update_magnitude.theory import predict

ROOT = Path(__file__).parents[2]
TINY = ("--tasks", "2", "--epochs", "2", "--seeds", "2", "--samples", "64")


def train(*arguments: str) -> Done:
    return run("train", *arguments, folder=ROOT)


def made_up(gain: float, spread: float = 0.01, seeds: int = 5) -> xr.Dataset:
    """A run of two tasks in which hybrid is better than both others by a gain in Avg.Acc."""
    random = np.random.default_rng(0)
    accuracy = np.full((3, seeds, 2, 2), 0.8)
    accuracy[..., 0, 1] = np.nan
    accuracy[..., 1, :] += spread * random.standard_normal((3, seeds, 2))
    accuracy[2, ..., 1, :] += gain
    trains = np.ones((3, seeds, 2, 3))
    trains[1, :, 1, :2] = 0  # frozen
    trains[2, 0, 1, :1] = 0  # hybrid, a little in one of the runs
    return xr.Dataset(
        {
            "accuracy": (("strategy", "seed", "after", "task"), accuracy),
            "trains": (("strategy", "seed", "task", "module"), trains),
        },
        coords={"strategy": ["initialized", "frozen", "hybrid"]},
    )


@pytest.mark.parametrize(
    ("gain", "seeds", "verdict"),
    [(0.1, 5, "holds"), (-0.1, 5, "refuted"), (0.0, 5, "inconclusive"), (0.1, 1, "inconclusive")],
)
def test_a_verdict_needs_more_than_the_seeds_differ_by(gain, seeds, verdict):
    """A gain of 0.1 is 14 standard errors of a difference, one of 0 none."""
    (found,) = verdicts(made_up(gain, seeds=seeds))
    assert found["verdict"] == verdict


@pytest.mark.slow
def test_holds_is_rarely_said_where_it_is_least_true():
    """The hardest case: far better than one, in truth equal to the other.

    Then holds is said in 2.5% of runs. 1,000 runs, standard error 0.5%: beyond four of them the
    test fails, by chance in 1 of 30,000; intervals of 85% would fail it (7.5%).
    """
    random = np.random.default_rng(1)
    run, held = made_up(0.0, spread=0.0), 0
    run["accuracy"] = run.accuracy.copy(data=run.accuracy.values)
    start = run.accuracy.values.copy()
    start[0, :, 1] -= 0.5
    for _ in range(1000):
        noise = 0.01 * random.standard_normal((3, 5, 1))
        run.accuracy.values[:, :, 1] = start[:, :, 1] + noise
        held += verdicts(run)[0]["verdict"] == "holds"
    assert 0.025 - 4 * 0.005 <= held / 1000 <= 0.025 + 4 * 0.005


def test_the_same_runs_are_no_better():
    """By what trained: equal accuracies alone, where nothing is learned, say nothing."""
    run = made_up(0.0)
    run["accuracy"] = run.accuracy.copy(data=run.accuracy.values)
    run.accuracy.values[2] = run.accuracy.values[1]
    assert verdicts(run)[0]["same_as"] == []
    run["trains"] = run.trains.copy(data=run.trains.values)
    run.trains.values[2] = run.trains.values[1]
    (found,) = verdicts(run)
    assert found["verdict"] == "refuted"
    assert found["same_as"] == ["frozen"]


def test_without_both_standard_strategies_there_is_no_verdict():
    assert verdicts(made_up(0.1).isel(strategy=[0, 2])) == []


def test_theory_predicts_by_the_geometry_of_the_solutions():
    """Where a near step of the specific block is all there is to learn, frozen training forgets
    less; where as much of the shared block is still to be learned, it does not."""
    same, near = np.ones((2, 2)), np.array([[1.0, 0.875], [0.875, 1.0]])
    assert relative_distance(np.eye(2)) == 1
    assert relative_distance(same) == 0
    right = predicted((100, 100), {"shared": 0.04 * same, "specific": near}, 20)
    wrong = predicted((100, 100), {"shared": same, "specific": near}, 20)
    assert better(right["forgetting"]) == "frozen"
    assert better(wrong["forgetting"]) == "initialized"
    nowhere = predicted((100, 20), {"shared": same, "specific": near}, 20)  # m = n
    assert better(nowhere["forgetting"]) == "undefined"


def test_the_bridge_says_whether_theory_and_network_agree():
    """Geometry by module: what is frozen comes first, what goes on training last."""
    near = np.array([[1.0, 0.875], [0.875, 1.0]])
    blocks = (0.02 * np.ones((2, 2)), 0.02 * np.ones((2, 2)), near)
    gram = np.stack([np.stack([block] * 5) for block in blocks])
    optima = Optima(gram, gram, np.ones((5, 2)), [60, 40, 100], 1, 20)
    run = made_up(0.0, spread=0.001)
    run["common"] = (("strategy", "seed", "task"), np.full((3, 5, 2), 0.25))
    run["accuracy"] = run.accuracy.copy(data=run.accuracy.values)
    better = np.array([0.0, 0.1, 0.0])[:, None, None]
    run.accuracy.values[:, :, 1] += better
    document = bridge(optima, run)
    assert document["blocks"] == {"shared": 100, "specific": 100}
    assert document["relative_distance"] == document["distance_floor"]
    assert document["relative_distance"] == pytest.approx({"shared": 0, "specific": 0.125**0.5})
    assert document["gradient_cosine"] == {"start": 1.0, "last": 0.25}
    found = document["measures"]["forgetting"]
    assert (found["predicted"], found["observed"], found["agrees"]) == ("frozen", "frozen", True)
    assert found["seeds"] == {"frozen": 5}
    run.accuracy.values[:, :, 1] -= 2 * better
    assert bridge(optima, run)["measures"]["forgetting"]["agrees"] is False


@pytest.mark.parametrize(
    ("benchmark", "width"),
    [
        ("permuted-digits", "16"),  # a perceptron
        pytest.param("split-digits", "4", marks=pytest.mark.slow),  # a residual net
    ],
)
def test_train_prints_a_table_and_leaves_its_files(benchmark, width, tmp_path):
    """At tiny size; a rerun ends in the same bytes."""
    arguments = (benchmark, *TINY, "--width", width, "--format", "png", "--output")
    done = train(*arguments, str(tmp_path))
    assert done.returncode == 0, done.stderr
    for words in ("initialized", "frozen", "hybrid", "Avg.Acc", "Forgetting"):
        assert words in done.stdout
    document = json.loads((tmp_path / "results.json").read_text())
    assert tables(document) + "\n" == done.stdout
    assert re.search(r"an epoch of one run took [\d.e-]+ s", done.stderr)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(before) == {
        *("results.nc", "results.json", "accuracy.png", "comparison.png", "checkpoint.eqx"),
    }
    again = train(*arguments, str(tmp_path), "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["strategies"] == document["strategies"]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.slow
def test_the_bridge_is_printed_beside_what_was_seen(tmp_path):
    done = train("permuted-digits", *TINY, "--width", "16", "--bridge", "--output", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "theory predicts" in done.stdout
    document = json.loads((tmp_path / "results.json").read_text())["bridge"]
    assert set(document["measures"]) == {"forgetting", "avg_acc"}
    assert document["blocks"] == {"shared": 16 * 65 + 16 * 17, "specific": 16 * 17}
    assert [rung["rung"] for rung in document["ladder"]["rungs"]] == list(range(5))
    assert "linearized network" in done.stdout
    assert (tmp_path / "ladder.png").exists()
    whole = load(tmp_path / "ladder.toml")
    seen = document["ladder"]["rungs"][1]["error"]["avg_acc"]["initialized"]["mean"]
    assert predict(whole).generalization.item() == pytest.approx(seen)
    kept = {name: (tmp_path / name).stat().st_mtime_ns for name in (LINEARIZED, SQUARED)}
    again = train("permuted-digits", *TINY, "--width", "16", "--bridge", "--output", str(tmp_path))
    assert again.stdout == done.stdout
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in kept} == kept


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("split-nothing",), "'split-nothing' is no benchmark; known: split-digits"),
        (("split-mnist",), "--data"),
        (("split-mnist", "--data", "nowhere"), "--data = nowhere: there is no such folder"),
        (("split-digits", "--data", "nowhere"), "--data = nowhere: there is no such folder"),
        (("split-mnist", "--data", "tests"), "no files of mnist are there"),
        (("split-digits", "--width", "6"), "--width 6"),
        (("split-digits", "--strategy", "hybrid", "--bridge"), "--bridge"),
        (("split-digits", "--specific", "0", "--bridge"), "--specific 0"),
        (("split-digits", "--metric", "nonsense"), "--metric 'nonsense'"),
        (("permuted-digits", "--relatedness"), "--relatedness"),
        (("permuted-digits", "--shared", "1"), "--shared"),
        (("split-digits", "--batch", "9999"), "--batch 9999"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(arguments, words, tmp_path, monkeypatch, capsys):
    command = ["update-magnitude", "train", *arguments, "--output", str(tmp_path / "new")]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as end:
        commands.main()
    assert end.value.code == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert words in error
    assert not list(tmp_path.iterdir())
