"""Maps, the best update of a scenario, and the command around them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from tests import in_process
from update_magnitude import scenarios
from update_magnitude.figures.explore.asking import read_axis, two_fields
from update_magnitude.figures.explore.boundaries import search
from update_magnitude.figures.explore.maps import NO_MEAN, TIE, regime_map, under
from update_magnitude.figures.explore.optimum import best_scale, optimum_of
from update_magnitude.figures.explore.report import report
from update_magnitude.figures.explore.writing import toml_of
from update_magnitude.figures.paths import require_folder
from update_magnitude.scenarios import ScenarioError, axis, parse, varied
from update_magnitude.theory import best_update, critical_distance, means, theorem

CLOSE = scenarios.preset("two-close-tasks")
DISTANCE = "optima.distance.specific"


def run(*arguments: str) -> in_process.Done:
    return in_process.run("explore", *arguments)


class TestMap:
    def test_its_boundary_is_the_critical_distance(self):
        distances = axis("optima.distance.specific", np.linspace(0, 3, 301))
        found = regime_map(CLOSE, distances, axis("tasks.samples", [4, 5]))
        for n, row in zip((4, 5), found.winner.values, strict=True):
            critical = critical_distance(varied(CLOSE, {"tasks.samples": n}))
            change = distances.numbers[np.flatnonzero(np.diff(row))]
            assert change == pytest.approx([critical.distance], abs=0.0101)
            assert row[0] == 0  # frozen

    def test_ties_and_missing_means_are_told_apart(self):
        samples = axis("tasks.samples", [5, 16, 40, 80])
        found = regime_map(CLOSE, axis("optima.distance.specific", [0.5, 1.0]), samples)
        assert found.winner[:, 0].values.tolist() == [0, NO_MEAN, NO_MEAN, TIE]

    def test_a_winner_does_not_depend_on_how_far_the_map_reaches(self):
        samples = axis("tasks.samples", [5, 60])
        near, far = (
            regime_map(CLOSE, axis("optima.distance.specific", [0.2, 1.0, end]), samples)
            for end in (2.0, 1e6)
        )
        assert near.winner[:, :2].values.tolist() == [[0, 0], [TIE, TIE]]
        assert far.winner[:, :2].values.tolist() == [[0, 0], [TIE, TIE]]

    @pytest.mark.parametrize(
        ("x", "measure", "strategies", "words"),
        [
            ("tasks.samples", "forgetting", ("frozen", "initialized"), "two different fields"),
            ("tasks.noise", "beauty", ("frozen", "initialized"), "beauty"),
            ("tasks.noise", "forgetting", ("frozen", "frozen"), "two different strategies"),
            ("tasks.noise", "forgetting", ("frozen", "hybrid"), "hybrid"),
        ],
    )
    def test_what_is_no_map_is_refused(self, x, measure, strategies, words):
        with pytest.raises(ScenarioError, match=words):
            regime_map(CLOSE, axis(x, [1, 2]), axis("tasks.samples", [4, 5]), measure, strategies)

    def test_axes_as_they_are_typed(self):
        assert read_axis("blocks.specific", "--x", CLOSE, 400).numbers.min() == 2  # its dimensions
        for text, words in (
            ("tasks.noise=1:0", "lower to a higher"),
            ("tasks.noise=a:b", "no range"),
            ("tasks.noise=0:inf", "no range"),
            ("tasks.nois", "tasks.noise"),
            ("updates.strategy", "none"),
        ):
            with pytest.raises(ScenarioError, match=words):
                read_axis(text, "--x", CLOSE, 3)

    def test_a_range_of_whole_numbers_has_those_within(self):
        within = read_axis("tasks.samples=18.5:20.7", "--x", CLOSE, 400)
        assert within.values == (19, 20)
        with pytest.raises(ScenarioError, match="whole numbers"):
            read_axis("tasks.samples=19.2:20.7", "--x", CLOSE, 400)

    def test_axes_that_are_not_given(self):
        assert two_fields(None, None, CLOSE) == (DISTANCE, "tasks.samples")
        blocks = scenarios.preset("three-blocks")
        assert two_fields(None, None, blocks) == ("blocks.head", "tasks.samples")
        for x, y, words in (
            ("tasks.samples=1:9", None, "give another --y"),
            (None, DISTANCE, "give another --x"),
            ("tasks.noise", "tasks.noise=0:1", "two different fields"),
        ):
            with pytest.raises(ScenarioError, match=words):
                two_fields(x, y, CLOSE)


class TestOptimum:
    def test_the_best_scale_is_least(self):
        found = best_scale(CLOSE, "forgetting")
        at = {
            alpha: means(varied(CLOSE, {"updates.scale": [1.0, alpha]})).forgetting
            for alpha in (found.alpha - 0.01, found.alpha, found.alpha + 0.01)
        }
        least = at[found.alpha]
        assert least == pytest.approx(found.value, abs=1e-12)
        assert all(point > least for alpha, point in at.items() if alpha != found.alpha)

    def test_a_boundary_is_where_the_strategies_cost_the_same(self):
        found = optimum_of(CLOSE)
        assert found.best_strategy["forgetting"] == "frozen"
        boundary = next(
            entry for entry in found.boundaries if entry.field == "optima.distance.specific"
        )
        critical = critical_distance(CLOSE)
        assert boundary.there == pytest.approx(critical.distance, rel=1e-3)
        assert boundary.winner_beyond == "initialized"
        assert found.boundaries == sorted(
            found.boundaries,
            key=lambda entry: abs(math.log(entry.factor)) if entry.now else math.inf,
        )

    def test_boundaries_of_whole_numbers_are_whole_and_first(self):
        found = optimum_of(CLOSE)
        boundary = next(entry for entry in found.boundaries if entry.field == "tasks.samples")
        assert (boundary.last, boundary.there) == (9, 10)
        for n, sign in ((9, -1), (10, 1)):
            at = varied(CLOSE, {"tasks.samples": n})
            frozen, initialized = (
                means(varied(at, {"updates.strategy": entry})).forgetting
                for entry in ("frozen", "initialized")
            )
            assert np.sign(frozen - initialized) == sign

    def test_rounding_is_no_boundary_and_a_tie_has_no_winner(self):
        found = optimum_of(varied(CLOSE, {"tasks.samples": 60}))
        assert found.best_strategy == {"forgetting": "tie", "generalization": "tie"}
        samples = [
            boundary.there for boundary in found.boundaries if boundary.field == "tasks.samples"
        ]
        assert all(n < 42 for n in samples)
        assert "tie" in report(found)

    def test_the_best_penalties_have_beside_them_what_they_can_be_compared_with(self):
        found = optimum_of(CLOSE)
        for update, scale in zip(found.updates, found.scales, strict=True):
            assert update.now == scale.now == getattr(means(CLOSE), update.measure)
            idle = varied(best_update(CLOSE, update.measure), {"updates.scale": [1.0, 0.0]})
            assert update.without == getattr(means(idle), update.measure)
        forgetting, generalization = found.updates
        assert forgetting.without == 0
        assert forgetting.value > found.scales[0].value
        assert generalization.value < found.scales[1].value
        text = report(found)
        assert text.count("α* below comes to less") == 1
        assert text.count("(now -0.8095; without") == text.count("(now -0.8095)") == 1

    def test_what_stands_in_the_place_of_a_hybrid_is_said(self):
        hybrid = varied(CLOSE, {"updates": {"strategy": "hybrid", "signal": "evidence"}})
        found = optimum_of(hybrid)
        assert found.in_place_of_hybrid
        assert found.updates[0].now == found.costs["initialized"]["forgetting"]
        assert "the strategy hybrid has no formula" in report(found)
        assert "hybrid" not in report(optimum_of(CLOSE))

    def test_the_page_is_80_columns_wide_and_its_numbers_stand_in_columns(self):
        text = report(optimum_of(scenarios.preset("three-blocks")))
        lines = text.splitlines()
        assert max(map(len, lines)) <= 80
        rows = [line for line in lines if line.startswith("  last update trains")]
        assert len(rows) == 8
        assert len({len(row) for row in rows}) == 1

    def test_where_there_is_no_mean_nothing_is_best(self):
        found = optimum_of(varied(CLOSE, {"tasks.samples": [60, 16]}))
        assert found.costs["frozen"]["forgetting"] != found.costs["frozen"]["forgetting"]  # NaN
        assert found.best_strategy["forgetting"] in ("initialized", "tie")
        assert [scale.alpha for scale in found.scales] == [
            0.0,
            0.0,
        ]  # any update at all has no mean
        nowhere = optimum_of(varied(CLOSE, {"tasks.samples": 40}))
        assert nowhere.best_strategy["forgetting"] is None
        assert "no strategy has a finite mean" in report(nowhere)

    def test_the_blocks_that_train_now_cost_what_the_scenario_costs(self):
        found = optimum_of(CLOSE)
        assert found.blocks["specific"] == found.costs["frozen"]
        assert found.blocks["shared, specific"] == found.costs["initialized"]
        assert found.blocks["none"]["forgetting"] == 0

    def test_the_report_says_it_in_words(self):
        text = report(optimum_of(CLOSE))
        assert "α* = 0.831" in text
        assert "optimal" not in text
        assert "(× " in text

    def test_the_text_says_how_many_boundaries_it_leaves_out(self):
        found = optimum_of(CLOSE)
        text = report(found)
        assert f"4 nearest of {len(found.boundaries)} " in text
        critical = next(boundary for boundary in found.boundaries if boundary.field == DISTANCE)
        assert critical not in found.boundaries[:4]
        assert f"{DISTANCE} = 0.2 → {critical.there:.4g}" in text

    def test_no_mean_is_not_any_scale(self):
        before = varied(CLOSE, {"tasks.samples": [40, 5]})  # after which nothing has a mean
        assert [scale.kind for scale in optimum_of(before).scales] == ["no mean", "no mean"]
        assert "no scale has a finite mean" in report(optimum_of(before))
        nothing = {"strategy": "custom", "trainable": [["shared", "specific"], []]}
        idle = optimum_of(varied(CLOSE, {"updates": nothing}))
        assert [scale.kind for scale in idle.scales] == ["any", "any"]
        assert {entry["kind"] for entry in optimum_of(CLOSE).document()["scales"]} == {"best"}

    def test_what_was_not_compared_is_said(self):
        found = optimum_of(scenarios.preset("three-blocks"))
        assert found.compared["blocks.trunk"]["forgetting"] == "no mean"
        assert found.compared["blocks.head"]["forgetting"] == "initialized"
        assert set(found.left_out) == {"tasks.samples", "optima.gram"}
        text = report(found)
        assert "nothing was compared" in text
        assert "not looked along tasks.samples" in text

    def test_boundaries_of_large_whole_numbers_are_the_first(self):
        sizes = {"blocks.shared": 400_000_000, "blocks.specific": 300_000_000}
        large = varied(CLOSE, {**sizes, "tasks.samples": 100_000_000})
        found = [
            boundary
            for boundary in search(large).boundaries
            if boundary.field.startswith(("blocks", "tasks.samples"))
        ]
        assert found
        assert max(result.there for result in found) > 1e7
        assert all(abs(result.there - result.last) == 1 for result in found)

    def test_one_task_is_refused(self):
        document = CLOSE.document()
        document["tasks"] |= {"count": 1, "samples": 5, "noise": 0.1}
        document["optima"]["distance"] = {name: [] for name in ("shared", "specific")}
        document["updates"]["scale"] = 1.0
        with pytest.raises(ScenarioError, match=r"tasks\.count"):
            optimum_of(parse(document))


class TestCommand:
    def test_a_map_and_its_data_are_written(self, tmp_path):
        done = run("map", "--points", "60", "--output", str(tmp_path), "--format", "svg", "--json")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert 0 < found["shares"]["frozen"] < 1
        assert [name.rpartition(".")[2] for name in found["files"]] == ["nc", "svg"]
        saved = xr.load_dataset(found["files"][0], engine="scipy")
        assert saved.x.field == "optima.distance.specific"
        assert saved.theory.dims == ("strategy", "y", "x")

    @pytest.mark.slow
    def test_simulated_winners_are_compared_with_theory(self, tmp_path):
        done = run("map", "--points", "30", "--simulate", "--output", str(tmp_path))
        assert done.returncode == 0, done.stderr
        assert "all agree with theory" in done.stderr
        assert "have no mark" in done.stderr

    def test_maps_of_other_fields_have_other_names(self, tmp_path):
        for more in ((), ("--x", "tasks.noise", "--measure", "generalization")):
            done = run("map", "--points", "9", "--output", str(tmp_path), *more)
            assert done.returncode == 0, done.stderr
        usual = "map-two-close-tasks"
        other = f"{usual}-tasks-noise-tasks-samples-generalization"
        assert {file.stem for file in tmp_path.iterdir()} == {usual, other}

    def test_the_optimum_as_json(self):
        done = run("optimum", "two-distant-tasks", "--json")
        found = json.loads(done.stdout)
        assert found["best_strategy"]["forgetting"] == "initialized"
        assert {"costs", "scales", "blocks", "count", "boundaries"} <= set(found)

    @pytest.mark.slow
    def test_a_map_without_any_point_to_compare_is_inconclusive(self, tmp_path):
        ranges = ("--x", "tasks.samples=38:43", "--y", "tasks.noise=0.1:1", "--points", "6")
        done = run("map", *ranges, "--simulate", "--output", str(tmp_path))
        assert done.returncode == 3, done.stderr
        assert "no points" in done.stderr

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("map", "--x", "tasks.nois"), "tasks.noise"),
            (("map", "--format", "gif"), "--format: 'gif'"),
            (("map", "--compare", "frozen,foo"), "--compare: 'foo'"),
            (("map", "--measure", "forgeting"), "--measure: 'forgeting'"),
            (("map", "--x", "tasks.noise=-1:1"), "--x tasks.noise = -1.0"),
            (("map", "two-close-task"), "did you mean two-close-tasks?"),
            (("optimum", "no-such-file.toml"), "no-such-file"),
        ],
    )
    def test_bad_input_is_one_line(self, arguments, words):
        done = run(*arguments)
        assert done.returncode == 2
        assert words in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no folder that nobody can write to")
def test_a_folder_that_cannot_be_written_is_refused():
    with pytest.raises(ScenarioError, match=r"--output = /proc: .*; name a folder"):
        require_folder(Path("/proc"))


def test_the_best_scale_theorem_gives_the_same():
    """For forgetting of two tasks, α* by the theorem in drift and by the parabola in the scale."""
    from update_magnitude.theory import drift

    met = drift(CLOSE)
    values = {
        "m": CLOSE.trainable_count(1),
        "n": CLOSE.tasks.samples[1],
        "D_S": met.trained(met.drift),
        "e_d": met.trained(met.overlap),
        "N": met.held(met.drift) + CLOSE.tasks.noise[1] ** 2,
    }
    wanted = theorem("optimal-scale-forgetting").at(values)
    assert best_scale(CLOSE, "forgetting").alpha == pytest.approx(wanted, rel=1e-9)


HELD = {"updates.penalty": 0.5, "updates.weights.shared": 3.0}
STOPPED = {"updates.steps": 5, "updates.rate": 0.1}


@pytest.mark.parametrize("changes", [HELD, STOPPED])
def test_magnitudes_stay_when_strategies_are_compared(changes):
    """Whatever the strategy, a map and the table of costs are about the updates of the scenario."""
    held = varied(scenarios.preset("two-close-tasks"), changes)
    for name in ("frozen", "initialized", "reinitialized"):
        assert under(held, name) == varied(held, {"updates.strategy": name})
    with pytest.raises(ScenarioError, match="the closed form of two tasks is for"):
        critical_distance(held, "forgetting")


def test_costs_of_blocks_and_of_strategies_agree_where_they_are_held():
    found = optimum_of(varied(scenarios.preset("two-close-tasks"), HELD))
    assert found.blocks["specific"] == found.costs["frozen"]


def test_simulated_winners_of_held_updates_are_refused(tmp_path):
    path = tmp_path / "held.toml"
    path.write_text(toml_of(varied(scenarios.preset("two-close-tasks"), HELD)))
    found = run("map", str(path), "--points", "3", "--simulate")
    assert found.returncode == 2
    assert "leave out --simulate" in found.stderr
