"""NumPy's numbers and arrays are as good as Python's, wherever numbers are wanted."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

from update_magnitude import scenarios
from update_magnitude.paper_checks.candidates import formula_candidate
from update_magnitude.scenarios import ScenarioError, axis, changed, family, parse, varied
from update_magnitude.scenarios.fields import plain
from update_magnitude.simulations import Experiment, estimates
from update_magnitude.simulations.sweeps import Axis, Sweep, read, run
from update_magnitude.theory import (
    best_count,
    best_penalty,
    critical_distance,
    means,
    theorem,
    totals,
)

CLOSE = scenarios.preset("two-close-tasks")
FORMS = {
    "whole": [np.int64, np.int32, np.uint8, np.array],
    "number": [np.float64, np.float32, np.longdouble, np.array, np.int64, xr.DataArray],
}


def numpy_document() -> dict:
    """The tables of a scenario, with every number and list as NumPy has it."""
    gram = np.array([[1.0, 0.5], [0.5, 1.25]])
    return {
        "title": np.str_("it"),
        "blocks": {"shared": np.int64(24), "specific": np.array(16)},
        "tasks": {
            "count": np.int32(2),
            "samples": np.array([5, 6]),
            "noise": [np.float32(0.5), np.float64(0.25)],
        },
        "optima": {"gram": {"shared": gram, "specific": list(gram)}},
        "updates": {
            "strategy": "frozen",
            "scale": np.float64(1.0),
            "specific": np.array(["shared"]),
        },
    }


def test_a_scenario_of_numpy_numbers_is_that_of_their_values():
    """The same scenario, of Python's own numbers all through: it can be printed as JSON."""
    found = parse(numpy_document())
    assert found == parse(plain(numpy_document()))
    assert found.tasks.samples == (5, 6)
    assert found.updates.specific == ("shared",)
    assert json.loads(json.dumps(found.document())) == found.document()
    assert {type(size) for size in found.blocks.sizes} == {int}


@pytest.mark.parametrize("form", FORMS["whole"])
def test_whole_numbers(form):
    assert varied(CLOSE, {"tasks.samples": form(6)}) == varied(CLOSE, {"tasks.samples": 6})
    assert varied(CLOSE, {"blocks.shared": form(30)}).blocks.sizes == (30, 16)


@pytest.mark.parametrize("form", FORMS["number"])
def test_numbers(form):
    for key in ("tasks.noise", "updates.scale", "optima.norm.shared", "optima.distance.specific"):
        assert varied(CLOSE, {key: form(2)}) == varied(CLOSE, {key: 2.0})


def test_lists_with_a_number_per_task():
    few = varied(CLOSE, {"tasks.samples": np.array([5, 7]), "tasks.noise": np.linspace(0, 1, 2)})
    assert few == varied(CLOSE, {"tasks.samples": [5, 7], "tasks.noise": [0.0, 1.0]})
    tables = changed(CLOSE.document(), {"tasks.samples": np.array([5, 7])})
    assert tables["tasks"]["samples"] == [5, 7]


@pytest.mark.parametrize("value", [True, np.True_, np.array(True), np.array([True, False])])
@pytest.mark.parametrize("key", ["tasks.samples", "tasks.noise", "updates.scale", "blocks.shared"])
def test_truth_is_no_number(key, value):
    with pytest.raises(ScenarioError, match="number is needed"):
        varied(CLOSE, {key: value})


def test_what_numpy_cannot_make_whole_is_refused():
    with pytest.raises(ScenarioError, match=r"tasks\.samples = 6\.0: a whole number is needed"):
        varied(CLOSE, {"tasks.samples": np.float64(6)})
    with pytest.raises(ScenarioError, match="a finite number is needed"):
        varied(CLOSE, {"tasks.noise": np.array([[0.1, 0.2], [0.1, 0.2]])})


def test_theory():
    samples = varied(CLOSE, {"tasks.samples": np.int64(6)})
    assert means(samples).forgetting == means(varied(CLOSE, {"tasks.samples": 6})).forgetting
    assert critical_distance(samples) == critical_distance(varied(CLOSE, {"tasks.samples": 6}))
    grids = [
        totals(family(CLOSE, [axis("tasks.samples", values)])).forgetting
        for values in ([4, 6], np.array([4, 6]), (np.int64(4), np.float32(6)), xr.DataArray([4, 6]))
    ]
    assert (np.array(grids) == grids[0]).all()
    of = best_count("mean", np.int64(64), np.int32(60), np.float32(2.0), sigma=np.array(1.0))
    assert of == best_count("mean", 64, 60, 2.0, sigma=1.0)
    assert type(of.m) is int
    penalty = best_penalty("forgetting", np.float32(2), np.int64(1), np.array(0.25), -0.5)
    assert penalty == best_penalty("forgetting", 2.0, 1.0, 0.25, -0.5)
    values = {"n": np.int64(8), "xi": np.float32(4.0), "eta": np.array(1.0)}
    assert theorem("optimal-count-forgetting")(**values) == 18.0


def test_simulations():
    found = estimates(CLOSE, np.int64(64), seed=np.int64(3), engine="law", memory=np.float64(2**32))
    own = estimates(CLOSE, 64, seed=3, engine="law")
    assert (found.risk.mean == own.risk.mean).all()
    assert json.loads(json.dumps(found.document()))["seed"] == 3
    experiment = Experiment([CLOSE], np.uint32(3), np.array([[1.0]]), "law", chunk=np.int64(1))
    experiment.run(np.array(64))
    assert (experiment.results()[0].risk.mean == own.risk.mean).all()


def test_sweeps(tmp_path):
    """A grid of arrays, kept and read again."""
    axes = (Axis("tasks.samples", np.array([4, 6])), Axis("tasks.noise", np.linspace(0, 1, 2)))
    tables = numpy_document() | {"optima": CLOSE.document()["optima"]}
    sweep = Sweep("it", tables, axes, ("law",), np.int64(64), np.int32(0))
    assert run(sweep, tmp_path / "it").done == 4
    found = read(tmp_path / "it")
    assert found["tasks.samples"].values.tolist() == [4, 6]
    plainly = Sweep("it", plain(tables), (Axis("tasks.samples", (4, 6)), axes[1]), ("law",), 64, 0)
    assert run(plainly, tmp_path / "it").simulated == 0  # it is the same sweep


def test_candidates():
    assert formula_candidate("forgetting", np.float64(0.5), "it").value(CLOSE) == 0.5
    assert formula_candidate("forgetting", np.int64(2), "it").statement == "forgetting = 2"


class TestMessagesRepeatWhatWasWritten:
    """Not what a preset or one number for all tasks was expanded to."""

    def test_one_number_for_all_tasks(self):
        with pytest.raises(ScenarioError, match=r"^tasks\.samples = -6: a task has at least 1"):
            varied(CLOSE, {"tasks.samples": -6})
        with pytest.raises(ScenarioError, match=r"^tasks\.noise = -1: noise is a standard"):
            varied(CLOSE, {"tasks.noise": np.int64(-1)})

    def test_more_tasks_than_a_preset_has(self):
        """The preset says samples = 5: that goes for any number of tasks."""
        more = varied(CLOSE, {"tasks.count": 3})
        assert more.tasks.samples == (5, 5, 5)
        assert more.optima.distance == ((0.0, 0.0), (0.2, 0.2))
        with pytest.raises(ScenarioError, match=r"^tasks\.noise = \[0\.1, 0\.2\]: a number, or 3"):
            varied(varied(CLOSE, {"tasks.noise": [0.1, 0.2]}), {"tasks.count": 3})

    def test_another_strategy(self):
        """The preset names no specific blocks, so their default is that of the new blocks."""
        tables = {"head": 24, "tail": 16}
        optima = {"norm": dict.fromkeys(tables, 1.0), "distance": dict.fromkeys(tables, 0.1)}
        other = varied(CLOSE, {"blocks": tables, "optima": optima})
        assert other.updates.specific == ("tail",)

    def test_a_changed_scenario_is_the_one_that_it_was_changed_to(self):
        """And not the one that was read: dataclasses.replace leaves nothing behind."""
        from dataclasses import replace

        other = replace(CLOSE, tasks=replace(CLOSE.tasks, noise=(0.5, 0.5)))
        assert varied(other, {"title": "it"}).tasks.noise == (0.5, 0.5)
        twice = varied(varied(CLOSE, {"tasks.noise": 0.7}), {"tasks.samples": 7})
        assert (twice.tasks.noise, twice.tasks.samples) == ((0.7, 0.7), (7, 7))

    def test_the_tables_given_can_change_afterwards(self):
        tables = CLOSE.document()
        scenario = parse(tables)
        tables["tasks"]["noise"] = 9.0
        assert varied(scenario, {"title": "it"}).tasks.noise == (0.3, 0.3)
