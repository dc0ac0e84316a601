"""The figures: points agree with theory, pictures come from their data alone, and stay alike."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.testing.compare import compare_images

from update_magnitude import scenarios
from update_magnitude.figures import FIGURES, make
from update_magnitude.figures.agreement import agreements
from update_magnitude.figures.explore.drawing import map_legend, marks, plot_map
from update_magnitude.figures.explore.maps import regime_map, self_explanatory
from update_magnitude.figures.points import EFFORTS, Effort
from update_magnitude.figures.style import style
from update_magnitude.scenarios import axis, parse, varied

DOCS = Path(__file__).parent.parent / "docs"
CLOSE = scenarios.preset("two-close-tasks")
DISTANCE = "optima.distance.specific"
SMALL = Effort("quick", law=4_096, dense=1_024)
ALIKE = 3.0  # root mean square difference of grey levels, of 255, that font versions may make


def quiet(*_: object) -> None:
    """A watch that says nothing."""


def committed(name: str) -> xr.Dataset:
    return xr.load_dataset(DOCS / "figures" / f"{name}.nc", engine="scipy")


def same_theory(found: xr.Dataset, wanted: xr.Dataset) -> None:
    """What theory says is today what it was when the committed figure was drawn."""
    theory = [
        str(name)
        for name, variable in found.variables.items()
        if variable.attrs.get("long_name", "").startswith(("exact", "critical", "limit"))
    ]
    assert theory
    for name in theory:
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-7, atol=1e-9, err_msg=name)


@pytest.fixture(scope="module")
def parameter_distance() -> xr.Dataset:
    return FIGURES["parameter-distance"].data(SMALL, 0, quiet)


def test_points_agree_with_theory_and_would_not_with_a_wrong_one(parameter_distance):
    """A false alarm with probability 0.001 at most (Holm); the seed is fixed."""
    (found,) = agreements([("it", parameter_distance)])
    assert len(found.z) == 128
    assert not found.refuted
    assert "all agree" in found.sentence()
    wrong = parameter_distance.assign(dense_exact=1.1 * parameter_distance.dense_exact)
    (found,) = agreements([("it", wrong)])
    assert found.refuted > 5
    assert "refuted" in found.sentence()


def test_what_is_no_number_agrees_with_nothing(parameter_distance):
    for name in ("dense", "dense_error"):
        broken = parameter_distance.assign({name: np.nan * parameter_distance[name]})
        (found,) = agreements([("it", broken)])
        assert len(found.z) == 128
        assert found.refuted == parameter_distance.dense.size, name


def test_the_critical_distance_is_where_the_lines_cross(parameter_distance):
    forgetting = parameter_distance.theory.sel(measure="forgetting")
    gap = forgetting.sel(strategy="frozen") - forgetting.sel(strategy="initialized")
    critical = float(parameter_distance.critical.sel(measure="forgetting"))
    assert float(gap.interp(distance=critical, method="cubic")) == pytest.approx(0, abs=1e-4)
    assert np.isnan(parameter_distance.critical.sel(measure="generalization"))


# Theory has their numbers in a limit alone, which the claims test as a limit: no point is compared.
IN_A_LIMIT = ("block-weight", "optimal-gain")


@pytest.mark.parametrize("name", FIGURES)
class TestCommittedFigures:
    """What docs/ shows, drawn again from the data beside it."""

    def test_its_points_agree_with_theory(self, name):
        (found,) = agreements([(name, committed(name))])
        assert bool(len(found.z)) == (name not in IN_A_LIMIT)
        assert not found.refuted

    def test_every_point_would_be_seen_if_it_were_off(self, name):
        """By twelve standard errors, a little more than the resolution of the largest family."""
        dataset = committed(name)
        for of in [str(entry) for entry, v in dataset.data_vars.items() if "exact" in v.attrs]:
            exact, error = (dataset[of].attrs[key] for key in ("exact", "standard_error"))
            shifted = dataset.assign({exact: dataset[exact] + 12 * dataset[error]})
            (wrong,) = agreements([(name, shifted)])
            measured = np.isfinite(dataset[exact]) & (dataset[error] > 1e-9)
            assert wrong.refuted >= 0.98 * int(measured.sum()), of

    def test_it_is_drawn_from_its_data_and_looks_as_it_did(self, name, tmp_path):
        with style():
            drawing = FIGURES[name].plot(committed(name))
            again = tmp_path / f"{name}.png"
            drawing.savefig(again, format="png", metadata={"Software": None})
        wanted = DOCS / "figures" / f"{name}.png"
        assert compare_images(str(wanted), str(again), tol=ALIKE) is None

    def test_the_gallery_shows_it(self, name):
        assert f"figures/{name}.png" in (DOCS / "gallery.md").read_text(encoding="utf-8")


def test_points_lie_near_a_limit_as_far_as_finite_sizes_do():
    """n = 36: within 5% of the largest, and not where the order of the weights is turned round."""
    dataset = committed("block-weight")
    theory = dataset.theory.assign_coords(weight=np.log(dataset.weight))
    line = theory.interp(weight=np.log(dataset.dense_weight.values), method="cubic").values
    dense = dataset.dense.transpose("tasks", "dense_weight", "measure").values
    allowed = 0.05 * np.abs(dense).max()
    assert np.abs(dense - line).max() < allowed
    assert np.abs(dense[:, ::-1] - line).max() > 5 * allowed


def test_features_of_a_tasks_own_order_strategies_as_networks_do():
    """Where the gallery says that both standard strategies are beaten, and where they are not."""
    theory = committed("specific-features").theory.sel(measure="generalization")
    standard = theory.sel(strategy=["initialized", "frozen"]).min("strategy")
    low, high = slice(None, 0.05), slice(0.07, 0.99)
    for strategy, variances in (
        ("least-forgetting", high),
        ("average", slice(0.02, None)),
        ("ridge", slice(None, None)),
        ("optimal", slice(None, None)),
    ):
        beaten = theory.sel(strategy=strategy) < standard
        assert beaten.sel(variance=variances).all(), strategy
    rates = theory.sel(strategy="least-forgetting")
    assert (rates.sel(variance=low) > standard.sel(variance=low)).all()
    assert (theory.sel(strategy="average", variance=slice(None, 0.013)) > standard[:7]).all()
    assert theory.sel(strategy="optimal").values == pytest.approx(theory.min("strategy").values)


def test_points_with_features_of_a_tasks_own_lie_near_their_limit():
    """n = 40: within 9% of it, and further off from another strategy's line."""
    dataset = committed("specific-features").sel(measure="generalization")
    line = dataset.theory.sel(variance=dataset.dense_variance.values).values
    off = np.abs(dataset.dense.values - line)  # [strategy, variance]
    assert (off < 0.09 * line).all()
    wrong = np.abs(dataset.dense.values - np.roll(line, 1, axis=0))
    assert (wrong > 0.09 * line).mean() > 0.9


def test_another_picture_is_told_apart(tmp_path):
    """The control of the comparison above: points a tenth higher are seen."""
    dataset = committed("parameter-distance")
    with style():
        drawing = FIGURES["parameter-distance"].plot(dataset.assign(theory=1.1 * dataset.theory))
        drawing.savefig(tmp_path / "it.png", format="png")
    wanted = DOCS / "figures" / "parameter-distance.png"
    assert compare_images(str(wanted), str(tmp_path / "it.png"), tol=ALIKE) is not None


def test_twice_gives_the_same_files(parameter_distance, tmp_path, monkeypatch):
    """Of the same data; that the data are the same too is held by the slow test below."""
    formats = ("png", "pdf", "svg")
    figure = FIGURES["parameter-distance"]
    monkeypatch.setattr(type(figure), "data", lambda *_: parameter_distance)
    (_, first), (_, again) = (
        make(figure, tmp_path / name, formats, SMALL, 0, quiet) for name in "ab"
    )
    assert [path.suffix for path in first] == [".nc", ".png", ".pdf", ".svg"]
    for one, two in zip(first, again, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.suffix
    assert {path.name for path in (tmp_path / "a").iterdir()} == {path.name for path in first}


class TestRegimeMap:
    """What is in a legend is in the picture."""

    @staticmethod
    def labels(dataset: xr.Dataset) -> list[str]:
        return [str(entry.get_label()) for entry in map_legend(dataset)]

    def test_the_legend_lists_what_there_is(self):
        near = axis(DISTANCE, [0.1, 0.2])
        alone = regime_map(CLOSE, near, axis("tasks.samples", [4, 5]))
        assert self.labels(alone) == ["frozen forgets less"]
        apart = regime_map(CLOSE, near, axis("tasks.samples", [9, 16, 20]))  # none between: white
        assert self.labels(apart) == [
            "frozen forgets less",
            "initialized forgets less",
            "no finite mean",
        ]

    def test_of_three_one_is_best_and_has_boundaries(self):
        x, y = axis("tasks.noise", np.linspace(0, 2, 41)), axis("tasks.samples", np.arange(1, 14))
        three = ("frozen", "initialized", "reinitialized")
        found = regime_map(CLOSE, x, y, "generalization", three)
        assert self.labels(found) == [f"{entry} generalizes best" for entry in three] + [
            "exact boundary"
        ]
        assert len(plot_map(found).axes[0].collections) == 3  # the tints and two boundaries

    def test_a_ring_where_the_scenario_is_if_it_is_in_the_map(self):
        for far, rings in (([0.1, 0.4], 1), ([0.3, 0.4], 0)):
            bare = regime_map(CLOSE, axis(DISTANCE, far), axis("tasks.samples", [4, 6]))
            found = self_explanatory(bare, CLOSE)
            assert (found.here_x, found.here_y) == (0.2, 5)
            assert parse(tomllib.loads(found.toml)) == CLOSE
            assert self.labels(found).count("the scenario itself") == rings
            assert len(plot_map(found, "costs $5").axes[0].lines) == 2 * rings
        many = varied(CLOSE, {"tasks.samples": [5, 6]})
        assert "here_x" not in self_explanatory(bare, many).attrs

    def test_points_without_a_valid_test_have_no_mark(self):
        known = xr.Dataset(
            {
                "law": (("strategy", "law_y", "law_x"), [[[1.0, 1.0, 1.0]], [[2.0, 1.01, 2.0]]]),
                "law_error": (("strategy", "law_y", "law_x"), np.full((2, 1, 3), 0.01)),
                "law_exact": (("strategy", "law_y", "law_x"), [[[1, 1, np.nan]], [[2, 1, 2]]]),
            }
        )
        found = marks(known)
        assert found.winner.tolist() == [[0, 0, 0]]
        assert found.close.tolist() == [[False, True, False]]
        assert found.known.tolist() == [[True, True, False]]


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_made_twice_alike_from_nothing(name, tmp_path):
    (dataset, first), (_, again) = (
        make(FIGURES[name], tmp_path / entry, ("svg",), EFFORTS["quick"], 0, quiet)
        for entry in "ab"
    )
    assert not any(agreement.refuted for agreement in agreements([(name, dataset)]))
    if name != "z-scores":  # whose points depend on the profile
        same_theory(dataset, committed(name))
    for one, two in zip(first, again, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.suffix
