"""What --memory and --precision of a sweep may change, and what they may not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer import BadParameter

from tests import in_process
from tests.test_sweeps import digest
from update_magnitude import scenarios, simulations
from update_magnitude.commands.options import bytes_of
from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations.sweeps import load, read, run
from update_magnitude.simulations.sweeps.pieces import pieces

SWEEP = """
[sweep]
scenario = "two-close-tasks"
engines = ["dense", "law"]
replicates = 300
[grid]
tasks.noise = [0.0, 0.5]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "sweep.toml").write_text(SWEEP)
    return tmp_path / "sweep.toml"


def test_memory_changes_no_byte(file, tmp_path):
    """With so little memory that batches must be smaller, and with more than there is usually."""
    file.write_text(SWEEP.replace("replicates = 300", "replicates = 20_000"))  # several batches
    run(load(file), tmp_path / "usual")
    sweep = load(file, memory=64 * 2**20)
    assert pieces(sweep.points) == pieces(load(file, memory=2**35).points)
    run(sweep, tmp_path / "less")
    assert digest(tmp_path / "less") == digest(tmp_path / "usual")
    assert run(load(file, memory=2**35), tmp_path / "usual").simulated == 0


def test_too_little_memory_is_refused_before_anything_is_written(file, tmp_path):
    with pytest.raises(ScenarioError, match=r"sweep\.toml: at engine = 'dense', tasks\.noise = 0"):
        load(file, memory=1000)
    text = SWEEP.replace("[0.0, 0.5]", "{ from = 0.0, to = 1.0, count = 16 }")
    file.write_text(text.replace('"dense", "law"', '"dense"'))
    least = next(2**power for power in range(10, 40) if fits(file, 2**power))
    with pytest.raises(ScenarioError, match=r"and 15 points with it: .* allow more \(--memory\)"):
        run(load(file, memory=least), tmp_path / "store")
    assert not (tmp_path / "store").exists()


def fits(file: Path, memory: int) -> bool:
    """Whether each point by itself has enough memory."""
    try:
        load(file, memory=memory)
    except ScenarioError:
        return False
    return True


def test_more_than_the_usual_memory_may_be_allowed(file):
    file.write_text(SWEEP.replace("tasks.noise = [0.0, 0.5]", "blocks.shared = [24, 60_000]"))
    with pytest.raises(ScenarioError, match=r"blocks\.shared = 60,?000.*may be used"):
        load(file, memory=2**25)
    assert load(file, memory=2**40).size == 4


def test_single_precision_is_kept_and_is_that_of_simulate(file, tmp_path):
    file.write_text(SWEEP.replace('"dense", ', ""))
    run(load(file, dtype="float32"), tmp_path / "store")
    dataset = read(tmp_path / "store").load()
    assert dataset.dtype == "float32"
    base = scenarios.varied(scenarios.preset("two-close-tasks"), {"tasks.noise": 0.5})
    for dtype, same in (("float32", True), ("float64", False)):
        one = simulations.estimates(base, 300, 0, engine="law", dtype=dtype)
        kept = dataset.risk.sel({"engine": "law", "tasks.noise": 0.5})
        assert np.array_equal(kept, one.risk.mean) == same


@pytest.mark.parametrize(("first", "second"), [("float64", "float32"), ("float32", "float64")])
def test_a_store_of_one_precision_is_not_continued_in_another(first, second, file, tmp_path):
    file.write_text(SWEEP.replace('"dense", ', ""))
    run(load(file, dtype=first), tmp_path / "store")
    before = digest(tmp_path / "store")
    with pytest.raises(ScenarioError, match=f"--precision = '{second}': .* begun with '{first}'"):
        run(load(file, dtype=second), tmp_path / "store")
    assert digest(tmp_path / "store") == before
    assert run(load(file, dtype=first), tmp_path / "store").simulated == 0


def test_points_too_close_for_single_precision_are_refused_before_anything_runs(file):
    file.write_text(SWEEP.replace("tasks.noise = [0.0, 0.5]", "tasks.samples = [5, 40]"))
    load(file)
    with pytest.raises(ScenarioError, match=r"at engine = 'dense', tasks\.samples = 40: .*single"):
        load(file, dtype="float32")


def test_the_command_has_both(file, tmp_path):
    file.write_text(SWEEP.replace('"dense", ', ""))
    options = ["--output", str(tmp_path / "store"), "--memory", "1"]
    done = command(str(file), *options, "--precision", "float32")
    assert (done.returncode, done.stderr) == (0, "")
    again = command(str(file), *options)
    assert (again.returncode, again.stdout, again.stderr.count("\n")) == (2, "", 1)
    assert "--precision = 'float64'" in again.stderr
    assert "begun with 'float32'" in again.stderr
    with pytest.raises(BadParameter, match="inf is no amount of memory"):
        bytes_of(float("inf"))


def command(*arguments: str) -> in_process.Done:
    return in_process.run("sweep", *arguments)


def test_points_that_lost_digits_say_so(tmp_path):
    """The dense engine at a norm of 1e12, where rounding is larger than the risk; not at 1."""
    file = tmp_path / "sweep.toml"
    (tmp_path / "one.toml").write_text(
        "[blocks]\na = 10\n[tasks]\ncount = 1\nsamples = 40\nnoise = 1e-3\n"
        '[optima]\nnorm = { a = 1.0 }\n[updates]\nstrategy = "initialized"\n'
    )
    file.write_text(
        '[sweep]\nscenario = "one.toml"\nengines = ["dense"]\nreplicates = 64\n'
        "[grid]\noptima.norm.a = [1.0, 1e12]\n"
    )
    summary = run(load(str(file)), tmp_path / "store")
    assert (summary.done, summary.undefined, summary.digits_lost) == (2, 2, 1)
    few, many = read(tmp_path / "store").digits_lost.values.ravel()
    assert few == ""
    assert "R_1(θ_1)" in many
