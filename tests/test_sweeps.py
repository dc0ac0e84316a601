"""Sweeps: what they keep, that nothing interrupts them for good, and that they share work."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from update_magnitude import scenarios, simulations
from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations.sweeps import load, read, run, store
from update_magnitude.simulations.sweeps.grid import Sweep
from update_magnitude.simulations.sweeps.pieces import TOGETHER, pieces

COMMAND = [sys.executable, "-m", "update_magnitude", "sweep"]
SMALL = """
[sweep]
scenario = "two-close-tasks"
engines = ["dense", "law"]
replicates = 500
seed = 3
[grid]
optima.distance.specific = [0.2, 0.8]
tasks.samples = [5, 16]
updates.strategy = ["frozen", "initialized"]
"""
LONG = """
[sweep]
scenario = "two-close-tasks"
replicates = 40_000
[grid]
optima.distance.specific = { from = 0.0, to = 2.0, count = 12 }
updates.strategy = ["frozen", "initialized"]
"""


@pytest.fixture
def written(tmp_path: Path):
    """A function that writes a sweep file."""

    def write(text: str = SMALL) -> Path:
        path = tmp_path / "sweep.toml"
        path.write_text(text)
        return path

    return write


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory):
    """The small sweep, done once: its file and its store."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "sweep.toml").write_text(SMALL)
    summary = run(load(folder / "sweep.toml"), folder / "store")
    assert (summary.points, summary.done, summary.simulated) == (16, 16, 16)
    return folder / "sweep.toml", folder / "store"


def digest(folder: Path) -> dict[str, str]:
    """All files and folders of a store, with what they hold."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in sorted(folder.rglob("*"))
    }


def start(file: Path, folder: Path) -> subprocess.Popen[str]:
    arguments = [*COMMAND, str(file), "--output", str(folder), "--json"]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(process: subprocess.Popen[str]) -> dict[str, int]:
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    assert error == ""
    return json.loads(out)


def points_done(folder: Path) -> int:
    return sum(path.is_file() for path in folder.glob("done/c/**/*"))


def test_dimensions_are_the_fields_in_their_order(small):
    dataset = read(small[1])
    grid = ("engine", "optima.distance.specific", "tasks.samples", "updates.strategy")
    assert dataset.forgetting.dims == grid
    assert dataset.risk.dims == (*grid, "learned", "task")
    assert dataset["tasks.samples"].values.tolist() == [5, 16]
    assert dataset["updates.strategy"].values.tolist() == ["frozen", "initialized"]
    assert dataset.learned.values.tolist() == [1, 2]
    assert dataset["tasks.samples"].attrs == {"long_name": "samples per task n", "units": "1"}
    assert dataset.forgetting.attrs["ancillary_variables"] == "forgetting_standard_error"
    assert (dataset.attrs["replicates"], dataset.attrs["seed"]) == (500, 3)
    assert dataset.attrs["dtype"] == "float64"
    assert dataset.done.values.all()
    assert all(dataset[name].attrs["long_name"] for name in dataset.variables)


def test_values_are_those_of_simulate(small):
    dataset = read(small[1]).load()
    base = scenarios.preset("two-close-tasks")
    for engine, distance, strategy in product(
        ("dense", "law"), (0.2, 0.8), ("frozen", "initialized")
    ):
        fields = {"optima.distance.specific": distance, "updates.strategy": strategy}
        one = simulations.estimates(scenarios.varied(base, fields), 500, 3, engine=engine)
        kept = dataset.sel({**fields, "engine": engine, "tasks.samples": 5})
        # The dense engine runs several points on the same draws: sums in another order.
        close = {"rtol": 1e-11, "atol": 1e-13} if engine == "dense" else {"rtol": 0, "atol": 0}
        for name in ("risk", "forgetting", "generalization", "learning_error"):
            found = getattr(one, name)
            np.testing.assert_allclose(kept[name], found.mean, **close)
            np.testing.assert_allclose(
                kept[f"{name}_standard_error"], found.standard_error, **close
            )


def test_what_has_no_finite_mean_is_missing_and_says_why(small):
    dataset = read(small[1]).load()
    near = dataset.sel({"tasks.samples": 16, "updates.strategy": "frozen", "engine": "law"})
    assert all("no finite mean" in reason for reason in near.undefined.values)
    assert np.isnan(near.forgetting).all()
    assert np.isnan(near.forgetting_standard_error).all()
    assert np.isfinite(near.risk.sel(learned=1)).all()
    assert np.isnan(near.risk.sel(learned=2)).all()
    far = dataset.sel({"tasks.samples": 5})
    assert (far.undefined == "").all()
    assert np.isfinite(far.risk).all()


def test_the_number_of_tasks_can_vary(written, tmp_path):
    text = SMALL.replace("tasks.samples = [5, 16]", "tasks.count = [1, 3]")
    run(load(written(text.replace('["dense", "law"]', '["law"]'))), tmp_path / "store")
    dataset = read(tmp_path / "store").load().isel({"updates.strategy": 1}).squeeze("engine")
    assert dataset.risk.sizes["task"] == 3
    one, three = dataset.sel({"tasks.count": 1}), dataset.sel({"tasks.count": 3})
    assert np.isfinite(three.risk).all()
    assert (np.isfinite(one.risk).sum(("learned", "task")) == 1).all()
    assert np.isfinite(one.risk.sel(learned=1, task=1)).all()
    assert np.isnan(one.forgetting).all()
    assert "at least two" in one.undefined.values[0]
    assert np.isfinite(one.generalization).all()


@pytest.mark.slow
def test_killed_again_and_again_it_ends_with_the_same_bytes(written, tmp_path):
    file, whole, killed = written(LONG), tmp_path / "whole", tmp_path / "killed"
    assert finished(start(file, whole))["simulated"] == 24
    for least in (1, 7, 14):
        process = start(file, killed)
        while points_done(killed) < least:
            assert process.poll() is None
            time.sleep(0.003)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    before = points_done(killed)
    assert 14 <= before < 24
    assert read(killed).done.sum() == before
    summary = finished(start(file, killed))
    assert (summary["done"], summary["simulated"]) == (24, 24 - before)
    assert digest(killed) == digest(whole)


@pytest.mark.slow
def test_what_killed_runs_had_taken_up_is_shared_too(written, tmp_path):
    """As many claims of dead processes as there can be: two new ones still do not do all twice."""
    file, folder = written(LONG), tmp_path / "store"
    process = start(file, folder)
    while not points_done(folder):
        time.sleep(0.003)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    for number in range(24):
        (folder / store.WORK / f"claim-{number}-0").mkdir(exist_ok=True)
    before = points_done(folder)
    shares = [finished(entry)["simulated"] for entry in [start(file, folder), start(file, folder)]]
    assert 24 - before <= sum(shares) <= 24 - before + 2
    assert not (folder / store.WORK).exists()


def test_two_processes_share_the_work_and_write_the_same_bytes(written, tmp_path):
    file, one, two = written(LONG), tmp_path / "one", tmp_path / "two"
    run(load(file), one)
    shares = [finished(process)["simulated"] for process in [start(file, two), start(file, two)]]
    assert min(shares) > 0
    assert sum(shares) <= 24 + 2  # the last point may be done twice
    assert digest(two) == digest(one)


@pytest.mark.parametrize("after", range(0, 140, 19))
def test_it_can_stop_between_any_two_files(after, small, tmp_path, monkeypatch):
    file, whole = small
    place, placed = store.Store._place, 0

    def stop(self, *arguments):
        nonlocal placed
        placed += 1
        if placed > after:
            raise KeyboardInterrupt
        place(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(store.Store, "_place", stop)
        with pytest.raises(KeyboardInterrupt):
            run(load(file), tmp_path / "store")
    run(load(file), tmp_path / "store")
    assert digest(tmp_path / "store") == digest(whole)


def test_pieces_share_draws_and_do_not_depend_on_what_is_done(written):
    sweep = load(written(SMALL.replace("[0.2, 0.8]", "{ from = 0, to = 1, count = 20 }")))
    found = pieces(sweep.points)
    assert found == pieces(sweep.points)
    for piece in found:
        assert len(piece.points) <= TOGETHER[piece.points[0].engine]
        assert len({point.scenario.tasks.samples for point in piece.points}) == 1
    assert sorted(point.index for piece in found for point in piece.points) == sorted(
        point.index for point in sweep.points
    )
    assert [piece.cost for piece in found] == sorted(
        (result.cost for result in found), reverse=True
    )


def test_a_finished_sweep_is_left_as_it_is(small):
    file, folder = small
    before = digest(folder)
    assert run(load(file), folder).simulated == 0
    assert digest(folder) == before


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("replicates = 500", "replicates = 600", "sweep.replicates = 600: .* begun with 500"),
        (
            "[0.2, 0.8]",
            "[0.2, 0.9]",
            r"grid.optima.distance.specific = \[0.2, 0.9\]: .* begun with",
        ),
        ("two-close", "two-distant", "scenario.* begun with"),
        (
            "[grid]",
            "[grid]\ntasks.noise = [0.3]",
            r"grid.tasks.noise = \[0.3\]: .* begun with None",
        ),
    ],
)
def test_a_changed_sweep_is_refused(old, new, words, small, written):
    assert old in SMALL
    before = digest(small[1])
    with pytest.raises(ScenarioError, match=words):
        run(load(written(SMALL.replace(old, new))), small[1])
    assert digest(small[1]) == before


def test_axes_in_another_order_are_refused(small, written):
    lines = SMALL.splitlines()
    swapped = "\n".join([*lines[:-2], lines[-1], lines[-2]])
    with pytest.raises(ScenarioError, match=r"grid = .*another order"):
        run(load(written(swapped)), small[1])


def test_comments_are_no_change(small, written):
    assert run(load(written("# the same\n" + SMALL)), small[1]).simulated == 0


def test_other_software_is_refused(small, monkeypatch):
    monkeypatch.setattr("update_magnitude.__version__", "9.9")
    with pytest.raises(ScenarioError, match=r"software = 'update-magnitude 9\.9, jax"):
        run(load(small[0]), small[1])


def test_a_folder_of_something_else_is_refused(written, tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "letter.txt").write_text("dear")
    with pytest.raises(ScenarioError, match=r"--output = .*it holds other files"):
        run(load(written()), tmp_path / "store")
    (tmp_path / "store" / "letter.txt").unlink()
    (tmp_path / "store" / "zarr.json").write_text('{"zarr_format": 3, "node_type": "group"}')
    with pytest.raises(ScenarioError, match="begun with"):
        run(load(written()), tmp_path / "store")
    for folder in (tmp_path / "store", tmp_path / "nowhere"):
        with pytest.raises(ScenarioError, match="there is no sweep in it"):
            read(folder)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("optima.distance.specific", "optima.distance.special", "at optima.distance.special = 0.2"),
        ("[5, 16]", "[5, 0]", "at .*tasks.samples = 0, .*: a task has at least 1 sample"),
        ("[5, 16]", "[5, 5]", "grid.tasks.samples = 5: it is there twice"),
        ("[5, 16]", "5", "grid.tasks.samples = 5: a list of values, or"),
        ("[5, 16]", "{ from = 1, to = 9 }", "grid.tasks.samples.count is missing"),
        ("[5, 16]", '{ from = 0, to = 9, count = 3, scale = "log" }', "above 0"),
        ("[5, 16]", "[5, 1_000_000_000]", "engine = 'dense', .*draws every feature"),
        ('"initialized"]', '"hybrid"]', "at engine = 'law', .*strategy = 'hybrid'"),
        (
            "[grid]",
            '[grid]\n"optima.distance" = [1]',
            "specific = .*: grid.optima.distance varies it too",
        ),
        ("replicates = 500", "replicates = 1", "sweep.replicates = 1: at least 2"),
        ("replicates = 500", "", "sweep.replicates is missing"),
        ('"law"]', '"lawful"]', "sweep.engines = 'lawful': it is one of dense, law"),
        ("two-close-tasks", "nowhere", "sweep.scenario = 'nowhere': no such file"),
        ("[grid]", "[blocks]\nshared = 3\n[grid]", "blocks = .*sweep.scenario excludes it"),
        ("[0.2, 0.8]", "{ from = 0, to = 1, count = 90_000 }", "points; 100,000 at most"),
    ],
)
def test_bad_sweeps_name_the_key_and_write_nothing(old, new, words, written, tmp_path):
    assert old in SMALL
    with pytest.raises(ScenarioError, match=rf"sweep.toml: .*{words}") as caught:
        load(written(SMALL.replace(old, new)))
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["sweep.toml"]


def test_bad_input_is_one_line_and_status_2(written, tmp_path):
    file = written(SMALL.replace("[5, 16]", "[5, -1]"))
    process = start(file, tmp_path / "store")
    out, error = process.communicate(timeout=60)
    assert (process.returncode, out, error.count("\n")) == (2, "", 1)
    assert "sweep.toml: at optima.distance.specific = 0.2, tasks.samples = -1" in error
    assert not (tmp_path / "store").exists()


def test_the_sample_of_the_documentation_is_what_it_shows():
    folder = Path(__file__).parent.parent / "docs"
    sample = (folder / "sweeps" / "distance.toml").read_text()
    assert sample.split("\n", 1)[1] in (folder / "sweeps.md").read_text()
    assert load(folder / "sweeps" / "distance.toml").shape == (1, 13, 2, 2)


def test_ranges_are_round_numbers(written):
    text = SMALL.replace("[0.2, 0.8]", "{ from = 0, to = 0.3, count = 4 }")
    text = text.replace("[5, 16]", '{ from = 1, to = 1000, count = 4, scale = "log" }')
    distance, samples, _ = load(written(text.replace('"dense", ', ""))).axes
    assert distance.values == (0.0, 0.1, 0.2, 0.3)
    assert samples.values == (1, 10, 100, 1000)
    assert all(isinstance(value, int) for value in samples.values)


def test_a_scenario_can_stand_in_the_file_or_beside_it(written, tmp_path):
    preset = (scenarios.files.PRESETS / "two-close-tasks.toml").read_text()
    (tmp_path / "own.toml").write_text(preset)
    named = load(written())
    beside = load(written(SMALL.replace("two-close-tasks", "own.toml")))
    inside = load(written(preset + SMALL.replace('scenario = "two-close-tasks"', "")))
    assert named == beside == inside


def test_values_that_are_lists_are_labelled_by_their_text(written, tmp_path):
    text = SMALL.replace("[5, 16]", "[5, [5, 8]]").replace('"dense", ', "")
    run(load(written(text)), tmp_path / "store")
    chosen = read(tmp_path / "store").sel({"tasks.samples": "[5, 8]"})
    assert np.isfinite(chosen.forgetting).all()


def test_numbers_too_large_for_one_point_do_not_spoil_others(written, tmp_path):
    text = SMALL.replace("[5, 16]", "[5]") + "updates.scale = [1.0, [1e30, 1e30]]\n"
    text = text.replace("[0.2, 0.8]", "[0.2, 1e30]").replace('["dense", "law"]', '["dense"]')
    text = text.replace('["frozen", "initialized"]', '["initialized"]')
    text = text.replace('"two-close-tasks"', '"ten-tasks"').replace(
        "[1e30, 1e30]", str([1e30] * 10)
    )
    run(load(written(text)), tmp_path / "store")
    dataset = read(tmp_path / "store").load()
    plain = dataset.sel({"updates.scale": "1.0"})
    assert np.isfinite(plain.risk).all()
    large = dataset.drop_sel({"updates.scale": "1.0"})
    assert np.isnan(large.forgetting).all()
    assert all("too large" in reason for reason in large.undefined.values.ravel())


def test_an_engine_is_named_once():
    axes = (scenarios.Axis("tasks.noise", (0.0, 0.5)),)
    tables = scenarios.load_document("two-close-tasks")
    with pytest.raises(ScenarioError, match="engines = 'law': it is there twice"):
        Sweep("noise", tables, axes, ("law", "law"), 1000, 0)
