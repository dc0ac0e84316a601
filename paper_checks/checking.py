"""``update_magnitude.check``: claims, scenarios, or a prediction of one's own, put to the test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from update_magnitude.paper_checks.measuring import Watch
from update_magnitude.paper_checks.profiles import PROFILES, Profile
from update_magnitude.paper_checks.questions import DENSE, ENGINES
from update_magnitude.paper_checks.running import check_claims, check_scenarios, require
from update_magnitude.paper_checks.verdicts import Outcome
from update_magnitude.scenarios import Scenario, ScenarioError, fields, varied

if TYPE_CHECKING:
    from update_magnitude.paper_checks.candidates.functions import Function


def check(
    what: Scenario | Iterable[Scenario] | str | Iterable[str] | None = None,
    prediction: Function | None = None,
    *,
    profile: str | Profile = "default",
    seed: int = 0,
    engines: Sequence[str] = ENGINES,
    workers: int = 1,
    watch: Watch | None = None,
) -> Outcome:
    """Verify predictions by simulation, as ``update-magnitude check`` does: those of theory.

    Or those of a function, which returns numbers for any of ``forgetting``, ``generalization``,
    ``learning_error``, ``risk[t, i]`` = E R_i(θ_t), tasks counted from 1, and ``risk``, an array
    [T, T]; it is called for variations of the scenario and for wrong scenarios, too.

    Args:
        what: a scenario, several (a family is such), names of claims, or None for all claims.
        prediction: a function of the scenario, judged on the dense engine unless it is left out.
        profile: ``quick`` (2% resolution), ``default`` (0.5%), ``thorough`` (0.1%).
        seed: of the random numbers; a whole number, at least 0.
        engines: ``law``, ``dense``, or both.
        workers: processes for claims, spawned: the program that calls this must be prepared.
        watch: called with what is being measured and the share of it that is done.

    Returns:
        A list of verdicts, each with ``verdict`` (holds, refuted, inconclusive), ``claim``,
        ``statement``, ``regime``, ``prediction``, ``estimate`` (which has a standard error),
        ``z``, ``resolution``, ``reason`` and, for variations, ``variation``.

    Raises:
        ScenarioError: in one line, for what there is not, or what cannot be judged.

    Example:
        >>> import update_magnitude as um
        >>> scenario = um.preset("underparameterized")
        >>> found = um.check(scenario, lambda s: {"forgetting": 1.2}, profile="quick")
        >>> found[0].verdict, float(found[0].prediction)
        ('refuted', 1.2)

    Source: docs/python.md.
    """
    scenarios, names = _scenarios_and_claims(what)
    if not isinstance(profile, Profile):
        profile = PROFILES[fields.choice(profile, "profile", tuple(PROFILES))]
    require(profile, engines)
    if prediction is not None:
        return _check_function(prediction, scenarios, profile, seed, watch, engines)
    given = (profile, seed, watch, engines)
    return check_scenarios(scenarios, *given) if scenarios else check_claims(names, *given, workers)


def _check_function(
    function: Function,
    scenarios: Sequence[Scenario],
    profile: Profile,
    seed: int,
    watch: Watch | None,
    engines: Sequence[str],
) -> Outcome:
    from update_magnitude.paper_checks.candidates import check_function  # loads SymPy

    if not scenarios:
        raise ScenarioError("a prediction is judged in a scenario: give one, or several")
    engine = DENSE if DENSE in engines else engines[0]
    return check_function(function, scenarios, profile, seed, watch, engine)


def _scenarios_and_claims(what: object) -> tuple[list[Scenario], list[str]]:
    """What is to be checked: scenarios, each with a title of its own, or names of claims."""
    if what is None:
        return [], []
    one = isinstance(what, Scenario | str)
    given = list(what) if isinstance(what, Iterable) and not isinstance(what, str | Mapping) else []
    given = [what] if one else given
    scenarios = [scenario for scenario in given if isinstance(scenario, Scenario)]
    names = [name for name in given if isinstance(name, str)]
    if not given or len(given) not in (len(scenarios), len(names)):
        fields.fail("what", what, "a scenario, several, or names of claims are needed")
    return titled(scenarios), names


def titled(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """The scenarios, those that share a title named by the fields in which they differ."""
    tables = [_flat(scenario.document()) for scenario in scenarios]
    renamed = []
    for scenario, table in zip(scenarios, tables, strict=True):
        alike = [other for other in tables if other["title"] == scenario.title]
        keys = [key for key in table if any(table[key] != other.get(key) for other in alike)]
        if not keys and len(alike) > 1:
            hint = "this scenario is given twice; leave one of them out"
            fields.fail("what", scenario.title, hint)
        words = ", ".join(f"{key} = {fields.shown(table[key])}" for key in keys)
        title = f"{scenario.title}: {words}" if words else scenario.title
        renamed.append(varied(scenario, {"title": title}))
    return renamed


def _flat(table: Mapping[str, Any], key: str = "") -> dict[str, Any]:
    """The values of nested tables by their dotted keys.

    Example:
        >>> _flat({"tasks": {"count": 2}})
        {'tasks.count': 2}
    """
    flat: dict[str, Any] = {}
    for name, value in table.items():
        nested = isinstance(value, Mapping)
        flat |= _flat(value, f"{key}{name}.") if nested else {f"{key}{name}": value}
    return flat
