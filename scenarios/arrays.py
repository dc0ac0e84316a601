"""Scenarios from arrays of optima, and with their tasks in another order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import fields
from update_magnitude.scenarios.geometry import Points, coordinates
from update_magnitude.scenarios.keys import KEYS, Frame
from update_magnitude.scenarios.reading import parse, varied
from update_magnitude.scenarios.schema import Scenario, require_scenario


def scenario(
    optima: object,
    *,
    samples: int | Sequence[int],
    noise: float | Sequence[float],
    blocks: Mapping[str, int] | None = None,
    strategy: str = "initialized",
    title: str = "untitled",
    features: Mapping[str, object] | None = None,
    **updates: object,
) -> Scenario:
    """A scenario whose optima are the rows of an array.

    Only their inner products, ⟨θ*_i, θ*_j⟩ in each block, matter to the model and are kept: in
    float64, so that of a distance below 10⁻⁷ of the norms no digits are left.

    Args:
        optima: θ*_k, [T, P].
        samples: n_k, a number or T numbers.
        noise: σ_k, standard deviations, likewise.
        blocks: sizes by name, in the order of the columns; one block of all if not given.
        strategy: as ``updates.strategy`` in a scenario file.
        title: by which reports call it.
        features: the keys of ``[features]`` in a scenario file, such as ``variance``.
        updates: the other keys of ``[updates]`` in a scenario file, such as ``scale``.

    Raises:
        ScenarioError: naming the key, the value and what would be right.

    Example:
        >>> import numpy as np
        >>> W = np.array([[1.0, 0.0, 2.0], [1.0, 0.5, 0.0]])
        >>> two = scenario(optima=W, samples=20, noise=0.2, blocks={"shared": 2, "specific": 1})
        >>> two.tasks.count, two.optima.gram[0]
        (2, ((1.0, 1.0), (1.0, 1.25)))

    Source: docs/scenarios.md.
    """
    points = _points(optima)
    parts = _parts(points, {"all": points.shape[1]} if blocks is None else blocks)
    return parse(
        {
            "title": title,
            "blocks": {name: part.shape[1] for name, part in parts.items()},
            "features": {} if features is None else features,
            "tasks": {"count": len(points), "samples": samples, "noise": noise},
            "optima": {"gram": {name: _gram(part) for name, part in parts.items()}},
            "updates": {"strategy": strategy, **updates},
        }
    )


def reordered(given: Scenario, order: Sequence[int]) -> Scenario:
    """The scenario with its tasks in another order; see ``Scenario.reordered``."""
    require_scenario(given)
    places = fields.listed(order)
    count = given.tasks.count
    whole = isinstance(places, list) and all(type(place) is int for place in places)
    if not whole or sorted(places) != list(range(count)):
        fields.fail("order", order, f"each of the {count} tasks once, counted from 0, is needed")
    grams = given.optima.gram or [_gram(points) for points in coordinates(given)]
    names, variances = given.blocks.names, given.features.variance
    turned = ([series[place] for place in places] for series in variances)
    moved = (np.array(gram)[np.ix_(places, places)] for gram in grams)
    return varied(
        given,
        {
            "tasks.samples": [given.tasks.samples[place] for place in places],
            "tasks.noise": [given.tasks.noise[place] for place in places],
            "optima": {"gram": dict(zip(names, moved, strict=True))},
            "features.variance": dict(zip(names, turned, strict=True)),
        },
    )


def _points(optima: object) -> Points:
    """Finite numbers in rows and columns."""
    try:
        points = np.asarray(optima, np.longdouble)
    except (TypeError, ValueError):
        points = np.empty(0, np.longdouble)
    if points.ndim != 2 or not points.size:
        fields.fail("optima", optima, "an array [T, P] of numbers is needed, a row for each task")
    if not np.isfinite(points).all():
        row, column = np.argwhere(~np.isfinite(points))[0]
        fields.fail(f"optima[{row}, {column}]", float(points[row, column]), "it is not finite")
    return points


def _parts(points: Points, blocks: Mapping[str, int]) -> dict[str, Points]:
    """The columns of each block."""
    sizes = fields.plain(blocks)
    if not isinstance(sizes, Mapping) or not sizes:
        fields.fail("blocks", blocks, "sizes by name, such as {'shared': 40}, are needed")
    ends = np.cumsum(KEYS["blocks"].read(sizes, "blocks", Frame(tuple(sizes), 0)))
    columns = points.shape[1]
    if ends[-1] != columns:
        fields.fail(
            "blocks", blocks, f"the sizes add up to {ends[-1]}, but optima has {columns} columns"
        )
    return dict(zip(sizes, np.split(points, ends[:-1], axis=1), strict=True))


def _gram(points: Points) -> NDArray[np.float64]:
    """Inner products of rows; equal rows have equal ones, to the last digit."""
    products: NDArray[np.float64] = np.einsum("ik,jk->ij", points, points).astype(np.float64)
    return products
