"""What is predicted and estimated of a scenario, defined once, and as a labelled dataset.

R_i(θ_t) is the risk on task i after learning task t. Of T tasks, forgetting is
F_T = 1/(T − 1) Σ_{i<T} [R_i(θ_T) − R_i(θ_i)], the generalization error G_T = 1/T Σ_i R_i(θ_T), and
the learning error L_T = 1/T Σ_i R_i(θ_i).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios.axes import Axis
from update_magnitude.scenarios.families import Family
from update_magnitude.scenarios.keys import row_of

if TYPE_CHECKING:
    import xarray as xr

TOTALS = ("forgetting", "generalization", "learning_error")  # measures that sum up all risks
ERROR = "_standard_error"
TASKS = ("learned", "task")
MEASURES = {
    "risk": "mean risk R_i(θ_t) on task i of the parameters θ_t after learning task t",
    "forgetting": "mean forgetting F_T: rise of the risk since a task was learned",
    "generalization": "mean generalization error G_T: risk over all tasks at the end",
    "learning_error": "mean learning error L_T: risk on each task when it was learned",
}
SYMBOLS = {"risk": "R_i(θ_t)", "forgetting": "F", "generalization": "G", "learning_error": "L"}
SENTENCES = {
    "undefined": "why a mean is NaN; empty where none is",
    "digits_lost": "which means rounding makes untrustworthy; empty where none is",
}
TEXTS = SENTENCES | {
    "method": "by which result the means are predicted, where scenarios differ in it"
}
TASK_MEANINGS = ("task learned last, t", "task tested on, i")
NAMED = 12  # numbers that a sentence names


def axis_attributes(axis: Axis) -> dict[str, str]:
    """The attributes of a coordinate: what its key means in a scenario file.

    Example:
        >>> axis_attributes(Axis("optima.norm.shared", (0.1,)))["long_name"]
        'length of the first optimum in the block'
    """
    row = row_of(axis.field)
    units = {} if axis.labels.dtype.kind == "U" else {"units": "1"}
    return {"long_name": (row.meaning if row else "") or axis.field, **units}


def labelled(
    family: Family,
    numbers: Mapping[str, NDArray[np.generic]],
    sentences: Mapping[str, object],
    attributes: Mapping[str, object],
    errors: Mapping[str, NDArray[np.generic]] | None = None,
) -> xr.Dataset:
    """A dataset of the measures of a family, by name: [...], or of risks [..., T, T].

    ``sentences`` are some of ``TEXTS`` by name, [...]; ``errors`` are standard errors.
    """
    import xarray as xr

    grid = tuple(axis.field for axis in family.axes)
    variables: dict[str, object] = {}
    for name, meaning in MEASURES.items():
        dims = (*grid, *TASKS) if name == "risk" else grid
        about = {"long_name": meaning, "symbol": SYMBOLS[name], "units": "1"}
        variables[name] = (dims, numbers[name], about)
        if errors is not None:
            about = {"long_name": f"standard error of the {meaning}", "units": "1"}
            variables[name + ERROR] = (dims, errors[name], about)
    for name, values in sentences.items():
        texts = np.asarray(values, object).astype(str)
        variables[name] = (grid, texts, {"long_name": TEXTS[name]})
    count = np.shape(numbers["risk"])[-1]
    coordinates: dict[str, object] = {
        axis.field: (axis.field, axis.labels, axis_attributes(axis)) for axis in family.axes
    }
    for name, meaning in zip(TASKS, TASK_MEANINGS, strict=True):
        coordinates[name] = (name, np.arange(1, count + 1), {"long_name": meaning})
    return xr.Dataset(variables, coordinates, {"title": family.title, **attributes})
