"""What a run prints and draws: schedules beside rules, relatedness, one strategy alone."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.transforms import Bbox

from tests.networks.test_network_figures import made_up, related, require_inside
from tests.networks.test_schedules import by_hand
from update_magnitude.figures.networks import accuracy
from update_magnitude.figures.networks import schedules as drawing
from update_magnitude.figures.networks.relatedness import document_of as relatedness_document
from update_magnitude.figures.networks.table import tables
from update_magnitude.figures.networks.training import (
    Wanted,
    document_of,
    has_standard,
    run,
)
from update_magnitude.figures.style import style
from update_magnitude.paper_checks.networks.schedules import FORMS, without_schedules
from update_magnitude.paper_checks.networks.schedules import document_of as schedules_document
from update_magnitude.simulations.networks.benchmarks import BENCHMARKS, settings_of
from update_magnitude.simulations.networks.results import dataset
from update_magnitude.simulations.networks.running import run_benchmark
from update_magnitude.simulations.networks.strategies import DEFAULT

SMALL = {"seeds": 2, "tasks": 3, "epochs": 1, "width": 16, "samples": 64}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A rule beside all schedules; the standard strategies are not asked for by name."""
    settings = settings_of("permuted-digits", ("hybrid", "schedules"), **SMALL)
    return dataset(run_benchmark(settings, None, tmp_path_factory.mktemp("mixed")))


def test_a_rule_beside_schedules_is_compared_with_the_standard_ones_among_them(mixed, tmp_path):
    (verdict,) = document_of(mixed)["verdicts"]
    by_name = settings_of("permuted-digits", DEFAULT, **SMALL)
    expected = document_of(dataset(run_benchmark(by_name, None, tmp_path)))
    assert verdict == expected["verdicts"][0]
    names = [str(name) for name in without_schedules(mixed).strategy.values]
    assert names == ["hybrid", "initialized", "frozen"]


def test_schedules_alone_have_no_verdict_and_no_names(mixed):
    alone = mixed.isel(strategy=slice(1, None))
    assert document_of(alone)["verdicts"] == []
    assert without_schedules(alone).sizes["strategy"] == 0


@pytest.mark.parametrize(
    ("strategies", "there"),
    [
        (("schedules",), True),
        (("hybrid", "schedule-ss", "initialized"), True),
        (("frozen", "initialized"), True),
        (("hybrid", "frozen"), False),
        (("schedule-as", "schedule-aa"), False),
    ],
)
def test_the_bridge_knows_the_standard_strategies_by_either_name(strategies, there):
    assert has_standard(settings_of("permuted-digits", strategies, **SMALL)) is there


def test_schedules_are_named_where_they_are_drawn():
    of = by_hand()
    with style():
        figure = drawing.plot(of, schedules_document(of, 0.0))
        require_inside(figure)
    every = figure.axes[1]
    words = {text.get_text() for text in every.get_legend().get_texts()}
    assert {"frozen (ss)", "initialized (aa)", "highest mean (aa)"} <= words
    assert {text.get_text() for text in every.texts} == {"ss", "sa", "as", "aa"}
    places = {text.get_text(): text.xy[0] for text in every.texts}
    assert places["ss"] == 0 < places["sa"] < places["as"] < places["aa"] == 2


def test_many_schedules_are_not_all_named():
    """64 names would cover each other: the ends and the best alone have theirs, in the legend."""
    names = tuple(f"{number:06b}".replace("0", "s").replace("1", "a") for number in range(64))
    random, signals = np.random.default_rng(0), np.full((64, 3, 7), 0.1)
    values = random.uniform(0.5, 0.9, (64, 3))
    of = replace(by_hand(), names=names, accuracy=values, signals=dict.fromkeys(FORMS, signals))
    with style():
        figure = drawing.plot(of, schedules_document(of, 0.0))
        require_inside(figure)
    assert not figure.axes[1].texts
    best = names[values.mean(1).argmax()]
    words = {text.get_text() for text in figure.axes[1].get_legend().get_texts()}
    assert f"highest mean ({best})" in words


@pytest.mark.parametrize("count", [1, 2, 3])
def test_matrices_fill_the_figure(count):
    """What is drawn reaches from one side to the other; half of it was empty for one strategy."""
    with style():
        figure = accuracy.plot(made_up(DEFAULT[:count], 5))
        figure.draw_without_rendering()
    drawn = Bbox.union([axes.get_tightbbox() for axes in figure.axes])
    assert drawn.width > 0.95 * figure.bbox.width
    assert drawn.height > 0.8 * figure.bbox.height
    panels = sum(axes.get_window_extent().width for axes in figure.axes[:count])
    assert panels > 0.6 * figure.bbox.width


def test_relatedness_is_printed_with_its_numbers():
    found = related()
    for name in ("published", "distance"):
        found[f"{name}_renamed"] = -found[name]
    document = relatedness_document(found)
    assert document["corruption"] == [0.0, 0.5, 1.0]
    for name in ("published", "common", "distance", "published_renamed", "distance_renamed"):
        means = [entry["mean"] for entry in document[name]]
        np.testing.assert_allclose(means, found[name].mean("seed"))
        assert all(entry["seeds"] == 3 for entry in document[name])
    assert document["common"][0]["high"] == 1.0  # of a cosine; Student's would be 1.1
    assert document["distance"][2]["high"] > 1.4  # an estimate may be anything


def test_train_prints_relatedness(tmp_path, monkeypatch, capsys):
    """With perceptrons, which compile in a moment."""
    small = replace(BENCHMARKS["split-digits"], model="perceptron")
    monkeypatch.setitem(BENCHMARKS, "split-digits", small)
    more = {"seeds": 2, "tasks": 2, "epochs": 1, "width": 16, "samples": 64}
    settings = settings_of("split-digits", ("initialized",), **more)
    run(settings, Wanted(None, tmp_path, ("png",), False, True, False))
    printed = capsys.readouterr().out
    document = json.loads((tmp_path / "results.json").read_text())
    assert tables(document) + "\n" == printed
    first = document["relatedness"]["common"][0]["mean"]
    assert any(
        line.startswith(" 0.00") and f"{first:+.2f}" in line for line in printed.splitlines()
    )
    run(settings, Wanted(None, tmp_path, ("png",), False, True, as_json=True))
    told = json.loads(capsys.readouterr().out)
    assert told["relatedness"] == document["relatedness"]
