"""What is predicted and estimated of a scenario, defined once, and as a labelled dataset.

R_i(θ_t) is the risk on task i after learning task t. Of T tasks, forgetting is
F_T = 1/(T − 1) Σ_{i<T} [R_i(θ_T) − R_i(θ_i)], the generalization error G_T = 1/T Σ_i R_i(θ_T), and
the learning error L_T = 1/T Σ_i R_i(θ_i).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from update_magnitude.scenarios.axes import Axis
from update_magnitude.scenarios.families import Family

if TYPE_CHECKING:
    import xarray as xr

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
TASK_MEANINGS = ("task learned last, t", "task tested on, i")
FIELDS = {
    "blocks": "parameters of the block",
    "tasks.count": "number of tasks T",
    "tasks.samples": "samples per task n",
    "tasks.noise": "standard deviation of the noise σ",
    "optima.norm": "length of the first optimum in the block",
    "optima.distance": "length of each step between optima in the block",
    "optima.direction": "how the steps between optima lie",
    "optima.gram": "inner products of the optima in the block",
    "updates.strategy": "which parameters move",
    "updates.scale": "scale of the updates α",
    "updates.specific": "blocks that keep training when the others are frozen",
    "updates.trainable": "blocks that train, task by task",
}
NAMED = 12  # risks that a sentence names


def axis_attributes(axis: Axis) -> dict[str, str]:
    """The attributes of a coordinate: those of the longest beginning of its key with a meaning.

    Example:
        >>> axis_attributes(Axis("optima.norm.shared", (0.1,)))["long_name"]
        'length of the first optimum in the block'
    """
    words = axis.field.split(".")
    keys = (".".join(words[:count]) for count in range(len(words), 0, -1))
    meaning = next((FIELDS[key] for key in keys if key in FIELDS), axis.field)
    units = {} if axis.labels.dtype.kind == "U" else {"units": "1"}
    return {"long_name": meaning, **units}


def labelled(
    family: Family,
    numbers: Mapping[str, Any],
    sentences: Mapping[str, Any],
    attributes: Mapping[str, Any],
    errors: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """A dataset of the measures of a family.

    Args:
        family: whose axes come first.
        numbers: the measures by name, [...] or, of risks, [..., T, T].
        sentences: of ``SENTENCES``, by name, [...].
        attributes: of the dataset, beside its title.
        errors: standard errors of the measures, likewise.
    """
    import xarray as xr

    grid = tuple(axis.field for axis in family.axes)
    variables: dict[str, Any] = {}
    for name, meaning in MEASURES.items():
        dims = (*grid, *TASKS) if name == "risk" else grid
        about = {"long_name": meaning, "symbol": SYMBOLS[name], "units": "1"}
        variables[name] = (dims, numbers[name], about)
        if errors is not None:
            about = {"long_name": f"standard error of the {meaning}", "units": "1"}
            variables[name + ERROR] = (dims, errors[name], about)
    for name, values in sentences.items():
        texts = np.asarray(values, object).astype(str)
        variables[name] = (grid, texts, {"long_name": SENTENCES[name]})
    count = np.shape(numbers["risk"])[-1]
    coordinates: dict[str, Any] = {
        axis.field: (axis.field, axis.labels, axis_attributes(axis)) for axis in family.axes
    }
    for name, meaning in zip(TASKS, TASK_MEANINGS, strict=True):
        coordinates[name] = (name, np.arange(1, count + 1), {"long_name": meaning})
    return xr.Dataset(variables, coordinates, {"title": family.title, **attributes})
