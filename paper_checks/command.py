"""``update-magnitude check``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from paper_checks.judging import Verdict
    from paper_checks.running import Watch


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
            help="Claims to check, or a scenario to check. Default: all claims.",
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
    """
    if listing:
        _list(as_json)
        return
    verdicts = _run(what or [], profile.value, seed)
    if as_json:
        import json

        print(json.dumps([verdict.document() for verdict in verdicts], allow_nan=False))
    else:
        from rich.console import Console

        from paper_checks.table import WIDTH, show

        # A narrow terminal wraps lines; a table squeezed into it would lose words.
        show(verdicts, Console(width=max(WIDTH, Console().width)))
    from paper_checks.judging import exit_status

    raise typer.Exit(exit_status(verdicts))


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
