"""Regime maps: which strategy is better, over any two fields of a scenario."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from figures.agreement import if_testable
from figures.points import Numbers, simulated
from figures.style import COLUMN, MARK, STRATEGIES
from scenarios import Scenario, ScenarioError, varied
from simulations import Estimate, Simulation
from theory import Axis, predict, predict_grid

COMPARED = ("frozen", "initialized")
MEASURES = {
    "forgetting": "forgets less",
    "generalization": "generalizes better",
    "learning_error": "learns better",
}
WORDS = {  # of axes, by the first words of a field's key
    "optima.distance": r"parameter distance  $\|\delta\|$",
    "optima.norm": r"length of the first optimum  $\|\theta_1^*\|$",
    "tasks.samples": r"samples  $n$",
    "tasks.noise": r"noise  $\sigma$",
    "updates.scale": r"scale  $\alpha$",
    "blocks": "parameters",
}
NO_MEAN, TIE = -1, -2  # in the place of a winner
ROUNDING = 1e-9  # of the largest simulated mean, which is no difference
EVEN = 1e-12  # of the risks at a point, by which equal means may differ
GREY = "#D8D8D8"
TINT = 0.35  # of a strategy's colour, where it wins
CLEAR = 3.0  # standard errors of a difference, from which a simulated winner counts as one


def regime_map(
    scenario: Scenario,
    x: Axis,
    y: Axis,
    measure: str = "forgetting",
    strategies: Sequence[str] = COMPARED,
) -> xr.Dataset:
    """Exact means of every strategy over two fields, and which strategy is best.

    Args:
        scenario: what the axes do not vary.
        x: a field and its values.
        y: another.
        measure: ``forgetting``, ``generalization`` or ``learning_error``.
        strategies: two or more, of those without free choices.

    Returns:
        ``theory`` over (strategy, y, x), NaN where there is no finite mean, and ``winner`` over
        (y, x): the place of the best strategy, −1 (``NO_MEAN``) where there is no mean and −2
        (``TIE``) where two are as good.

    Raises:
        ScenarioError: if a field cannot be varied, or a strategy cannot be compared.

    Example:
        >>> import numpy as np, scenarios
        >>> from theory import axis
        >>> near_and_far = axis("optima.distance.specific", [0.5, 2.0])
        >>> found = regime_map(
        ...     scenarios.preset("two-close-tasks"), near_and_far, axis("tasks.noise", [0.0, 0.3])
        ... )
        >>> found.winner.values.tolist()  # freezing forgets less where tasks are near
        [[0, 1], [0, 1]]
    """
    _require(x, y, measure, strategies)
    if measure == "forgetting" and scenario.tasks.count == 1:
        raise ScenarioError("tasks.count = 1: forgetting compares tasks; give at least two")
    theory, size = means_under(scenario, strategies, (y, x), measure)
    return xr.Dataset(
        {
            "theory": (("strategy", "y", "x"), theory, {"long_name": "exact mean"}),
            "winner": (
                ("y", "x"),
                _winner(theory, size),
                {"long_name": "place of the best strategy"},
            ),
        },
        coords={
            "strategy": list(strategies),
            "x": ("x", x.values, {"field": x.key}),
            "y": ("y", y.values, {"field": y.key}),
        },
        attrs={"scenario": scenario.title, "measure": measure},
    )


def means_under(
    scenario: Scenario, strategies: Sequence[str], axes: Sequence[Axis], measure: str
) -> tuple[Numbers, Numbers]:
    """Exact means under several strategies over a grid, and the size of the risks behind them.

    Args:
        scenario: what the axes do not vary.
        strategies: to compare.
        axes: of the grid.
        measure: ``forgetting``, ``generalization`` or ``learning_error``.

    Returns:
        The means, [strategy, ...], and per point the sum of all generalization errors: differences
        below ``EVEN`` of it are rounding.
    """
    found = [predict_grid(under(scenario, strategy), axes) for strategy in strategies]
    size = np.asarray(sum(of.generalization for of in found))
    return np.stack([getattr(of, measure) for of in found]), size


def simulated_map(
    scenario: Scenario,
    x: Axis,
    y: Axis,
    measure: str,
    strategies: Sequence[str],
    replicates: int,
    seed: int,
    watch: Callable[[float], None],
) -> dict[str, Any]:
    """Variables of simulated means over a coarser grid, by the law engine: ``law`` and its kin.

    Args:
        scenario: what the axes do not vary.
        x: a field and the values to simulate; coordinate ``law_x`` of the dataset.
        y: another; ``law_y``.
        measure: as ``regime_map`` takes it.
        strategies: to simulate.
        replicates: of each point.
        seed: of the random numbers.
        watch: told the share that is done.
    """
    from figures.agreement import compared

    points = [
        _at(under(scenario, strategy), {x.key: across, y.key: up})
        for strategy in strategies
        for up in y.values
        for across in x.values
    ]

    def pick(found: Simulation) -> list[Estimate]:
        return [getattr(found, measure)]

    found = simulated(points, pick, "law", replicates, seed, watch)
    exact = [if_testable(of, getattr(predict(of), measure)) for of in points]
    shape = (len(strategies), len(y.values), len(x.values))
    mean, error = (of[:, 0].reshape(shape) for of in found)
    dims = ("strategy", "law_y", "law_x")
    variables = compared(mean, error, np.array(exact).reshape(shape), dims, "law")
    return variables | {"law_x": x.values, "law_y": y.values}


def plot_map(dataset: xr.Dataset) -> Figure:
    """The map alone, with its legend beneath; reads the dataset and nothing else."""
    figure = Figure(figsize=(COLUMN * 1.15, COLUMN))
    axes = figure.subplots()
    draw_map(axes, dataset)
    axes.set_xlabel(words_for(str(dataset.x.field)))
    axes.set_ylabel(words_for(str(dataset.y.field)))
    figure.legend(handles=map_legend(dataset), loc="outside lower center", ncols=2)
    return figure


def draw_map(axes: Axes, dataset: xr.Dataset) -> None:
    """Who wins where, the exact boundary between two strategies, and simulated winners."""
    names = [str(name) for name in dataset.strategy.values]
    colours: list[Any] = [GREY, "#FFFFFF", *(tint(STRATEGIES[name].colour) for name in names)]
    axes.pcolormesh(
        dataset.x,
        dataset.y,
        dataset.winner,
        cmap=ListedColormap(colours),
        vmin=TIE - 0.5,
        vmax=len(names) - 0.5,
        shading="nearest",
        rasterized=True,
    )
    if len(names) == 2:
        gap = dataset.theory.isel(strategy=0) - dataset.theory.isel(strategy=1)
        gap = gap.where(dataset.winner >= 0)
        if bool((gap > 0).any() and (gap < 0).any()):
            axes.contour(dataset.x, dataset.y, gap, levels=[0.0], colors="black", linewidths=1.2)
    if "law" in dataset:
        _draw_winners(axes, dataset, names)


def map_legend(dataset: xr.Dataset) -> list[Any]:
    """Handles that say which tint, line and marker is what."""
    from matplotlib.lines import Line2D

    words = MEASURES[dataset.attrs["measure"]]
    names = [str(name) for name in dataset.strategy.values]
    handles: list[Any] = [
        Patch(facecolor=tint(STRATEGIES[name].colour), label=f"{name} {words}") for name in names
    ]
    if len(names) == 2:
        handles.append(Line2D([], [], color="black", linewidth=1.2, label="exact boundary"))
    if bool((dataset.winner == NO_MEAN).any()):
        handles.append(Patch(facecolor="white", edgecolor=MARK, label="no finite mean"))
    if bool((dataset.winner == TIE).any()):
        handles.append(Patch(facecolor=GREY, label="a tie"))
    if "law" in dataset:
        look: dict[str, Any] = {"linestyle": "", "markersize": 3, "color": MARK}
        handles.append(Line2D([], [], marker="o", label="simulated winner (law)", **look))
        handles.append(Line2D([], [], marker="x", label=f"within {CLEAR:g} SE of a tie", **look))
    return handles


def tint(colour: str) -> tuple[float, float, float]:
    """A light tint of a colour.

    Example:
        >>> tint("#000000")
        (0.65, 0.65, 0.65)
    """
    from matplotlib.colors import to_rgb

    red, green, blue = (1 - TINT * (1 - part) for part in to_rgb(colour))
    return red, green, blue


def words_for(key: str) -> str:
    """The label of an axis, from the key of its field.

    Example:
        >>> words_for("blocks.shared")
        'parameters (shared)'
    """
    for start, words in WORDS.items():
        if key == start or key.startswith(f"{start}."):
            rest = key.removeprefix(start).removeprefix(".")
            return f"{words} ({rest})" if rest else words
    return key


def _draw_winners(axes: Axes, dataset: xr.Dataset, names: Sequence[str]) -> None:
    """Simulated winners in their strategy's colour; a cross where it is too close to call."""
    order = np.argsort(dataset.law.values, axis=0)
    mean, error = (
        np.take_along_axis(of.values, order[:2], axis=0) for of in (dataset.law, dataset.law_error)
    )
    rounding = ROUNDING * np.abs(dataset.law.values).max()
    close = (mean[1] - mean[0]) < CLEAR * np.hypot(error[0], error[1]) + rounding
    known = np.isfinite(dataset.law_exact.values).all(0)
    across, up = np.meshgrid(dataset.law_x.values, dataset.law_y.values)
    axes.plot(across[close & known], up[close & known], "x", color=MARK, markersize=3)
    for place, name in enumerate(names):
        chosen = (order[0] == place) & ~close & known
        look = STRATEGIES[name]
        axes.plot(across[chosen], up[chosen], look.marker, color=look.colour, markersize=2.6)


def _winner(theory: Numbers, size: Numbers) -> Any:
    """The place of the least mean, [y, x]; ties that are exact differ by rounding alone."""
    known = np.isfinite(theory).all(0)
    ordered = np.sort(np.where(known, theory, 0.0), axis=0)
    even = ordered[1] - ordered[0] <= EVEN * np.where(known, size, 0.0)
    best = np.argmin(np.where(known, theory, 0.0), axis=0)
    return np.where(known, np.where(even, TIE, best), NO_MEAN)


def _require(x: Axis, y: Axis, measure: str, strategies: Sequence[str]) -> None:
    if x.key == y.key:
        raise ScenarioError(f"{x.key}: the axes of a map are two different fields")
    if measure not in MEASURES:
        raise ScenarioError(f"measure = {measure!r}: a map has one of {', '.join(MEASURES)}")
    for name in strategies:
        if name not in ("frozen", "initialized", "reinitialized"):
            raise ScenarioError(
                f"strategies: {name!r} is none that a map compares; frozen, initialized and "
                "reinitialized are"
            )
    if len(set(strategies)) < 2:
        raise ScenarioError(
            "strategies: a map compares two different strategies at least, as in frozen,initialized"
        )


def under(scenario: Scenario, strategy: str) -> Scenario:
    """The scenario under another strategy; what only its own had a use for is left out."""
    document = scenario.document()
    kept = {name: document["updates"][name] for name in ("scale", "specific")}
    return varied(scenario, {"updates": kept | {"strategy": strategy}})


def _at(scenario: Scenario, values: dict[str, Numbers]) -> Scenario:
    from theory.grids import WHOLE

    return varied(
        scenario,
        {k: int(of) if WHOLE.fullmatch(k) else float(of) for k, of in values.items()},
    )
