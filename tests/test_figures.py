"""The figures: their data agree, they are drawn from the data alone, and come out the same."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from figures import FIGURES, make
from figures.style import style

QUIET = (4_096, 0, lambda name, share: None)


@pytest.fixture(scope="module")
def dataset() -> xr.Dataset:
    return FIGURES["parameter-distance"].data(*QUIET)


def test_points_lie_on_lines(dataset):
    """36 points at |z| < 5: a false alarm with probability 2e-5; the seed is fixed."""
    theory = dataset.theory.interp(distance=dataset.simulated_distance, method="cubic")
    z = (dataset["mean"] - theory) / dataset.standard_error
    assert float(abs(z).max()) < 5
    swapped = theory.assign_coords(strategy=theory.strategy[::-1]).reindex(strategy=theory.strategy)
    assert float(abs((dataset["mean"] - swapped) / dataset.standard_error).max()) > 5


def test_the_critical_distance_is_where_the_lines_cross(dataset):
    gap = dataset.theory.sel(measure="forgetting", strategy="frozen") - dataset.theory.sel(
        measure="forgetting", strategy="initialized"
    )
    critical = float(dataset.critical.sel(measure="forgetting"))
    assert float(gap.interp(distance=critical, method="cubic")) == pytest.approx(0, abs=1e-4)
    assert np.isnan(dataset.critical.sel(measure="generalization"))


def test_it_is_drawn_from_the_dataset_and_marks_what_it_should(dataset):
    with style():
        drawing = FIGURES["parameter-distance"].plot(dataset)
    forgetting, generalization = drawing.axes
    assert any("1.45" in text.get_text() for text in forgetting.texts)
    assert [text.get_text() for text in generalization.texts] == ["no critical distance"]
    assert len(generalization.get_legend().get_texts()) == 4


def test_twice_gives_the_same_files(tmp_path):
    figure = FIGURES["parameter-distance"]
    formats = ("png", "pdf", "svg")
    first, again = (make(figure, tmp_path / name, formats, *QUIET) for name in "ab")
    assert [path.suffix for path in first] == [".nc", ".png", ".pdf", ".svg"]
    for one, two in zip(first, again, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.suffix
    assert {path.name for path in (tmp_path / "a").iterdir()} == {path.name for path in first}
    saved = xr.load_dataset(first[0], engine="scipy")
    assert saved.attrs["replicates"] == 4_096
