"""The runs in docs/networks: what is said of them is what their data say."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from update_magnitude.figures.networks import place as places
from update_magnitude.figures.networks.place import place
from update_magnitude.figures.networks.place import plot as plot_place
from update_magnitude.figures.networks.relatedness import document_of as relatedness_document
from update_magnitude.figures.networks.training import document_of
from update_magnitude.figures.style import style

DOCS = Path(__file__).parents[2] / "docs"
WRITE = runpy.run_path(str(DOCS / "networks" / "write.py"))
MAIN, BRIDGED = WRITE["MAIN"], WRITE["BRIDGED"]
RUNS = sorted(path.parent for path in (DOCS / "networks").rglob("results.nc"))
NAMES = [path.relative_to(DOCS / "networks").as_posix() for path in RUNS]
runs = pytest.mark.parametrize("folder", RUNS, ids=NAMES)


def document_in(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "results.json").read_text())
    return found


def test_there_are_runs():
    assert set(MAIN) <= set(NAMES)


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


def test_the_page_says_what_the_data_say():
    """And not by chance: a number that is changed is put right."""
    page = (DOCS / "network-results.md").read_text(encoding="utf-8")
    written = WRITE["written"]
    assert written(page) == page, "run python docs/networks/write.py"
    cell = next(re.finditer(r"\d\d\.\d ± ", page))
    wrong = f"{page[: cell.start()]}00.0 ± {page[cell.end() :]}"
    assert written(wrong) == page


def test_every_table_has_its_place_on_the_page():
    page = (DOCS / "network-results.md").read_text(encoding="utf-8")
    for name in WRITE["TABLES"]:
        assert page.count(f"<!-- {name} -->\n") == 1, name


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", BRIDGED)
def test_a_map_around_a_network_is_that_of_theory(name, every, monkeypatch):
    """At all of its points, or at each fifth in both directions."""
    kept = xr.load_dataset(DOCS / "networks" / name / "place.nc")
    monkeypatch.setattr(places, "SIDE", 1 + (places.SIDE - 1) // every)
    found = place(document_in(DOCS / "networks" / name)["bridge"], kept.attrs["title"])
    points = slice(None, None, every)
    xr.testing.assert_allclose(found, kept.isel(samples_per_parameter=points, distance=points))


@pytest.mark.parametrize("name", BRIDGED)
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
