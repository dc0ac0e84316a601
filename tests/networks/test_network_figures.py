"""Figures of networks: drawn from their data alone, nothing cut off; the study of relatedness."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

from update_magnitude.figures.networks import accuracy, comparison, relatedness
from update_magnitude.figures.networks.looks import LOOKS
from update_magnitude.figures.networks.relatedness import shape, study
from update_magnitude.figures.style import style
from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations.networks.benchmarks import BENCHMARKS, settings_of
from update_magnitude.simulations.networks.metrics import METRICS
from update_magnitude.simulations.networks.strategies import DEFAULT, STRATEGIES

MODULES, SPECIFIC = 9, 3
REPORTED = {
    "initialized": {"avg_acc": 84.0, "forgetting": 14.0},
    "frozen": {"avg_acc": 80.0, "forgetting": 6.0},
    "hybrid": {"avg_acc": 87.0, "forgetting": 9.0},
}


def made_up(strategies: tuple[str, ...], tasks: int, seeds: int = 3) -> xr.Dataset:
    """The dataset of a run that never was."""
    random = np.random.default_rng(0)
    past = np.arange(tasks)[:, None] - np.arange(tasks)
    fall = random.uniform(0.02, 0.06, (len(strategies), seeds, 1, 1))
    found = np.where(past >= 0, 0.97 - fall * past, np.nan)
    trained = random.integers(SPECIFIC, MODULES + 1, (len(strategies), seeds, tasks))
    numbers = np.arange(1, tasks + 1)
    return xr.Dataset(
        {
            "accuracy": (("strategy", "seed", "after", "task"), found),
            "trained_modules": (("strategy", "seed", "task"), trained),
        },
        coords={
            "strategy": list(strategies),
            "seed": range(seeds),
            "after": numbers,
            "task": numbers,
            "module": range(1, MODULES + 1),
        },
        attrs={"specific": SPECIFIC},
    )


def related(seeds: int = 3) -> xr.Dataset:
    """The dataset of a study that never was."""
    corruption, line = np.array([0.0, 0.5, 1.0]), np.linspace(0, 1, 11)
    spread = np.linspace(-0.2, 0.2, seeds)
    over = ("corruption", "seed")
    cosine, distance = shape(line, 0.6, 100)
    return xr.Dataset(
        {
            "published": (over, 0.3 * (1 - corruption)[:, None] + spread),
            "common": (over, 0.6 * (1 - corruption)[:, None] + spread),
            "common_renamed": (over, -0.6 * (1 - corruption)[:, None] + spread),
            "distance": (over, corruption[:, None] + spread),
            "common_shape": ("line", cosine),
            "distance_shape": ("line", distance),
        },
        coords={"corruption": corruption, "line": line, "seed": range(seeds)},
    )


def require_inside(figure: Figure) -> None:
    """Everything that is drawn lies in the figure, and no panel's words on another panel."""
    figure.draw_without_rendering()
    whole = figure.bbox.padded(1)
    texts = [axes.get_tightbbox() for axes in figure.axes if axes.get_visible()]
    boxes = [box for box in texts if box is not None]
    assert boxes
    for box in [*boxes, *(legend.get_window_extent() for legend in figure.legends)]:
        assert whole.x0 <= box.x0 and box.x1 <= whole.x1, box  # noqa: PT018
        assert whole.y0 <= box.y0 and box.y1 <= whole.y1, box  # noqa: PT018
    for place, one in enumerate(boxes):
        for other in boxes[place + 1 :]:
            width = min(one.x1, other.x1) - max(one.x0, other.x0)
            height = min(one.y1, other.y1) - max(one.y0, other.y0)
            assert min(width, height) < 2, (one, other)  # pixels, of 100 to the inch


def numbers(figure: Figure) -> int:
    """How many numbers stand in cells."""
    return sum(len(axes.texts) for axes in figure.axes)


def test_every_strategy_has_a_look_of_its_own():
    assert set(STRATEGIES) <= set(LOOKS)
    assert len({look.colour for look in LOOKS.values()}) == len(LOOKS)
    assert len({look.marker for look in LOOKS.values()}) == len(LOOKS)


@pytest.mark.parametrize("tasks", [2, 5, 10])
@pytest.mark.parametrize("count", [1, 3, 4, 5, 6])
def test_nothing_is_cut_off(count, tasks):
    dataset = made_up(tuple(STRATEGIES)[:count], tasks)
    with style():
        require_inside(accuracy.plot(dataset))
        require_inside(comparison.plot(dataset, REPORTED))


def test_nothing_is_cut_off_of_relatedness():
    with style():
        require_inside(relatedness.plot(related()))


def test_what_is_cut_off_is_seen():
    with style():
        figure = relatedness.plot(related())
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        figure.axes[0].set_position((0, 0, 0.4, 0.8))
        with pytest.raises(AssertionError):
            require_inside(figure)


def test_cells_have_numbers_where_they_can_be_read():
    with style():
        assert numbers(accuracy.plot(made_up(DEFAULT, 5))) == len(DEFAULT) * 15
        assert numbers(accuracy.plot(made_up(DEFAULT, 10))) == 0


def test_means_of_the_comparison_are_the_metrics():
    """And the paper's numbers are drawn where it reports them, for strategies of the run alone."""
    dataset = made_up(("initialized", "hybrid-distance"), 5)
    with style():
        figure = comparison.plot(dataset, REPORTED)
    for axes, metric in zip(figure.axes, comparison.SHOWN, strict=False):
        wanted = 100 * METRICS[metric](dataset.accuracy.values)
        drawn = [line.get_xdata() for line in axes.lines]
        for mean in wanted.mean(-1):
            assert any(np.allclose(entry, mean) for entry in drawn if np.size(entry) == 1), metric
        hollow = [line for line in axes.lines if line.get_markerfacecolor() == "none"]
        found = [float(np.ravel(line.get_xdata())[0]) for line in hollow]
        theirs = REPORTED["initialized"].get(metric)
        assert found == ([] if theirs is None else [theirs])


def test_one_seed_has_no_interval():
    with style():
        require_inside(comparison.plot(made_up(DEFAULT, 3, seeds=1)))
        require_inside(relatedness.plot(related(seeds=1)))


def test_the_shape_is_that_of_a_linear_model_drawn_literally():
    """Ratio and distance from 200,000 pairs of batches, at 4 standard errors of a ratio of means.

    Below 0.01 each, so plain κ√(1−c), off by 0.02 and more here, would be seen. A right shape is
    refused once in 16,000 times for each c; the seed is fixed.
    """
    random = np.random.default_rng(0)
    count, n, P = 200_000, 8, 3
    w = np.array([1.0, 0.0, 0.0])
    start = n / (n + P + 1)
    for c in (0.3, 0.7):
        x, of_two, z = (random.standard_normal((count, n, P)) for _ in range(3))
        first = np.einsum("rnp,rn->rp", x, x @ w) / n
        second = np.einsum("rnp,rn->rp", np.sqrt(1 - c) * of_two + np.sqrt(c) * z, of_two @ w) / n
        inner = (first * second).sum(1)
        lengths = (first**2).sum(1).mean() * (second**2).sum(1).mean()
        cosine, distance = shape(np.array([c]), start, n)
        error = inner.std() / np.sqrt(count * lengths)
        assert 4 * error < 0.01
        assert abs(inner.mean() / np.sqrt(lengths) - cosine[0]) < 4 * error
        assert abs(start * np.sqrt(1 - c) - cosine[0]) > 0.02
        near, far = first.mean(0), second.mean(0)  # of d_1, d_2, with a bias far below 0.01
        apart = ((near - far) ** 2).sum() / ((near**2).sum() + (far**2).sum())
        assert abs(apart - distance[0]) < 0.01


def study_of(width: int, epochs: int, told: list[float]) -> xr.Dataset:
    settings = settings_of("split-digits", seeds=2, width=width, epochs=epochs)
    return study(settings, None, (0.0, 1.0), told.append)


def require_related(found: xr.Dataset, told: list[float]) -> None:
    """The same task again against noise.

    At c = 1 images say nothing of labels, so the gradient is noise and its cosine some 0.1 either
    way. At c = 0 it would be as small if tasks had other classes or labels, if gradients were
    taken through different heads, or if noise came into all images whatever c is. Differences
    found are 0.32 (published, residual nets) to 1.0; 0.2 is below all, and twice the noise.
    """
    for name in ("common", "published"):
        assert float((found[name][0] - found[name][1]).min()) > 0.2, name
    # the very task with its two labels exchanged looks as far as can be: a fresh head has the
    # gradient Wᵀ(1/2 − y) in the features, and y goes over into 1 − y
    assert float(abs(found.common[0] + found.common_renamed[0]).max()) < 0.2
    assert float(abs(found.distance[0]).max()) < 0.5 < float(found.distance[1].min())
    assert told == sorted(told)
    assert told[-1] == 1
    assert float(found.common_shape[0]) == pytest.approx(float(found.common[0].mean()), abs=0.02)
    with style():
        require_inside(relatedness.plot(found))


def test_cosines_see_relatedness(monkeypatch):
    """With perceptrons, which compile in a moment."""
    small = replace(BENCHMARKS["split-digits"], model="perceptron")
    monkeypatch.setitem(BENCHMARKS, "split-digits", small)
    told: list[float] = []
    require_related(study_of(32, 1, told), told)


@pytest.mark.slow
def test_cosines_see_relatedness_in_residual_nets():
    told: list[float] = []
    require_related(study_of(4, 1, told), told)


def test_a_study_says_what_it_cannot_do():
    with pytest.raises(ScenarioError, match="permuted"):
        study(settings_of("permuted-mnist"), None)
    with pytest.raises(ScenarioError, match="0, where"):
        study(settings_of("split-digits"), None, (0.5, 1.0))
