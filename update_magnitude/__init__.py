"""What the size of a parameter update does to forgetting and generalization in continual learning.

    >>> import update_magnitude as um
    >>> scenario = um.preset("two-close-tasks")
    >>> um.predict(scenario).forgetting.round(4).item()
    -0.8095
    >>> float(um.theorem("optimal-count-forgetting")(n=8, xi=4.0, eta=1.0))
    18.0

``commands`` holds the command ``update-magnitude``. The rooms are ``scenarios`` (task sequences),
``theory`` (derivations and predictions), ``simulations`` (engines), ``paper_checks`` (one compared
with the other) and ``figures``. Names are imported when they are first used, so that neither jax
nor SymPy is loaded before it is needed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from update_magnitude.paper_checks.checking import check as check
    from update_magnitude.scenarios import Scenario as Scenario
    from update_magnitude.scenarios import ScenarioError as ScenarioError
    from update_magnitude.scenarios import family as family
    from update_magnitude.scenarios import load as load
    from update_magnitude.scenarios import preset as preset
    from update_magnitude.scenarios import preset_names as preset_names
    from update_magnitude.scenarios import scenario as scenario
    from update_magnitude.scenarios import varied as varied
    from update_magnitude.simulations import simulate as simulate
    from update_magnitude.simulations.sweeps import sweep as sweep
    from update_magnitude.theory import best_update as best_update
    from update_magnitude.theory import critical_distance as critical_distance
    from update_magnitude.theory import predict as predict
    from update_magnitude.theory import theorem as theorem
    from update_magnitude.theory.theorems import theorems as theorems

__version__ = "0.1.0"

_ROOMS = ("scenarios", "theory", "simulations", "paper_checks", "figures")
_HOMES = {
    "Scenario": "scenarios",
    "ScenarioError": "scenarios",
    "best_update": "theory",
    "check": "paper_checks.checking",
    "critical_distance": "theory",
    "family": "scenarios",
    "load": "scenarios",
    "predict": "theory",
    "preset": "scenarios",
    "preset_names": "scenarios",
    "scenario": "scenarios",
    "simulate": "simulations",
    "sweep": "simulations.sweeps",
    "theorem": "theory",
    "theorems": "theory.theorems",
    "varied": "scenarios",
}
__all__ = ["__version__", *_HOMES, *_ROOMS]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
