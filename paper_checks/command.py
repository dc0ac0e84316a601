"""``update-magnitude check``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from paper_checks.judging import Verdict
    from paper_checks.running import Watch
    from scenarios import Scenario


class ProfileName(StrEnum):
    """How hard a run looks."""

    quick = "quick"
    default = "default"
    thorough = "thorough"


def check(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CLAIM... | SCENARIO.toml]",
            help="Claims to check, or a scenario (several with --candidate). Default: all claims.",
        ),
    ] = None,
    candidate: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Formulas of your own (.toml or .py), to check in the scenarios given.",
        ),
    ] = None,
    profile: Annotated[
        ProfileName,
        typer.Option(help="quick: 2% resolution; default: 0.5%; thorough: 0.1%."),
    ] = ProfileName.default,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the random numbers.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
    listing: Annotated[bool, typer.Option("--list", help="List the claims and stop.")] = False,
) -> None:
    """Verify predictions by simulation: the main job.

    A prediction *holds* if the simulation agrees with it and would have refuted one that is off by
    the profile's resolution; it is *refuted* if they differ; else the check is *inconclusive*.

    Exit status: 0 all hold, 1 something refuted, 2 bad input, 3 inconclusive.

    Examples:
        update-magnitude check

        update-magnitude check forgetting critical-distance --profile quick

        update-magnitude check my-scenario.toml --json

        update-magnitude check --candidate my-formula.toml two-close-tasks my-scenario.toml
    """
    if listing:
        _list(as_json)
        return
    if candidate is None:
        verdicts = _run(what or [], profile.value, seed)
    else:
        verdicts = _run_candidates(candidate, what or [], profile.value, seed)
    if as_json:
        import json

        print(json.dumps([verdict.document() for verdict in verdicts], allow_nan=False))
    else:
        _show(verdicts, candidate is not None)
    from paper_checks.judging import exit_status

    raise typer.Exit(exit_status(verdicts))


def _show(verdicts: list[Verdict], of_candidates: bool) -> None:
    from rich.console import Console

    from paper_checks.table import WIDTH, show, show_with

    # A narrow terminal wraps lines; a table squeezed into it would lose words.
    console = Console(width=max(WIDTH, Console().width))
    if of_candidates:
        from paper_checks.candidates.report import closing, sentences

        show_with(verdicts, [*sentences(verdicts), closing(verdicts)], console)
    else:
        show(verdicts, console)


def _run_candidates(file: str, names: list[str], profile_name: str, seed: int) -> list[Verdict]:
    from paper_checks.candidates import check_candidates, read_candidates
    from paper_checks.profiles import PROFILES
    from scenarios import ScenarioError
    from scenarios.fields import one_line
    from simulations.compilation import keep_compiled
    from simulations.progress import progress_bar

    if not names:
        raise ScenarioError(
            f"--candidate {one_line(file)}: in which scenarios? name at least one after it, a file "
            "or a preset"
        )
    candidates, scenarios = read_candidates(file), _two_task_scenarios(names)
    keep_compiled()
    with progress_bar("starting") as show:
        return check_candidates(candidates, scenarios, PROFILES[profile_name], seed, show)


def _two_task_scenarios(names: list[str]) -> list[Scenario]:
    """The scenarios that candidates are to be tried in, told apart by their titles."""
    from paper_checks.candidates.checking import require_two_tasks
    from scenarios import ScenarioError, load

    found: dict[str, Scenario] = {}
    for name in names:
        scenario = load(name)
        try:
            require_two_tasks(scenario)
        except ScenarioError as error:
            raise ScenarioError(f"{name}: {error}") from None
        if scenario.title in found:
            raise ScenarioError(
                f"{name}: title = {scenario.title!r}: another scenario given has it; choose one "
                "title for each"
            )
        found[scenario.title] = scenario
    return list(found.values())


def _run(what: list[str], profile_name: str, seed: int) -> list[Verdict]:
    from paper_checks.profiles import PROFILES
    from paper_checks.running import check_claims, check_scenario
    from scenarios import load
    from simulations.compilation import keep_compiled
    from simulations.progress import progress_bar

    profile = PROFILES[profile_name]
    path = _scenario(what)
    scenario = load(path) if path is not None else None
    keep_compiled()
    with progress_bar("starting") as show:
        watch: Watch = show
        if scenario is not None:
            return check_scenario(scenario, profile, seed, watch)
        return check_claims(what, profile, seed, watch)


def _scenario(what: list[str]) -> str | None:
    """The scenario among the arguments, or None if they are claims."""
    from paper_checks.claims import CLAIMS
    from scenarios import ScenarioError, preset_names

    unknown = [name for name in what if name not in CLAIMS]
    if not unknown:
        return None
    first = unknown[0]
    is_scenario = first.endswith(".toml") or Path(first).is_file() or first in preset_names()
    if is_scenario and len(what) == 1:
        return first
    if is_scenario:
        raise ScenarioError(f"{first}: one scenario at a time, and no claims beside it")
    raise ScenarioError(
        f"{first}: neither a claim nor a scenario file; claims: {', '.join(CLAIMS)}"
    )


def _list(as_json: bool) -> None:
    from paper_checks.claims import CLAIMS

    if as_json:
        import json
        from dataclasses import asdict

        print(json.dumps([asdict(claim) for claim in CLAIMS.values()]))
        return
    for claim in CLAIMS.values():
        print(f"{claim.name}\n    {claim.statement}\n    source: {claim.source}")
