"""Scenarios from arrays of optima, and with their tasks in another order."""

from __future__ import annotations

import numpy as np
import pytest

import update_magnitude as um
from update_magnitude.scenarios import coordinates

W = np.random.default_rng(3).normal(size=(3, 60))
BLOCKS = {"shared": 40, "specific": 20}


def distances(scenario: um.Scenario) -> list[np.ndarray]:
    """‖θ*_i − θ*_j‖² in each block."""
    return [
        ((points[:, None] - points[None]) ** 2).sum(-1).astype(float)
        for points in coordinates(scenario)
    ]


def test_an_array_gives_its_own_distances_block_by_block():
    found = um.scenario(optima=W, samples=[20, 21, 22], noise=0.2, blocks=BLOCKS, strategy="frozen")
    for part, squared in zip((W[:, :40], W[:, 40:]), distances(found), strict=True):
        assert squared == pytest.approx(((part[:, None] - part[None]) ** 2).sum(-1))
    assert found.blocks.sizes == (40, 20)
    assert found.tasks.samples == (20, 21, 22)
    assert found.updates.strategy == "frozen"


def test_without_blocks_there_is_one():
    found = um.scenario(optima=W.tolist(), samples=20, noise=0.2, scale=0.5, title="mine")
    assert found.blocks.names == ("all",)
    assert (found.updates.strategy, found.updates.scale) == ("initialized", (0.5, 0.5, 0.5))
    assert found.title == "mine"


def test_optima_given_twice_are_the_same_point():
    found = um.scenario(optima=[W[0], W[0]], samples=20, noise=0.0)
    assert distances(found)[0].max() == 0


def test_what_is_predicted_does_not_depend_on_whether_lengths_or_an_array_are_given():
    preset = um.preset("two-close-tasks")
    shared, specific = (points.astype(float) for points in coordinates(preset))
    rows = np.zeros((2, 40))
    rows[:, : shared.shape[1]] = shared
    rows[:, 24 : 24 + specific.shape[1]] = specific
    found = um.scenario(
        optima=rows,
        samples=preset.tasks.samples,
        noise=preset.tasks.noise,
        blocks=dict(zip(preset.blocks.names, preset.blocks.sizes, strict=True)),
        strategy="frozen",
    )
    assert np.asarray(um.predict(found).risk) == pytest.approx(np.asarray(um.predict(preset).risk))


@pytest.mark.parametrize("name", ["mixed", "three-blocks", "returning-tasks"])
def test_another_order_moves_what_belongs_to_a_task(name):
    given = um.preset(name)
    order = list(reversed(range(given.tasks.count)))
    found = given.reordered(order)
    assert found.tasks.samples == given.tasks.samples[::-1]
    assert found.tasks.noise == given.tasks.noise[::-1]
    assert found.updates == given.updates
    for before, after in zip(distances(given), distances(found), strict=True):
        assert after == pytest.approx(before[np.ix_(order, order)], abs=1e-12)
    back = found.reordered(order)
    assert np.asarray(um.predict(back).risk) == pytest.approx(np.asarray(um.predict(given).risk))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"optima": W[0]}, r"optima = .*: an array \[T, P\] of numbers is needed, a row for each"),
        ({"optima": "W"}, r"optima = 'W': an array \[T, P\]"),
        ({"optima": [[1.0, np.nan]]}, r"optima\[0, 1\] = nan: it is not finite"),
        ({"blocks": {"a": 40, "b": 30}}, "the sizes add up to 70, but optima has 60 columns"),
        ({"blocks": {"a": 60.0}}, "blocks.a = 60.0: a whole number is needed"),
        ({"blocks": 60}, "blocks = 60: sizes by name"),
        ({"samples": [1, 2]}, r"tasks.samples = \[1, 2\]: a number, or 3 numbers"),
        ({"strategy": "frosen"}, "updates.strategy = 'frosen': it is one of"),
        ({"skale": 1}, "updates.skale = 1: unknown key; did you mean scale"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(changes, words):
    with pytest.raises(um.ScenarioError, match=words) as found:
        um.scenario(**({"optima": W, "samples": 20, "noise": 0.2} | changes))
    assert "\n" not in str(found.value)


@pytest.mark.parametrize("order", [[0, 1], [0, 0, 1], [1, 2, 3], "012", [0.0, 1, 2], None, 3])
def test_what_is_no_order_is_refused_in_one_line(order):
    with pytest.raises(um.ScenarioError, match=r"order = .*: each of the 3 tasks once, counted"):
        um.preset("mixed").reordered(order)
