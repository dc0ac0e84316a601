"""The runs in docs/networks: what is said of them is what their data say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import xarray as xr

from figures.networks.place import place
from figures.networks.place import plot as plot_place
from figures.networks.training import document_of
from figures.style import style

DOCS = Path(__file__).parents[2] / "docs"
RUNS = sorted(path.parent for path in (DOCS / "networks").glob("*/results.nc"))


def test_there_are_runs():
    names = {"permuted-mnist", "split-cifar10", "split-digits", "split-mnist"}
    assert names <= {path.name for path in RUNS}


@pytest.mark.parametrize("folder", RUNS, ids=lambda path: path.name)
def test_a_summary_follows_from_its_data(folder):
    document = json.loads((folder / "results.json").read_text())
    document.pop("bridge", None)
    found = document_of(xr.load_dataset(folder / "results.nc"))
    assert json.loads(json.dumps(found)) == document


@pytest.mark.parametrize("folder", RUNS, ids=lambda path: path.name)
def test_the_page_says_what_the_summary_says(folder):
    document = json.loads((folder / "results.json").read_text())
    page = (DOCS / "networks.md").read_text(encoding="utf-8")
    for name, metrics in document["strategies"].items():
        cells = (
            f"{100 * metrics[of]['mean']:.2f} ± {100 * metrics[of]['standard_deviation']:.2f}"
            for of in ("avg_acc", "forgetting", "task_acc")
        )
        assert f"| `{name}` | {' | '.join(cells)} |" in page
    for verdict in document["verdicts"]:
        gains = {of["against"]: of["difference"] for of in verdict["comparisons"][:2]}
        cells = (
            f"{100 * gain['mean']:+.2f} ({100 * gain['low']:+.2f} to {100 * gain['high']:+.2f})"
            for gain in gains.values()
        )
        assert f"| `{verdict['strategy']}` | {' | '.join(cells)} | {verdict['verdict']} |" in page


def test_a_network_is_drawn_in_its_place():
    document = json.loads((DOCS / "networks" / "permuted-mnist" / "results.json").read_text())
    found = place(document["bridge"], "Permuted MNIST")
    kept = xr.load_dataset(DOCS / "networks" / "permuted-mnist" / "place.nc")
    xr.testing.assert_allclose(found, kept)
    here = found.winner.sel(
        samples_per_parameter=found.attrs["here_samples_per_parameter"],
        distance=found.attrs["here_distance"],
        method="nearest",
    )
    names = ["initialized", "frozen"]
    assert names[int(here)] == document["bridge"]["measures"]["forgetting"]["predicted"]
    with style():
        words = {of.get_text() for of in plot_place(found).legends[0].get_texts()}
    assert {"theory: initialized", "seen: initialized", "one task, twice"} <= words
