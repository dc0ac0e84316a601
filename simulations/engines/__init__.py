"""The engines: ways to draw the risks of scenarios, each a class with the methods of ``Engine``.

``dense`` is the definition of the model, made fast, with two more forms for updates that the data
decide: ``hybrid`` for which blocks move, ``evidence`` for how far. ``law`` draws each update from
its exact distribution; ``literal`` is the definition once more, slow and plain, to hold the dense
engine against. jax is imported with the first engine that is asked for, not with this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from update_magnitude.scenarios import Scenario, ScenarioError
from update_magnitude.scenarios.keys import EVIDENCE

if TYPE_CHECKING:
    from update_magnitude.simulations.engines.base import AnyEngine

NAMES = ("dense", "law")  # that checks, figures and sweeps run on
ALL = (*NAMES, "literal")
UNDECIDED = {  # why other engines than the dense one cannot let the data decide
    "law": "its updates depend on the data, so their law is not that of result L",
    "literal": "the literal engine makes no decisions",
}


def is_hybrid(scenarios: Sequence[Scenario]) -> bool:
    """Whether the blocks that train are decided by the data in any of the scenarios."""
    updates = [scenario.updates for scenario in scenarios]
    return any(each.strategy == "hybrid" and each.signal != EVIDENCE for each in updates)


def adapts(scenarios: Sequence[Scenario]) -> bool:
    """Whether how far blocks move is decided by the data in any of the scenarios."""
    return any(scenario.updates.signal == EVIDENCE for scenario in scenarios)


def engine_for(name: str, scenarios: Sequence[Scenario] = ()) -> AnyEngine:
    """The engine of that name; where a scenario is hybrid, that form of the dense engine.

    Raises:
        ValueError: when there is none.
        ScenarioError: for the strategy ``hybrid`` on another engine than the dense one.
    """
    if name not in ALL:
        raise ValueError(f"{name!r} is no engine; engines: {', '.join(ALL)}")
    form = name
    if is_hybrid(scenarios) or adapts(scenarios):
        if name in UNDECIDED:
            why = f'updates.strategy = "hybrid": {UNDECIDED[name]}'
            raise ScenarioError(f"{why}; use the dense engine")
        form = "evidence" if adapts(scenarios) else "hybrid"
    module = import_module(f"update_magnitude.simulations.engines.{form}")
    engine: AnyEngine = getattr(module, form.capitalize())()
    return engine
