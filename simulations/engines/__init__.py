"""The engines: ways to draw the risks of scenarios, each a class with the methods of ``Engine``.

``dense`` is the definition of the model, made fast, with a second form, ``hybrid``, for updates
that the data decide; ``law`` draws each update from its exact distribution; ``literal`` is the
definition once more, slow and plain, to hold the dense engine against. jax is imported with the
first engine that is asked for, not with this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from update_magnitude.scenarios import Scenario, ScenarioError

if TYPE_CHECKING:
    from update_magnitude.simulations.engines.base import AnyEngine

NAMES = ("dense", "law")  # that checks, figures and sweeps run on
ALL = (*NAMES, "literal")


def is_hybrid(scenarios: Sequence[Scenario]) -> bool:
    """Whether the blocks that train are decided by the data in any of the scenarios."""
    return any(scenario.updates.strategy == "hybrid" for scenario in scenarios)


def engine(name: str, scenarios: Sequence[Scenario] = ()) -> AnyEngine:
    """The engine of that name for some scenarios.

    The dense engine has two forms: where a scenario is hybrid, decisions are drawn as well.

    Raises:
        ValueError: when there is none.
        ScenarioError: for the strategy ``hybrid`` on another engine than the dense one.

    Example:
        >>> from update_magnitude import scenarios
        >>> engine("law", [scenarios.preset("ten-tasks")]).name
        'law'
    """
    if name not in ALL:
        raise ValueError(f"{name!r} is no engine; engines: {', '.join(ALL)}")
    if is_hybrid(scenarios):
        return _deciding(name)
    if name == "law":
        from update_magnitude.simulations.engines.law import Law

        return Law()
    if name == "literal":
        from update_magnitude.simulations.engines.literal import Literal

        return Literal()
    from update_magnitude.simulations.engines.dense import Dense

    return Dense()


def _deciding(name: str) -> AnyEngine:
    """The engine for updates that the data decide."""
    reasons = {
        "law": "its updates depend on the data, so their law is not that of result L",
        "literal": "the literal engine makes no decisions",
    }
    if name in reasons:
        raise ScenarioError(f'updates.strategy = "hybrid": {reasons[name]}; use the dense engine')
    from update_magnitude.simulations.engines.hybrid import Hybrid

    return Hybrid()
