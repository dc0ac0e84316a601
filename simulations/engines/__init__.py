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

if TYPE_CHECKING:
    from update_magnitude.simulations.engines.base import AnyEngine

NAMES = ("dense", "law")  # that checks, figures and sweeps run on
ALL = (*NAMES, "literal")


def is_hybrid(scenarios: Sequence[Scenario]) -> bool:
    """Whether the blocks that train are decided by the data in any of the scenarios."""
    updates = [scenario.updates for scenario in scenarios]
    return any(each.strategy == "hybrid" and not each.goes_by_evidence for each in updates)


def adapts(scenarios: Sequence[Scenario]) -> bool:
    """Whether how far blocks move is decided by the data in any of the scenarios."""
    return any(scenario.updates.goes_by_evidence for scenario in scenarios)


def engine_for(name: str, scenarios: Sequence[Scenario] = ()) -> AnyEngine:
    """The engine of that name; where a scenario is hybrid, that form of the dense engine.

    Raises:
        ValueError: when there is none.
        ScenarioError: for the strategy ``hybrid`` on another engine than the dense one.
    """
    if name not in ALL:
        raise ValueError(f"{name!r} is no engine; engines: {', '.join(ALL)}")
    chooses, adapted = is_hybrid(scenarios), adapts(scenarios)
    if name == "law" and (chooses or adapted):
        why = "its updates depend on the data, so their law is not that of result L"
        raise ScenarioError(f'updates.strategy = "hybrid": {why}; use the dense engine')
    if name == "literal" and chooses:
        why = "the literal engine chooses no blocks"
        raise ScenarioError(f'updates.strategy = "hybrid": {why}; use the dense engine')
    form = name
    if name == "dense" and (chooses or adapted):
        form = "evidence" if adapted else "hybrid"
    module = import_module(f"update_magnitude.simulations.engines.{form}")
    engine: AnyEngine = getattr(module, form.capitalize())()
    return engine
