"""What gradients say of parameter distance: the cosine in both forms, the unbiased estimate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from update_magnitude.figures.agreement import Variable, compared
from update_magnitude.figures.points import Effort, Numbers, Watch, where_testable
from update_magnitude.figures.style import MARK, PAGE, Look, dense_points, engines_legend, family
from update_magnitude.scenarios import Scenario, coordinates, library, varied
from update_magnitude.simulations.measures import gradients
from update_magnitude.simulations.reducers import Averages
from update_magnitude.simulations.runner import Runner
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import means, theorem

FARTHEST = 2.0  # the largest distance shown
GRIDS = {"distance": np.linspace(0, FARTHEST, 41), "dense_distance": np.linspace(0, FARTHEST, 6)}
FORMS = {"common": "at a common point", "published": "at own starts, as published"}
DIRECTIONS = (120, 90, 60)  # degrees between the step and the first optimum
ACROSS = DIRECTIONS.index(90)  # the direction for which the estimate is shown


class Exact(NamedTuple):
    """What theory says, over forms and directions of the cosine, and over distances."""

    cosine: Numbers  # E⟨g_2, g_1⟩/√(E‖g_1‖² E‖g_2‖²), [form, direction, distance]
    length: Numbers  # √(E‖g_1‖² E‖g_2‖²), likewise
    estimate: Numbers  # of ‖δ‖², [distance]
    variance: Numbers  # of that, [distance]


def data(effort: Effort, seed: Seed, watch: Watch) -> xr.Dataset:
    """Both cosines and the estimate: exact on a fine grid of distances, and simulated.

    ``theory``, ``ratio`` and ``cosine`` over (form, direction, distance or dense_distance);
    ``mean`` and ``variance`` over distance, ``estimate`` and ``spread``, its squared deviation,
    over dense_distance. A cosine is that of exact means. Simulated, it is the mean inner product
    over the exact lengths, and so has the standard error of a mean; the mean of the cosine itself
    is another number.
    """
    line, few = (_exact(distances) for distances in GRIDS.values())
    mean, error = _simulated(effort.dense, named(seed, "dense"), watch)
    dims = ("form", "direction", "dense_distance")
    middle = _scenario(DIRECTIONS[ACROSS], FARTHEST)
    cosine = mean[[gradients.COSINE_COMMON, gradients.COSINE_OWN]]
    variables: dict[str, Variable] = {
        "theory": ((*dims[:2], "distance"), line.cosine, {"long_name": "ratio of exact means"}),
        "mean": ("distance", line.estimate, {"long_name": "exact mean of the estimate"}),
        "variance": ("distance", line.variance, {"long_name": "exact variance of the estimate"}),
        "cosine": (dims, cosine, {"long_name": "mean cosine over replicates"}),
    }
    products = [gradients.COMMON, gradients.OWN]
    ratio, its_error = mean[products] / few.length, error[products] / few.length
    variables |= compared(ratio, its_error, where_testable([middle]) * few.cosine, dims, "ratio")
    for words, row, exact in (
        ("estimate", gradients.DISTANCE, few.estimate),
        ("spread", gradients.SPREAD, few.variance),
    ):
        variables |= compared(mean[row, ACROSS], error[row, ACROSS], exact, dims[2:], words)
    grids = {name: (name, x, {"long_name": "parameter distance"}) for name, x in GRIDS.items()}
    coordinates = {"form": list(FORMS), "direction": list(DIRECTIONS)} | grids
    return xr.Dataset(variables, coordinates, {"scenario": middle.title})


def plot(dataset: xr.Dataset) -> Figure:
    """The cosine in both forms for three directions of the step, and the estimate."""
    figure = Figure(figsize=(PAGE, 2.6))
    common, published, estimate = figure.subplots(1, len(FORMS) + 1)
    published.sharey(common)
    for form, axes in zip(FORMS, (common, published), strict=True):
        _cosine_panel(axes, dataset.sel(form=form))
        axes.set_title(FORMS[form], loc="left")
        axes.set_xlabel(r"parameter distance  $\|\delta\|$")
    common.set_ylabel(
        "cosine of gradients\n"
        r"$E\langle g_2, g_1\rangle\,/\,\sqrt{E\|g_2\|^2\,E\|g_1\|^2}$"
    )
    published.tick_params(labelleft=False)
    engines_legend(common, law=False, loc="lower left", bbox_to_anchor=(0, 0.09))
    mean = Line2D([], [], color=MARK, alpha=0.6, linestyle="", marker="x", label="mean cosine")
    common.legend(handles=[mean], loc="lower left")
    published.legend(
        loc="upper left",
        title=r"angle of $\delta$ and $\theta_1^*$",
        title_fontsize=8,
        alignment="left",
    )
    _estimate_panel(estimate, dataset)
    return figure


def _cosine_panel(axes: Axes, panel: xr.Dataset) -> None:
    axes.axhline(0, color="black", linewidth=0.6)
    for direction, look in zip(DIRECTIONS, family(len(DIRECTIONS)), strict=True):
        curve, label = panel.sel(direction=direction), rf"${direction}\degree$"
        axes.plot(curve.distance, curve.theory, look.line, color=look.colour, label=label)
        dense_points(axes, curve.dense_distance, curve.ratio, curve.ratio_error, look)
        axes.plot(curve.dense_distance, curve.cosine, "x", color=look.colour, alpha=0.6, zorder=3)


def _estimate_panel(axes: Axes, dataset: xr.Dataset) -> None:
    """The estimate with its standard deviation: a band, and simulated its edges."""
    truth, places = dataset.distance**2, dataset.dense_distance**2
    ends = [dataset["mean"] + sign * np.sqrt(dataset.variance) for sign in (-1, 1)]
    axes.fill_between(truth, *ends, color="#DDDDDD", linewidth=0, label="± standard deviation")
    axes.plot(truth, dataset["mean"], color=MARK)
    for sign, label in ((-1, ""), (1, "the same, simulated")):
        edge = dataset.estimate + sign * np.sqrt(dataset.spread)
        axes.plot(places, edge, "_", color=MARK, label=label)
    dense_points(axes, places, dataset.estimate, dataset.estimate_error, Look("", MARK, "", "o"))
    axes.set_title("unbiased estimate", loc="left")
    axes.set_xlabel(r"squared distance  $\|\delta\|^2$")
    axes.set_ylabel(r"estimate of  $\|\delta\|^2$")
    axes.legend(loc="upper left")


def _scenario(direction: float, distance: float) -> Scenario:
    """Two tasks; the step has some length, and makes some angle with the first optimum."""
    norm, meet = 1.0, float(np.cos(np.radians(direction))) * distance
    gram = [[norm, norm + meet], [norm + meet, norm + 2 * meet + distance**2]]
    return varied(library("two-gradients"), {"optima.gram.all": gram})


def _exact(distances: Numbers) -> Exact:
    """All that the figure draws, by the theorems on gradients at θ_0 = 0, where d_k = θ*_k."""
    grid = [[_scenario(angle, far) for far in distances.tolist()] for angle in DIRECTIONS]
    points = np.array([[coordinates(scenario)[0] for scenario in row] for row in grid], float)
    gram = points @ points.swapaxes(-1, -2)  # ⟨θ*_i, θ*_j⟩
    base = grid[0][0]
    n, sigma = base.tasks.samples[0], base.tasks.noise[0]
    values = {
        **{"n": n, "P": base.blocks.capacity, "alpha": 1.0},
        **{"sigma": sigma, "sigma_1": sigma, "sigma_2": sigma},
        **{"d_i_d_i": gram[..., 0, 0], "d_j_d_j": gram[..., 1, 1], "d_i_d_j": gram[..., 0, 1]},
        **{"delta_d": gram[..., 0, 1] - gram[..., 0, 0], "apart": distances**2},
    }
    # θ_1 knows nothing of the samples of task 2, so the E‖d_2‖² of g_2 is there the risk on task 2.
    later = np.array([[means(scenario).risk[0, 1] for scenario in row] for row in grid])
    first, second, second_later = (
        _by("gradient-norm", values | {"d_i_d_i": squared})
        for squared in (values["d_i_d_i"], values["d_j_d_j"], later)
    )
    products = [_by(name, values) for name in ("gradient-common-point", "gradient-own-start")]
    length = np.sqrt(first * np.array([second, second_later]))
    halves = {
        name: np.broadcast_to(value, later.shape)[ACROSS]
        for name, value in (values | {"n": n / 2}).items()
    }
    estimate, variance = (
        _by(name, halves) for name in ("distance-estimate", "distance-estimate-variance")
    )
    return Exact(products / length, length, estimate, variance)


def _by(name: str, values: Mapping[str, float | Numbers]) -> Numbers:
    """A theorem at those of the values that it takes."""
    formula = theorem(name)
    return formula(**{argument: values[argument] for argument in formula.arguments})


def _simulated(replicates: int, seed: Seed, watch: Watch) -> tuple[Numbers, Numbers]:
    """Means and standard errors of all that is measured, [measure, direction, distance]."""
    distances = GRIDS["dense_distance"].tolist()
    scenarios = [_scenario(direction, far) for direction in DIRECTIONS for far in distances]
    pairs = []
    for number, scenario in enumerate(scenarios):
        runner = Runner([scenario], seed, measure=gradients.Gradients(), reducer=Averages())
        runner.run_units(replicates)
        estimate = runner.results()
        pairs.append([estimate.mean, estimate.standard_error])
        watch((number + 1) / len(scenarios))
    mean, error = np.moveaxis(np.array(pairs), 0, -1).reshape(
        2, -1, len(DIRECTIONS), len(distances)
    )
    return mean, error
