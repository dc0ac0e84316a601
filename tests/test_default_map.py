"""The default map: what its range shows, and where its files go."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests import in_process
from update_magnitude import scenarios
from update_magnitude.figures.explore.asking import read_axis
from update_magnitude.figures.explore.maps import regime_map
from update_magnitude.scenarios import axis, varied
from update_magnitude.theory import critical_distance

CLOSE = scenarios.preset("two-close-tasks")
DISTANCE = "optima.distance.specific"


def run(*arguments: str, folder: Path) -> in_process.Done:
    return in_process.run("explore", "map", "--points", "9", *arguments, folder=folder)


@pytest.mark.parametrize("distance", [0.0, 0.001, 0.2, 1.0, 2.0])
def test_its_range_holds_the_critical_distance(distance):
    """Both winners are seen in the scenario's own row, which is that of the critical distance."""
    scenario = varied(CLOSE, {DISTANCE: distance})
    critical = critical_distance(varied(CLOSE, {DISTANCE: 1.0})).distance
    across = read_axis(DISTANCE, "--x", scenario, 41)
    assert across.numbers.min() == 0
    assert across.numbers.max() > 1.01 * critical
    own = regime_map(scenario, across, axis("tasks.samples", [4, 5])).winner.values[1]
    assert set(own.tolist()) == {0, 1}


def test_where_there_is_none_it_is_four_times_the_distance():
    """In generalization one strategy is better at every distance; at a tie none is."""
    assert read_axis(DISTANCE, "--x", CLOSE, 3, "generalization").numbers.max() == 4 * 0.2
    tie = varied(CLOSE, {"tasks.samples": 60})
    assert read_axis(DISTANCE, "--x", tie, 3).numbers.max() == 4 * 0.2


def test_of_many_tasks_and_of_steps_that_differ():
    """From the largest step on; what is typed goes before what is usual."""
    many = varied(CLOSE, {"tasks.count": 3, DISTANCE: [0.1, 0.3]})
    assert np.isfinite(read_axis(DISTANCE, "--x", many, 3).numbers).all()
    assert read_axis(f"{DISTANCE}=0:1", "--x", CLOSE, 3).numbers.tolist() == [0.0, 0.5, 1.0]


def test_the_files_are_named_by_their_full_paths(tmp_path):
    found = run(folder=tmp_path)
    assert found.returncode == 0, found.stderr
    paths = [Path(line) for line in found.stdout.splitlines() if line.endswith((".nc", ".png"))]
    assert [path.parent for path in paths] == [tmp_path.resolve() / "figures" / "output"] * 2
    assert all(path.is_file() for path in paths)


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(tmp_path):
    (tmp_path / "figures").write_text("no folder")
    found = run(folder=tmp_path)
    assert found.returncode == 2
    assert len(found.stderr.splitlines()) == 1
    assert "name a folder that can be written" in found.stderr
