"""``update_magnitude.check``: claims, scenarios, or a prediction of one's own, put to the test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from update_magnitude.paper_checks.measuring import Watch
from update_magnitude.paper_checks.outcome import Outcome
from update_magnitude.paper_checks.profiles import PROFILES, Profile
from update_magnitude.paper_checks.questions import DENSE, ENGINES
from update_magnitude.paper_checks.running import check_claims, check_scenarios, require
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
    """Verify predictions by simulation, as ``update-magnitude check`` does.

    Without ``prediction``, what theory predicts is put to the test: everything about scenarios, or
    claims. With it, a function of the scenario is: it returns a dictionary of numbers for any of
    ``forgetting``, ``generalization``, ``learning_error``, ``risk[t, i]`` = E R_i(θ_t), tasks
    counted from 1, and ``risk``, an array [T, T] of all of these. It is called for variations of
    the scenario too, which show how far it reaches, and for wrong scenarios, of which its values
    have to be told apart.

    Args:
        what: a scenario, several of them (a family is such), names of claims, or None for all
            claims.
        prediction: a function of the scenario.
        profile: ``quick`` (2% resolution), ``default`` (0.5%), ``thorough`` (0.1%).
        seed: of the random numbers; a whole number, at least 0.
        engines: ``law``, ``dense``, or both. A prediction of one's own is judged on one engine:
            the dense one, unless only the law engine is asked for.
        workers: processes for claims; more than one are spawned, for which the program that calls
            this must be prepared.
        watch: called with what is being measured and the share of it that is done.

    Returns:
        A list of verdicts, each with ``verdict`` (holds, refuted, inconclusive), ``claim``,
        ``statement``, ``regime``, ``prediction``, ``estimate`` (which has a standard error),
        ``z``, ``resolution``, ``reason`` and, for variations, ``variation``.

    Raises:
        ScenarioError: in one line, if there is no such claim, profile, seed or engine, if theory
            has no numbers for a scenario, or if the function returns what cannot be judged.

    Example:
        >>> import update_magnitude as um
        >>> scenario = um.preset("underparameterized")
        >>> found = um.check(scenario, lambda s: {"forgetting": 1.2}, profile="quick")
        >>> found[0].verdict, float(found[0].prediction)
        ('refuted', 1.2)

    Source: docs/python.md.
    """
    if not isinstance(profile, Profile):
        profile = PROFILES[fields.choice(profile, "profile", tuple(PROFILES))]
    require(profile, engines)
    scenarios, names = _scenarios_and_claims(what)
    if not scenarios:
        if prediction is not None:
            raise ScenarioError("a prediction is judged in a scenario: give one, or several")
        return check_claims(names, profile, seed, watch, engines, workers)
    if prediction is None:
        return check_scenarios(scenarios, profile, seed, watch, engines)
    from update_magnitude.paper_checks.candidates import check_function

    engine = DENSE if DENSE in engines else engines[0]
    return check_function(prediction, scenarios, profile, seed, watch, engine)


def _scenarios_and_claims(what: Any) -> tuple[list[Scenario], list[str]]:
    """What is to be checked: scenarios, each with a title of its own, or names of claims."""
    if what is None or isinstance(what, str | Scenario):
        return [what] if isinstance(what, Scenario) else [], [what] if isinstance(what, str) else []
    given = list(what) if isinstance(what, Iterable) and not isinstance(what, Mapping) else []
    if given and all(isinstance(name, str) for name in given):
        return [], given
    if not given or not all(isinstance(scenario, Scenario) for scenario in given):
        fields.fail("what", what, "a scenario, several, or names of claims are needed")
    return _titled(given), []


def _titled(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """The scenarios, those that share a title told apart by the fields in which they differ."""
    titles = [scenario.title for scenario in scenarios]
    tables = [_flat(scenario.document()) for scenario in scenarios]
    found = []
    for scenario, table in zip(scenarios, tables, strict=True):
        alike = [
            other for other, title in zip(tables, titles, strict=True) if title == scenario.title
        ]
        keys = [key for key in table if any(table[key] != other.get(key) for other in alike)]
        if not keys and len(alike) > 1:
            fields.fail(
                "what", scenario.title, "this scenario is given twice; leave one of them out"
            )
        words = ", ".join(f"{key} = {fields.shown(table[key])}" for key in keys)
        title = f"{scenario.title}: {words}" if words else scenario.title
        found.append(varied(scenario, {"title": title}))
    return found


def _flat(table: Mapping[str, Any], key: str = "") -> dict[str, Any]:
    """The entries of nested tables by their dotted keys.

    Example:
        >>> _flat({"tasks": {"count": 2}})
        {'tasks.count': 2}
    """
    found: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{key}{name}.")
        else:
            found[f"{key}{name}"] = value
    return found
