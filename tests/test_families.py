"""Families: theory and simulation of all their scenarios, against the same one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import update_magnitude as um
from update_magnitude.scenarios import Axis, Family, ScenarioError, parse, varied
from update_magnitude.scenarios.numbers import numbers_of
from update_magnitude.theory import means

CLOSE = um.preset("two-close-tasks")
DISTANCE = "optima.distance.specific"
MEASURES = ("risk", "forgetting", "generalization", "learning_error")
FAMILIES = {
    "numbers of every kind": (
        "two-close-tasks",
        {DISTANCE: [0, 0.4, 2], "tasks.samples": [3, 17, 55], "updates.scale": [0, 0.5, 1]},
    ),
    "norm and distance of one block": (
        "two-close-tasks",
        {"optima.norm.specific": [0, 2.0], DISTANCE: [0, 0.3]},
    ),
    "strategies": (
        "two-close-tasks",
        {"updates.strategy": ["initialized", "frozen", "reinitialized"], "tasks.noise": [0, 0.4]},
    ),
    "lists": ("ten-tasks", {"tasks.noise": [0.2, [0.1] * 9 + [1.0]]}),
    "directions": (
        "returning-tasks",
        {"optima.direction": ["orthogonal", "persistent", "returning"], DISTANCE: [0.5, 1]},
    ),
    "sizes": ("three-blocks", {"blocks.trunk": [9, 40], "tasks.noise": [0.0, 0.5]}),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_prediction_of_a_family_is_that_of_its_scenarios(name):
    """To 1e-13 of the risks: the recursion is the same, sums of zeros may be added in between."""
    preset, axes = FAMILIES[name]
    family = um.family(um.preset(preset), axes)
    together = um.predict(family)
    for place, scenario in zip(np.ndindex(family.shape), family, strict=True):
        alone, here = um.predict(scenario), together.isel(dict(zip(axes, place, strict=True)))
        size = float(np.nanmax(alone.risk))
        for measure in MEASURES:
            np.testing.assert_allclose(here[measure], alone[measure], rtol=0, atol=1e-13 * size)
        assert here.undefined.item() == alone.undefined.item()
    assert len(np.unique(together.risk)) > family.size  # scenarios differ


def test_a_dataset_says_what_it_is():
    found = um.predict(um.family(CLOSE, {DISTANCE: [0, 1], "updates.strategy": ["frozen"]}))
    assert found.forgetting.dims == (DISTANCE, "updates.strategy")
    assert found.risk.dims == (DISTANCE, "updates.strategy", "learned", "task")
    assert found[DISTANCE].attrs["long_name"] == "length of each step between optima in the block"
    assert found.risk.attrs["symbol"] == "R_i(θ_t)"
    assert found.learned.values.tolist() == found.task.values.tolist() == [1, 2]
    assert found.attrs == {"title": "two close tasks", "method": "exact"}


def test_scenarios_of_fewer_tasks_have_no_numbers_for_the_others():
    found = um.predict(um.family(um.preset("ten-tasks"), {"tasks.count": [2, 4]}))
    two, four = (found.sel({"tasks.count": count}) for count in (2, 4))
    assert np.isnan(two.risk).sum() == 4 * 4 - 2 * 2
    assert not np.isnan(four.risk).any()
    alone = um.predict(varied(um.preset("ten-tasks"), {"tasks.count": 2}))
    assert two.forgetting.item() == alone.forgetting.item()


def test_what_has_no_mean_is_said_where_it_is():
    found = um.predict(um.family(CLOSE, {"tasks.samples": [5, 16, 40]}))
    assert np.isnan(found.forgetting.values).tolist() == [False, True, True]
    first, held, all_blocks = found.undefined.values
    assert first == ""
    assert "m = 16, n = 16" in held
    assert "m = 40, n = 40" in all_blocks
    assert um.predict(varied(CLOSE, {"tasks.samples": 16})).undefined.item() == held


@settings(max_examples=40)
@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=4, unique=True),
    st.lists(st.floats(0, 3), min_size=1, max_size=4, unique=True),
    st.sampled_from(["initialized", "frozen", "reinitialized"]),
)
def test_any_family_is_its_scenarios(samples, distances, strategy):
    base = varied(CLOSE, {"updates.strategy": strategy})
    family = um.family(base, {"tasks.samples": samples, DISTANCE: distances})
    together = means(family)
    for place, scenario in zip(np.ndindex(family.shape), family, strict=True):
        alone = means(scenario)
        np.testing.assert_allclose(together.risk[place], alone.risk, rtol=1e-13)
        np.testing.assert_array_equal(together.freedom[place], alone.freedom)
        np.testing.assert_allclose(
            together.forgetting[place], alone.forgetting, atol=1e-13 * np.abs(alone.risk).max()
        )


@pytest.mark.parametrize("engine", ["dense", "law"])
def test_a_simulation_of_a_family_is_that_of_its_scenarios(engine):
    """On the same draws: to the last digit but rounding, for they are batched otherwise."""
    axes = {"tasks.samples": [5, 9], "updates.strategy": ["frozen", "initialized"]}
    family = um.family(CLOSE, axes)
    together = um.simulate(family, 300, seed=5, engine=engine)
    for place, scenario in zip(np.ndindex(family.shape), family, strict=True):
        alone = um.simulate(scenario, 300, seed=5, engine=engine)
        here = together.isel(dict(zip(axes, place, strict=True)))
        for measure in MEASURES:
            for suffix in ("", "_standard_error"):
                np.testing.assert_allclose(here[measure + suffix], alone[measure + suffix], 1e-9)
    other = um.simulate(family, 300, seed=6, engine=engine)
    assert not np.isclose(other.forgetting, together.forgetting).any()


def test_little_memory_splits_a_family_and_changes_nothing():
    family = um.family(CLOSE, {"tasks.noise": [0.1 * k for k in range(12)]})
    whole = um.simulate(family, 100, engine="law")
    little = um.simulate(family, 100, engine="law", memory=2**26)
    np.testing.assert_allclose(little.risk, whole.risk, rtol=1e-12)
    with pytest.raises(ScenarioError, match="GiB"):
        um.simulate(family, 100, engine="law", memory=2**16)


def test_theory_and_simulation_agree_over_a_family_and_would_not_over_a_wrong_one():
    """|z| < 5 for 12 numbers: a false alarm in 7e-6 of seeds.

    Standard errors are 0.2% of the means at most, so that 1% is noticed; a tenth is 50 errors.
    """
    axes = {DISTANCE: [0.2, 2.0], "updates.strategy": ["frozen", "initialized"]}
    family = um.family(CLOSE, axes | {"tasks.samples": [3, 5, 7]})
    predicted, estimated = um.predict(family), um.simulate(family, 20_000, seed=1, engine="law")

    def z(exact):
        gap = estimated.generalization - exact
        return np.abs(gap / estimated.generalization_standard_error).values

    assert z(predicted.generalization).max() < 5
    assert (z(1.1 * predicted.generalization) > 5).all()
    assert (z(predicted.generalization.roll({DISTANCE: 1})) > 5).all()


def test_whole_tables_may_change_what_trains():
    """Which block is specific follows from the order of the blocks: nothing is shared by places."""
    orders = [{"shared": 24, "specific": 16}, {"specific": 16, "shared": 24}]
    named = {"strategy": "frozen", "specific": ["specific"]}
    family = um.family(CLOSE, {"blocks": orders, "updates": [{"strategy": "frozen"}, named]})
    together = um.predict(family)
    for place, scenario in zip(np.ndindex(family.shape), family, strict=True):
        alone = um.predict(scenario)
        np.testing.assert_allclose(together.risk.values[place], alone.risk, rtol=1e-13)
    assert len(np.unique(together.forgetting)) == 2


def test_axes_that_meet_are_refused():
    with pytest.raises(ScenarioError, match=r"tasks\.noise: two axes vary it"):
        Family("it", CLOSE.document(), (Axis("tasks", ({},)), Axis("tasks.noise", (1,))))


def test_a_place_that_cannot_be_is_refused_though_each_axis_alone_can():
    """Two dimensions fit a block of 2, and a block of 1 holds one."""
    one = parse(
        {
            "blocks": {"a": 2, "b": 20},
            "tasks": {"count": 2, "samples": 5, "noise": 0.1},
            "optima": {"norm": {"a": 1.0, "b": 1.0}, "distance": {"a": 0.0, "b": 1.0}},
            "updates": {"strategy": "initialized"},
        }
    )
    family = um.family(one, {"blocks.a": [2, 1], "optima.distance.a": [0.0, 1.0]})
    with pytest.raises(ScenarioError, match=r"blocks\.a = 1: its optima span 2 dimensions"):
        um.predict(family)


def test_numbers_are_arrays_over_their_own_axes_alone():
    family = um.family(CLOSE, {DISTANCE: [0.0, 1.0, 2.0], "tasks.samples": [3, 4]})
    (part,) = family.parts
    assert part.shape == (3, 2)
    assert part.numbers.samples[1].shape == (1, 2)
    assert part.numbers.noise[0].shape == (1, 1)
    assert part.numbers.optima[1].shape == (2, 2, 3, 1)
    assert part.numbers.optima[0].shape[2:] == (1, 1)
    assert numbers_of(CLOSE).noise[0].shape == ()


def test_a_sweep_keeps_a_family_and_simulates_nothing_twice(tmp_path):
    family = um.family(CLOSE, {"tasks.noise": [0.1, 0.5], "updates.strategy": ["frozen"]})
    found = um.sweep(family, tmp_path / "kept", 200, seed=3).load()
    alone = um.simulate(family, 200, seed=3, engine="law")
    for measure in MEASURES:
        np.testing.assert_allclose(found.sel(engine="law")[measure], alone[measure], rtol=1e-12)
    files = {path: path.read_bytes() for path in (tmp_path / "kept").rglob("*") if path.is_file()}
    seen: list[tuple[int, float]] = []
    um.sweep(family, tmp_path / "kept", 200, seed=3, watch=lambda *done: seen.append(done))
    assert {share for _, share in seen} == {0.0}
    assert all(path.read_bytes() == content for path, content in files.items())
