"""Result R over whole grids, against the same one by one."""

from __future__ import annotations

import numpy as np
import pytest

from update_magnitude import scenarios
from update_magnitude.scenarios import ScenarioError, axis, family, varied
from update_magnitude.scenarios.axes import WHOLE
from update_magnitude.theory import means, totals

PAIRS = [
    (
        "two-close-tasks",
        {"optima.distance.specific": [0.0, 0.4, 2.0], "tasks.samples": [3, 17, 55]},
    ),
    ("two-close-tasks", {"optima.norm.shared": [0.0, 0.3], "blocks.specific": [9, 15, 60]}),
    ("two-tasks-underparameterized", {"updates.scale": [0.0, 0.3, 1.0], "tasks.noise": [0, 1.5]}),
    ("ten-tasks", {"optima.distance.shared": [0.1, 1.0], "tasks.noise": [0.2, 0.9]}),
    ("returning-tasks", {"tasks.samples": [2, 8, 70], "optima.distance.specific": [0.5, 1.5]}),
    ("three-blocks", {"tasks.noise": [0.0, 0.5], "blocks.trunk": [9, 40]}),
    ("mixed", {"optima.distance.specific": [0.2, 0.7, 1.1]}),
    ("two-close-tasks", {"tasks.samples": [5, 15, 16, 39, 40], "updates.scale": [0.0, 1.0]}),
]


def single(scenario, changes):
    exact = {
        key: int(value) if WHOLE.fullmatch(key) else float(value) for key, value in changes.items()
    }
    return means(varied(scenario, exact))


@pytest.mark.parametrize(("name", "fields"), PAIRS)
def test_a_grid_says_what_its_points_say(name, fields):
    """To 1e-12 of the largest risk; a point is not what its neighbour is."""
    base = scenarios.preset(name)
    axes = [axis(key, values) for key, values in fields.items()]
    found = totals(family(base, axes))
    for place in np.ndindex(*(len(entry.values) for entry in axes)):
        changes = {entry.field: entry.values[k] for entry, k in zip(axes, place, strict=True)}
        wanted = single(base, changes)
        size = np.abs(wanted.risk[np.isfinite(wanted.risk)]).max(initial=1.0)
        for measure in ("forgetting", "generalization", "learning_error"):
            one, many = getattr(wanted, measure), getattr(found, measure)[place]
            if np.isfinite(one):
                assert many == pytest.approx(one, abs=1e-12 * size), (measure, changes)
            else:
                assert np.isnan(many), (measure, changes)
    assert len(np.unique(found.generalization[np.isfinite(found.generalization)])) > 1


def test_there_is_no_mean_at_the_threshold():
    found = totals(
        family(scenarios.preset("two-close-tasks"), {"tasks.samples": list(range(12, 20))})
    )
    assert np.isnan(found.forgetting).tolist() == [m in (15, 16, 17) for m in range(12, 20)]


@pytest.mark.parametrize(
    ("key", "values", "words"),
    [
        ("tasks.noise", [0.3, 0.3], "tasks.noise = 0.3: it is there twice"),
        ("tasks.noise", [-1.0, 1.0], "tasks.noise"),
        ("blocks.specific", [1, 30], "blocks.specific"),
        ("no.such.field", [1, 2], "no.such.field"),
    ],
)
def test_what_cannot_be_varied_is_refused_by_name(key, values, words):
    with pytest.raises(ScenarioError, match=words):
        totals(family(scenarios.preset("two-close-tasks"), [axis(key, values)]))
