"""What gradients say of tasks whose relatedness is controlled, beside the linear models' shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from update_magnitude.figures.networks.looks import (
    draw_intervals,
    legend_above,
    over_seeds,
    seeds_of,
)
from update_magnitude.figures.style import PAGE, Look, family
from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations.networks import training
from update_magnitude.simulations.networks.benchmarks import BENCHMARKS, Settings
from update_magnitude.simulations.networks.data import Images, load_images
from update_magnitude.simulations.networks.metrics import Document, Numbers, interval
from update_magnitude.simulations.networks.results import WORDS
from update_magnitude.simulations.networks.running import Trainer
from update_magnitude.simulations.networks.tasks import Tasks, make_tasks, shrunk
from update_magnitude.theory import theorem

CORRUPTIONS = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)
MEASURED = ("published", "common", "distance")  # of all signals, those that the figure shows
RENAMED = "_renamed"  # what ends the name of a signal where the classes of task 2 are renamed
NAMES = [name + end for end in ("", RENAMED) for name in MEASURED]
LINE = np.linspace(0, 1, 201)
FORMS = {
    "common": "at a common point",
    "common_renamed": "at a common point, labels of task 2 renamed",
    "published": "at own starts, as published",
}
SHAPE = "shape in the linear model"
BESIDE = 0.014  # how far published cosines stand to the right of the others, to be seen


def study(
    settings: Settings,
    data: Path | None,
    corruptions: Sequence[float] = CORRUPTIONS,
    watch: Callable[[float], None] = lambda share: None,
) -> xr.Dataset:
    """Signals at a second task of the same classes, in whose images noise takes the share c.

    Task 1 is learned once, since c changes nothing about it. All seeds have the same images and all
    c the same noise: an interval over seeds is about networks and samples of these images.

    Returns:
        ``published``, ``common``, ``distance`` over (corruption, seed), the same with ``_renamed``
        where the classes of task 2 have each other's labels; the linear models' shape
        ``common_shape`` and ``distance_shape`` over line (see ``shape``).
    """
    require_images(settings)
    if 0 not in corruptions:
        raise ScenarioError("--corruption: 0, where the shape starts, must be among them")
    base = shrunk(load_images(BENCHMARKS[settings.benchmark].data, data), settings.shrink)
    both = [_two_tasks(settings, corruption) for corruption in corruptions]
    steps = settings.epochs + len(both)
    trainer = Trainer(both[0], _tasks(base, both[0]))
    state = trainer.learn(trainer.first(), 0, lambda progress: watch(progress.epoch / steps))
    signals: dict[str, list[Numbers]] = {name: [] for name in NAMES}
    for number, one in enumerate(both):
        tasks = _tasks(base, one)
        for end, given in (("", tasks), (RENAMED, _renamed(tasks))):
            seen = trainer.signals(state, state.networks, given, 1)
            for name in MEASURED:
                signals[name + end].append(getattr(seen, name))
        watch((settings.epochs + number + 1) / steps)
    return _dataset(both[0], signals, corruptions, trainer.samples)


def possible(name: str) -> tuple[float, float]:
    """The least and the most that a signal can be; an estimate of a distance has no bounds."""
    return (-np.inf, np.inf) if name.startswith("distance") else (-1.0, 1.0)


def document_of(signals: xr.Dataset) -> Document:
    """Each signal's mean over seeds with its 95% interval, for each share c, for JSON."""
    return {"corruption": signals.corruption.values.tolist()} | {
        name: [
            interval(seeds, possible(name)).document()
            for seeds in signals[name].transpose("corruption", "seed").values
        ]
        for name in NAMES
    }


def require_images(settings: Settings) -> None:
    """Raise a ScenarioError where pixels are permuted: classes are the same in all tasks there."""
    if settings.relation.kind != "split":
        raise ScenarioError(
            f"--relatedness: {settings.benchmark} permutes pixels; choose a split benchmark"
        )


def shape(corruption: Numbers, cosine: float, samples: int) -> tuple[Numbers, Numbers]:
    """Cosine and squared distance in the linear model: our analogy, not the paper's.

    Let y = ⟨w, x⟩ with whitened x, and x′ = √(1−c) x + √c z the image of task 2, z noise. Then x′
    is whitened too, E x′y = √(1−c) w is the optimum of task 2, and what of y it leaves, c‖w‖², is
    its noise. At θ = 0, with d_1 = w and d_2 = √(1−c) w,

        ‖d_1−d_2‖²/(‖d_1‖²+‖d_2‖²) = (1−√(1−c))²/(2−c)

    and E⟨g_1, g_2⟩ = ⟨d_1, d_2⟩ = √(1−c)‖w‖². Gradients of n samples are longer than their means:
    E‖g_k‖² = ((n+P+1)/n)‖d_k‖² + Pσ_k²/n. With κ the ratio at c = 0, for large n,

        E⟨g_1, g_2⟩/√(E‖g_1‖² E‖g_2‖²) = κ √(1−c)/√(1−κc)

    which falls like √(1−c) where noise rules (κ → 0), but stays at 1 where there is none (κ = 1):
    directions do not see that d_2 is shorter. All of it is evaluated from the theorems, for a model
    without noise at c = 0 with as many parameters P ≥ 1 as make its ratio κ the measured cosine.

    There is no such shape for the published cosine: E⟨g_2, g_1⟩ = −(1−√(1−c))‖w‖² − σ² once task 1
    is fitted (P > n), which is no multiple of anything at c = 0.

    Args:
        corruption: c, [C].
        cosine: κ, at c = 0 and the common point; if it is not positive, the cosines are NaN.
        samples: n, images that a gradient is taken of.

    Example:
        >>> cosine, distance = shape(np.array([0.0, 1.0]), 0.25, 1000)
        >>> cosine.round(3).tolist(), distance.tolist()
        ([0.25, 0.0], [0.0, 1.0])
    """
    first, second = np.ones_like(corruption), 1 - corruption  # ‖d_1‖², ‖d_2‖², where ‖w‖ = 1
    inner = np.sqrt(second)
    distance = (first - 2 * inner + second) / (first + second)
    if not cosine > 0:
        return np.full_like(inner, np.nan), distance
    norm, product = theorem("gradient-norm"), theorem("gradient-common-point")
    one, two = (float(norm(P=count, d_i_d_i=1.0, n=samples, sigma=0.0)) for count in (1, 2))
    parameters = 1 + (1 / cosine - one) / (two - one)  # the squared length is affine in P
    sizes = {"P": max(1.0, parameters), "n": samples}
    length = norm(d_i_d_i=first, sigma=0.0, **sizes)
    later = norm(d_i_d_i=second, sigma=np.sqrt(corruption), **sizes)
    return product(d_i_d_j=inner, n=samples) / np.sqrt(length * later), distance


def _two_tasks(settings: Settings, corruption: float) -> Settings:
    """Two tasks of the same classes."""
    classes = settings.relation.classes
    relation = replace(settings.relation, tasks=2, shared=classes, corruption=corruption)
    return replace(settings, strategies=("initialized",), relation=relation)


def _tasks(base: Images, settings: Settings) -> Tasks:
    return make_tasks(base, settings.relation, settings.samples, settings.seed)


def _renamed(tasks: Tasks) -> Tasks:
    """The same images, each class of task 2 with the label of the next.

    A head of its own tells them apart as well: nothing about the task has changed but a name.
    """
    labels = tasks.labels.copy()
    labels[1] = (labels[1] + 1) % tasks.outputs
    return replace(tasks, labels=labels)


def _dataset(
    settings: Settings,
    signals: dict[str, list[Numbers]],
    corruptions: Sequence[float],
    samples: int,
) -> xr.Dataset:
    used = 2 * (min(training.PROBED, samples) // 2)
    start = float(np.mean(signals["common"][list(corruptions).index(0)]))
    variables: dict[str, tuple[tuple[str, ...], Numbers, dict[str, str]]] = {}
    for name, values in signals.items():
        renamed = ", the labels of task 2 renamed" if name.endswith(RENAMED) else ""
        words = {"long_name": WORDS[name.removesuffix(RENAMED)] + renamed}
        variables[name] = (("corruption", "seed"), np.array(values, float), words)
    for name, line in zip(("common", "distance"), shape(LINE, start, used), strict=True):
        variables[f"{name}_shape"] = (("line",), line, {"long_name": SHAPE})
    return xr.Dataset(
        variables,
        coords={
            "corruption": list(corruptions),
            "line": LINE,
            "seed": settings.seed + np.arange(settings.seeds),
        },
        attrs={
            "title": BENCHMARKS[settings.benchmark].title,
            "benchmark": settings.benchmark,
            "settings": json.dumps(settings.document()),
            "samples": used,
            "device": jax.devices()[0].device_kind,
        },
    )


def plot(dataset: xr.Dataset) -> Figure:
    """On the left both cosines, on the right the distance, each with the linear models' shape.

    The shape of the common cosine starts at the measured one, that of the distance is as it is.
    """
    figure = Figure(figsize=(PAGE, 2.7))
    cosine, distance = figure.subplots(1, 2)
    looks = dict(zip(FORMS, family(len(FORMS)), strict=True))
    cosine.axhline(0, color="black", linewidth=0.6)
    _shape(cosine, dataset, "common", looks["common"])
    for form, look in looks.items():
        _points(cosine, dataset, form, look, FORMS[form])
    cosine.set_ylabel("cosine of gradients")
    _shape(distance, dataset, "distance", looks["common"])
    label = f"mean of {seeds_of(dataset)}, 95% interval"
    _points(distance, dataset, "distance", looks["common"], label)
    distance.set_ylabel(
        r"$\|d_1-d_2\|^2\,/\,(\|d_1\|^2+\|d_2\|^2)$" "\nestimated at a common point"
    )
    for axes in (cosine, distance):
        axes.set_xlabel("share  $c$  of noise in the images of task 2")
        axes.set_xlim(-0.04, 1.04)
        legend_above(axes)
    return figure


def _shape(axes: Axes, dataset: xr.Dataset, name: str, look: Look) -> None:
    axes.plot(dataset.line, dataset[f"{name}_shape"], color=look.colour, lw=0.9, label=SHAPE)


def _points(axes: Axes, dataset: xr.Dataset, name: str, look: Look, label: str) -> None:
    mean, reach = over_seeds(dataset[name].transpose("corruption", "seed").values, possible(name))
    x = dataset.corruption + BESIDE * (name == "published")
    more = {"yerr": reach, "markerfacecolor": "white", "capsize": 2, "label": label}
    draw_intervals(axes, x, mean, look, more)
