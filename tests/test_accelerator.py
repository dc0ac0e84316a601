"""The measurement of an accelerator, tried on whatever device there is, at tiny size."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import accelerator
from benchmarks.accelerator import LEFT, REFUTED, RIGHT, WRONG, run
from benchmarks.agreement import TESTS, agreement
from benchmarks.kept import DONE, FAILED, SKIPPED, STARTED, Kept, Unit
from benchmarks.units import all_units
from tests.carried_files import write_carried

ROOT = Path(__file__).parent.parent
AGREES = {"refuted": 0, "control_refuted_for_every_schedule": True}


def unit(name, calls, result=None, seconds=1.0):
    """A unit that notes that it ran."""

    def measure():
        calls.append(name)
        if isinstance(result, Exception):
            raise result
        return result or {}

    return Unit(name, seconds, measure)


def kept_units(folder):
    """What the only JSON file of a folder keeps, by unit."""
    (path,) = folder.glob("*.json")
    return json.loads(path.read_text())["units"]


def plenty():
    return 1000.0


def test_a_rerun_does_what_is_not_done(tmp_path):
    calls = []
    first = [unit("a", calls, AGREES), unit("b", calls, ValueError("two\nlines")), unit("c", calls)]
    assert run(first, Kept(tmp_path, True), plenty) == WRONG
    assert kept_units(tmp_path)["b"] == {"state": FAILED, "reason": "ValueError: two lines"}
    second = [unit("a", calls, AGREES), unit("b", calls), unit("c", calls)]
    assert run(second, Kept(tmp_path, True), plenty) == RIGHT
    assert calls == ["a", "b", "c", "b"]
    assert {kept_unit["state"] for kept_unit in kept_units(tmp_path).values()} == {DONE}
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".log"}


def test_what_no_longer_fits_is_skipped_and_smaller_units_are_done(tmp_path, capsys):
    calls = []
    units = [unit("long", calls, seconds=50.0), unit("short", calls, seconds=5.0)]
    assert run(units, Kept(tmp_path, True), lambda: 20.0) == LEFT
    assert calls == ["short"]
    assert kept_units(tmp_path)["long"]["state"] == SKIPPED
    assert "long: skipped: it may take 50 s, and 20 s are left" in capsys.readouterr().out
    assert run(units, Kept(tmp_path, True), plenty) == RIGHT
    assert calls == ["short", "long"]


def test_a_unit_that_was_cut_off_comes_last(tmp_path):
    Kept(tmp_path, True).put("a", STARTED)
    calls = []
    assert run([unit("a", calls), unit("b", calls)], Kept(tmp_path, True), plenty) == RIGHT
    assert calls == ["b", "a"]


def test_a_unit_that_takes_all_the_time_ends_the_run(tmp_path):
    code = (
        "import time\nfrom benchmarks import accelerator\nfrom benchmarks.units import Unit\n"
        "accelerator.LIMIT = 2.0\n"
        "accelerator.all_units = lambda *given: [Unit('a', 0, dict), Unit('b', 0, sleep)]\n"
        "def sleep(): time.sleep(60)\n"
        f"accelerator.main(['--tiny', '--output', {str(tmp_path)!r}])\n"
    )
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert time.monotonic() - began < 50
    assert done.returncode == LEFT, done.stderr
    assert "cut off after 2 s; run it again for the rest" in done.stdout
    assert {name: kept_unit["state"] for name, kept_unit in kept_units(tmp_path).items()} == {
        "a": DONE,
        "b": STARTED,
    }


def test_a_refuted_prediction_and_a_blind_control_show_in_the_status(tmp_path):
    found = unit("a", [], AGREES | {"refuted": 1})
    assert run([found], Kept(tmp_path / "refuted", True), plenty) == REFUTED
    blind = unit("a", [], AGREES | {"control_refuted_for_every_schedule": False})
    assert run([blind], Kept(tmp_path / "blind", True), plenty) == LEFT


def test_other_versions_are_kept_apart(tmp_path, monkeypatch):
    Kept(tmp_path, True).put("a", DONE)
    monkeypatch.setattr("benchmarks.kept.source", lambda: "other")
    assert Kept(tmp_path, True).state("a") is None


def test_the_law_engine_agrees_with_theory_and_would_not_with_a_wrong_scale():
    """48 tests of one run of seed 16, 16 384 replicates; each standard error is its own.

    |z| > 4.28 for any has probability 0.001 at most if all predictions are right. Detected with 99%
    power: 0.7% in the median, 14% of the smallest forgetting. The control, predictions for a scale
    of 0.95 in place of 1, is refuted by the same numbers for all four schedules.
    """
    found = agreement("law", "float64", 16_384, TESTS)
    assert found["tests"] == TESTS == 48
    assert found["refuted"] == 0
    assert found["control_refuted_for_every_schedule"]
    assert found["detectable_relative_deviation"]["median"] < 0.02


def test_units_have_names_of_their_own_and_a_run_on_an_accelerator_has_time_for_each(tmp_path):
    write_carried(tmp_path)
    for tiny in (False, True):
        units = all_units(tiny, tmp_path)
        assert len(units) > len(all_units(tiny))
        assert len({unit.name for unit in units}) == len(units)
        assert max(unit.seconds for unit in units) < accelerator.LIMIT / 2


@pytest.mark.slow
def test_all_of_it_runs_at_tiny_size_without_zarr_marimo_and_pooch(tmp_path):
    code = (
        "import sys\nfor name in ('zarr', 'marimo', 'pooch'):\n    sys.modules[name] = None\n"
        "from benchmarks import accelerator\n"
        "sys.exit(accelerator.main(['--tiny', *sys.argv[1:]]))\n"
    )
    folder = write_carried(tmp_path / "carried")
    command = [sys.executable, "-c", code, "--output", tmp_path, "--carried", folder]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode in (RIGHT, LEFT), done.stderr
    found = kept_units(tmp_path)
    assert set(found) == {all_unit.name for all_unit in all_units(True, folder)}
    trained = [name for name, one in found.items() if "seeds" in name and one["state"] == DONE]
    assert done.stdout.count(" CPU cores ") == len(trained) > 0
    assert {result["state"] for result in found.values()} <= {DONE, SKIPPED}
    assert all(
        result["compile_seconds"] <= result["seconds"]
        for result in found.values()
        if "result" in result
    )
