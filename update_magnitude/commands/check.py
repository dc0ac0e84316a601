"""``update-magnitude check``."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated

import typer

from update_magnitude.commands.options import EngineName, ProfileName, Seed, naming
from update_magnitude.commands.statuses import FAILED, INTERRUPTED, REFUTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from update_magnitude.paper_checks.candidates import Candidate
    from update_magnitude.paper_checks.verdicts import Outcome
    from update_magnitude.scenarios import Scenario

What = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CLAIM... | SCENARIO.toml]",
        help="Claims to check, or a scenario (several with --candidate). Default: all claims.",
    ),
]
CandidateFile = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="Formulas of your own (.toml or .py), to check in the scenarios given."
    ),
]
Effort = Annotated[
    ProfileName, typer.Option(help="quick: 2% resolution; default: 0.5%; thorough: 0.1%.")
]
Engine = Annotated[
    EngineName | None, typer.Option(help="Simulate with one engine only; both, if not given.")
]
Output = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Write report.json, report.md and report.html there."),
]
SelfTest = Annotated[
    bool, typer.Option("--self-test", help="Judge the checks: no wrong prediction may survive.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON list.")]
Listing = Annotated[bool, typer.Option("--list", help="List the claims and stop.")]


def check(
    what: What = None,
    candidate: CandidateFile = None,
    profile: Effort = ProfileName.default,
    seed: Seed = 0,
    engine: Engine = None,
    output: Output = None,
    self_testing: SelfTest = False,
    as_json: AsJson = False,
    listing: Listing = False,
) -> None:
    """Verify predictions by simulation: the main job.

    A prediction *holds* if the simulation agrees with it and would have refuted one that is off by
    the profile's resolution; it is *refuted* if they differ; else the check is *inconclusive*.

    Exit status: 0 all hold, 1 something refuted, 2 bad input, 3 inconclusive, 4 anything else that
    went wrong. Ctrl-C ends a run early: what was finished is judged and reported, with status 1 if
    some of it is refuted, else 130.

    Examples:
        update-magnitude check

        update-magnitude check small-distances best-count --output report

        update-magnitude check my-scenario.toml --json

        update-magnitude check --self-test --profile quick

        update-magnitude check --candidate my-formula.toml two-close-tasks my-scenario.toml
    """
    if listing:
        _list(as_json)
        return
    if candidate is not None:
        _refuse_beside_candidate(engine, output, self_testing)
        outcome = _run_candidates(candidate, what or [], profile.value, seed)
    else:
        _require_folder(output)
        outcome = _run(what or [], profile.value, seed, engine)
    for note in outcome.notes:
        print(f"note: {note}", file=sys.stderr)
    _write_reports(outcome, output)
    raise typer.Exit(_ended(outcome, _show(outcome, self_testing, as_json)))


def _ended(outcome: Outcome, status: int) -> int:
    """The exit status of a run that may have been cut short, which it says."""
    if not outcome.interrupted:
        return status
    print(
        "interrupted: only what was finished is judged; nothing is kept for another run",
        file=sys.stderr,
    )
    return status if status in (REFUTED, FAILED) else INTERRUPTED


def _require_folder(folder: Path | None) -> None:
    """Make the folder of the reports before anything is simulated for them."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = f"{error.strerror or error}; name a folder that can be written"
        raise typer.BadParameter(f"{folder}: {reason}", param_hint="'--output'") from None


def _refuse_beside_candidate(
    engine: EngineName | None, output: Path | None, self_testing: bool
) -> None:
    given = {"--engine": engine, "--output": output, "--self-test": self_testing or None}
    for name, value in given.items():
        if value is not None:
            reason = "it has no meaning beside --candidate; leave one of them out"
            raise typer.BadParameter(reason, param_hint=f"'{name}'")


def _write_reports(outcome: Outcome, folder: Path | None) -> None:
    if folder is not None:
        from update_magnitude.paper_checks.reports import write_reports

        for path in write_reports(outcome, folder):
            print(path, file=sys.stderr)


def _show(outcome: Outcome, self_testing: bool, as_json: bool) -> int:
    """Print the verdicts, or what became of the negative controls; the exit status."""
    from update_magnitude.paper_checks.judging import exit_status
    from update_magnitude.paper_checks.self_test import self_test, self_test_status
    from update_magnitude.paper_checks.table import show, show_self_test, terminal

    mistakes = self_test(outcome)
    if as_json:
        _print_json([row.document() for row in (mistakes if self_testing else outcome)])
    elif self_testing:
        show_self_test(mistakes, terminal())
    else:
        show(outcome.verdicts, terminal())
    return self_test_status(mistakes) if self_testing else exit_status(outcome)


def _print_json(rows: Sequence[object]) -> None:
    import json

    print(json.dumps(rows, allow_nan=False))


def _run_candidates(file: str, names: list[str], profile_name: str, seed: int) -> Outcome:
    from update_magnitude.paper_checks.candidates import check_candidates, read_candidates
    from update_magnitude.paper_checks.profiles import PROFILES
    from update_magnitude.scenarios import ScenarioError
    from update_magnitude.scenarios.fields import one_line
    from update_magnitude.simulations.compilation import keep_compiled
    from update_magnitude.simulations.progress import progress_bar

    if not names:
        raise ScenarioError(
            f"--candidate {one_line(file)}: in which scenarios? name at least one after it, a file "
            "or a preset"
        )
    candidates = read_candidates(file)
    scenarios = _scenarios_of(candidates, names)
    keep_compiled()
    with progress_bar("starting") as watch:
        return check_candidates(candidates, scenarios, PROFILES[profile_name], seed, watch)


def _scenarios_of(candidates: Sequence[Candidate], names: list[str]) -> list[Scenario]:
    """The scenarios that candidates are to be tried in, each with a title of its own."""
    from update_magnitude.paper_checks.candidates.checking import require_values
    from update_magnitude.scenarios import ScenarioError, load

    titled: dict[str, Scenario] = {}
    for name in names:
        scenario = load(name)
        try:
            require_values(candidates, scenario)
        except ScenarioError as error:
            raise ScenarioError(f"{name}: {error}") from None
        if scenario.title in titled:
            raise ScenarioError(
                f"{name}: title = {scenario.title!r}: another scenario given has it; choose one "
                "title for each"
            )
        titled[scenario.title] = scenario
    return list(titled.values())


def _run(what: list[str], profile_name: str, seed: int, engine: EngineName | None) -> Outcome:
    from dataclasses import replace

    from update_magnitude.paper_checks.profiles import PROFILES
    from update_magnitude.paper_checks.questions import ENGINES
    from update_magnitude.paper_checks.running import check_claims, check_scenario
    from update_magnitude.scenarios import ScenarioError, load
    from update_magnitude.simulations.compilation import keep_compiled
    from update_magnitude.simulations.processes import useful_workers
    from update_magnitude.simulations.progress import announce, progress_bar

    profile = PROFILES[profile_name]
    path = _scenario(what)
    scenario = load(path) if path is not None else None
    engines = ENGINES if engine is None else (engine.value,)
    if scenario is None or profile_name == ProfileName.thorough:
        announce(
            f"this may take long (profile {profile_name}): all claims take about seven minutes "
            "on two cores at the profile default; Ctrl-C judges what is finished"
        )
    keep_compiled()
    with progress_bar("starting") as watch:
        if scenario is not None:
            with naming(what[0]):
                outcome = check_scenario(scenario, profile, seed, watch, engines)
            return replace(outcome, subject=tuple(what))
        outcome = check_claims(what, profile, seed, watch, engines, useful_workers())
    if not outcome.verdicts and not outcome.interrupted:
        raise ScenarioError(
            f"--engine {engines[0]}: {', '.join(what)} can only be drawn literally; leave it out"
        )
    return outcome


def _scenario(what: list[str]) -> str | None:
    """The scenario among the arguments, or None if they are claims."""
    from update_magnitude.paper_checks.claims import CLAIMS
    from update_magnitude.scenarios import ScenarioError, preset_names

    unknown = [name for name in what if name not in CLAIMS]
    if not unknown:
        return None
    first = unknown[0]
    is_scenario = first.endswith(".toml") or Path(first).is_file() or first in preset_names()
    if is_scenario and len(what) == 1:
        return first
    if is_scenario:
        raise ScenarioError(f"{first}: one scenario at a time, and no claims beside it")
    close = get_close_matches(first, [*CLAIMS, *preset_names()], n=1)
    hint = f"did you mean {close[0]}?" if close else f"claims: {', '.join(CLAIMS)}"
    raise ScenarioError(f"{first}: neither a claim nor a scenario, a file or a preset; {hint}")


def _list(as_json: bool) -> None:
    from dataclasses import asdict

    from update_magnitude.paper_checks.claims import CLAIMS

    if as_json:
        _print_json([asdict(claim) for claim in CLAIMS.values()])
        return
    for claim in CLAIMS.values():
        print(f"{claim.name}\n    {claim.statement}\n    source: {claim.source}")
