"""Scenarios that hypothesis makes up."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from update_magnitude import scenarios
from update_magnitude.scenarios import Scenario

NAMES = ("trunk", "branch", "head", "leaf")


@st.composite
def any_scenario(draw: Any, *, largest: int = 10**9, dense: bool = False) -> Scenario:
    """A scenario with up to four blocks and six tasks.

    With ``dense`` it is small, noisy, and far enough from the interpolation threshold for standard
    errors to mean something (at least 8 degrees of freedom under the noise).
    """
    count = draw(st.integers(2, 3 if dense else 6))
    names = NAMES[: draw(st.integers(1, 3 if dense else 4))]
    sizes = {name: draw(_size(count, 10 if dense else largest)) for name in names}
    strategy = draw(st.sampled_from(("initialized", "frozen", "reinitialized", "custom")))
    updates: dict[str, Any] = {
        "strategy": strategy,
        "scale": draw(st.lists(st.sampled_from((1.0, 0.7, 0.1)), min_size=count, max_size=count)),
        "specific": draw(st.lists(st.sampled_from(names), unique=True)),
    }
    if strategy == "custom":
        some = st.lists(st.sampled_from(names), unique=True)
        updates["trainable"] = draw(st.lists(some, min_size=count, max_size=count))
    noise = st.floats(0.05, 1.0) if dense else st.sampled_from((0.0, 0.3, 2.0))
    document = {
        "blocks": sizes,
        "tasks": {"count": count, "samples": 1, "noise": draw(_list(noise, count))},
        "optima": {
            "norm": {name: draw(st.floats(0, 3)) for name in names},
            "distance": {name: draw(_list(st.floats(0, 3), count - 1)) for name in names},
            "direction": draw(st.sampled_from(("orthogonal", "persistent", "returning"))),
        },
        "updates": updates,
    }
    moving = scenarios.parse(document)
    samples = [draw(_samples(moving.trainable_count(task), dense)) for task in range(count)]
    return scenarios.varied(moving, {"tasks.samples": samples})


def _size(count: int, largest: int) -> Any:
    return st.integers(count + 1, count + 40) | st.integers(count + 1, max(count + 1, largest))


def _samples(m: int, dense: bool) -> Any:
    """Any number of samples, or one close to the number of parameters that move."""
    if not dense:
        return st.integers(1, 200) | st.integers(max(1, m - 4), m + 4)
    over = st.integers(1, m - 7) if m > 8 else st.nothing()
    return over | st.integers(m + 7, m + 20)


def _list(entry: Any, count: int) -> Any:
    return st.lists(entry, min_size=count, max_size=count)
