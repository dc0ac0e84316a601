"""The runs in docs/networks: what is said of them is what their data say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from update_magnitude.figures.networks import place as places
from update_magnitude.figures.networks.place import place
from update_magnitude.figures.networks.place import plot as plot_place
from update_magnitude.figures.networks.relatedness import document_of as relatedness_document
from update_magnitude.figures.networks.table import AGAINST, RULES, gain
from update_magnitude.figures.networks.training import document_of
from update_magnitude.figures.style import style
from update_magnitude.simulations.networks.strategies import SCHEDULE

DOCS = Path(__file__).parents[2] / "docs"
MAIN = ("permuted-mnist", "split-cifar10", "split-digits", "split-mnist")
RUNS = sorted(path.parent for path in (DOCS / "networks").rglob("results.nc"))
NAMES = [path.relative_to(DOCS / "networks").as_posix() for path in RUNS]
runs = pytest.mark.parametrize("folder", RUNS, ids=NAMES)


def document_in(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "results.json").read_text())
    return found


def rows(document: dict[str, Any], name: str) -> Iterator[str]:
    """The lines of the page's tables that a run stands in."""
    if "schedules" in document:
        yield from rule_rows(document["schedules"])
    elif name.startswith("capacity/"):
        yield capacity_row(document)
    else:
        yield from strategy_rows(document)


def spread(metrics: dict[str, Any], name: str) -> str:
    return f"{100 * metrics[name]['mean']:.2f} ± {100 * metrics[name]['standard_deviation']:.2f}"


def strategy_rows(document: dict[str, Any]) -> Iterator[str]:
    for name, metrics in document["strategies"].items():
        cells = (spread(metrics, entry) for entry in ("avg_acc", "forgetting", "task_acc"))
        trained = f"{document['trained'][name]:.1f} of {document['modules']}"
        yield f"| `{name}` | {' | '.join(cells)} | {trained} |"
    for verdict in document["verdicts"]:
        cells = (gain(entry["difference"]) for entry in verdict["comparisons"][:2])
        yield f"| `{verdict['strategy']}` | {' | '.join(cells)} | {verdict['verdict']} |"


def rule_rows(found: dict[str, Any]) -> Iterator[str]:
    for key, words in RULES.items():
        row = found["rules"][key]
        cells = (gain(row["minus"].get(entry)) for entry in AGAINST)
        yield f"| {words} | {100 * row['avg_acc']['mean']:.2f} | {' | '.join(cells)} |"
    best = (f"{100 * value:.2f}" for value in found["best_for_each_seed"].values())
    yield "Best for each seed {}; with seeds shuffled {}.".format(*best)


def capacity_row(document: dict[str, Any]) -> str:
    """Of a run of the default strategies, or of more."""
    strategies, verdict = document["strategies"], document["verdicts"][0]
    cells = [
        str(document["settings"]["width"]),
        f"{document['parameters']:,}",
        f"{document['specific']} of {document['modules']}",
        str(document["settings"]["seeds"]),
        *(spread(strategies[name], "avg_acc") for name in ("initialized", "frozen", "hybrid")),
        verdict["verdict"],
    ]
    return f"| `{document['benchmark']}` | {' | '.join(cells)} |"


def place_row(bridge: dict[str, Any]) -> str:
    """The sentence on a network in the place of a linear model."""
    distance, floor = bridge["relative_distance"], bridge["distance_floor"]
    seen = (
        f"{entry['predicted']}, seen: {entry['observed']}"
        for entry in (bridge["measures"][name] for name in ("forgetting", "avg_acc"))
    )
    return (
        f"In the place of a linear model: n/P = {bridge['samples_per_parameter']:.2g}; relative "
        f"distance of consecutive solutions {distance['shared']:.2f} (shared) and "
        f"{distance['specific']:.2f} (specific), of one task learned twice {floor['shared']:.2f} "
        f"and {floor['specific']:.2f}; cosine of gradients {bridge['gradient_cosine']['start']:.2f}"
        " at θ_0. By forgetting theory predicts {}; by Avg.Acc {}.".format(*seen)
    )


def mean_rows() -> Iterator[str]:
    """Avg.Acc of all schedules, a benchmark in each column."""
    found = [document_in(DOCS / "networks" / name / "schedules")["strategies"] for name in MAIN]
    for schedule in found[0]:
        cells = (f"{100 * result[schedule]['avg_acc']['mean']:.1f}" for result in found)
        yield f"| `{schedule.removeprefix(SCHEDULE)}` | {' | '.join(cells)} |"


def test_there_are_runs():
    assert set(MAIN) <= set(NAMES)
    assert {f"{name}/schedules" for name in MAIN} <= set(NAMES)


@runs
def test_a_summary_follows_from_its_data(folder):
    document = document_in(folder)
    for name in ("bridge", "relatedness"):  # of data of their own
        document.pop(name, None)
    found = document_of(xr.load_dataset(folder / "results.nc"))
    assert json.loads(json.dumps(found)) == document


def test_relatedness_follows_from_its_data():
    folder = DOCS / "networks" / "split-digits"
    found = relatedness_document(xr.load_dataset(folder / "relatedness.nc"))
    assert json.loads(json.dumps(found)) == document_in(folder)["relatedness"]


@runs
def test_the_page_says_what_the_summary_says(folder):
    page = (DOCS / "networks.md").read_text(encoding="utf-8").splitlines()
    for row in rows(document_in(folder), folder.relative_to(DOCS / "networks").as_posix()):
        assert row in page


@pytest.mark.parametrize("name", ["permuted-mnist", "split-digits"])
def test_the_page_has_the_main_runs_beside_other_capacities(name):
    page = (DOCS / "networks.md").read_text(encoding="utf-8").splitlines()
    assert capacity_row(document_in(DOCS / "networks" / name)) in page


@pytest.mark.parametrize("name", MAIN)
def test_the_page_says_where_a_network_lies(name):
    page = (DOCS / "networks.md").read_text(encoding="utf-8").splitlines()
    assert place_row(document_in(DOCS / "networks" / name)["bridge"]) in page


def test_the_page_has_the_means_of_all_schedules():
    page = (DOCS / "networks.md").read_text(encoding="utf-8")
    assert "\n".join(mean_rows()) in page


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", MAIN)
def test_a_map_around_a_network_is_that_of_theory(name, every, monkeypatch):
    """At all of its points, or at each fifth in both directions."""
    kept = xr.load_dataset(DOCS / "networks" / name / "place.nc")
    monkeypatch.setattr(places, "SIDE", 1 + (places.SIDE - 1) // every)
    found = place(document_in(DOCS / "networks" / name)["bridge"], kept.attrs["title"])
    points = slice(None, None, every)
    xr.testing.assert_allclose(found, kept.isel(samples_per_parameter=points, distance=points))


@pytest.mark.parametrize("name", MAIN)
def test_a_network_is_drawn_in_its_place(name):
    document = document_in(DOCS / "networks" / name)
    found = xr.load_dataset(DOCS / "networks" / name / "place.nc")
    here = found.winner.sel(
        samples_per_parameter=found.attrs["here_samples_per_parameter"],
        distance=found.attrs["here_distance"],
        method="nearest",
    )
    names = ["initialized", "frozen"]
    forgetting = document["bridge"]["measures"]["forgetting"]
    assert names[int(here)] == forgetting["predicted"]
    with style():
        words = {get_text.get_text() for get_text in plot_place(found).legends[0].get_texts()}
    expected = {"theory: initialized", f"seen: {forgetting['observed']}", "one task, twice"}
    assert expected <= words


@pytest.mark.parametrize("name", MAIN)
def test_a_rule_runs_as_the_schedules_foretell(name):
    """The hybrid runs were trained by themselves; a rule that took others would not equal them."""
    rules = document_in(DOCS / "networks" / name / "schedules")["schedules"]["rules"]
    strategies = document_in(DOCS / "networks" / name)["strategies"]
    for strategy, rule in (("hybrid", "published"), ("hybrid-common", "common")):
        if strategy in strategies:
            assert strategies[strategy]["avg_acc"] == rules[rule]["avg_acc"]
