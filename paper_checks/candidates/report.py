"""What became of candidates, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from update_magnitude.paper_checks.sentences import counts, summary
from update_magnitude.paper_checks.verdicts import HOLDS, INCONCLUSIVE, REFUTED, Verdict

NEAR = 3.0  # |z| of a formula that holds, from which on it is worth a closer look
SHOWN = 60  # characters of a variation's changes that a sentence repeats


def decisive(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts that the exit status follows: those on the scenarios that were given."""
    return [verdict for verdict in verdicts if verdict.variation is None]


def sentences(verdicts: Sequence[Verdict]) -> list[str]:
    """For each candidate and scenario: the verdict there, and where it first breaks."""
    lines = []
    for _, group in groupby(verdicts, key=lambda verdict: (verdict.scenario, verdict.statement)):
        first, *variations = group
        lines += [_of_scenario(first), *(f"  {line}" for line in _of_ladder(first, variations))]
    return lines


def closing(verdicts: Sequence[Verdict]) -> str:
    """How many verdicts there are of each kind."""
    varied = [verdict for verdict in verdicts if verdict.variation]
    return (
        f"{summary(decisive(verdicts))}\n"
        f"{len(varied)} variations, which do not decide: {counts(varied)}."
    )


def _of_scenario(verdict: Verdict) -> str:
    measure = verdict.statement.partition(" = ")[0]
    start = f"{verdict.verdict}: {measure} of “{verdict.scenario}”"
    if verdict.verdict == HOLDS:
        return f"{start}, at a resolution of {verdict.resolution:.2%}"
    return f"{start}: {_numbers(verdict) if verdict.verdict == REFUTED else verdict.reason}"


def _of_ladder(first: Verdict, variations: Sequence[Verdict]) -> Iterator[str]:
    """What the variations say, none of them left out."""
    refuted = [verdict for verdict in variations if verdict.verdict == REFUTED]
    holding = [verdict for verdict in variations if verdict.verdict == HOLDS]
    if refuted and first.verdict != REFUTED:
        edge, *others = refuted
        yield f"breaks first with {edge.variation}{_changes(edge)}: {_numbers(edge)}"
        if others:
            yield f"refuted too with {_names(others)}"
    elif refuted and len(refuted) == len(variations):
        yield "refuted in all variations too"
    elif refuted:
        yield f"refuted with {_names(refuted)}"
    else:
        yield "no variation refutes it"
    if holding:
        yield f"holds with {_names(holding)}"
    left: dict[tuple[str, str | None], list[Verdict]] = {}
    for verdict in variations:
        if verdict.verdict == INCONCLUSIVE:
            tried = "undecided" if verdict.measurement.reading else "not tested"
            left.setdefault((tried, verdict.reason), []).append(verdict)
    for (tried, reason), alike in left.items():
        yield f"{tried} with {_names(alike)}: {reason}"
    near = [verdict for verdict in holding if abs(verdict.z) > NEAR]
    places = [f"here (z = {first.z:+.1f})"] * (first.verdict == HOLDS and abs(first.z) > NEAR)
    places += [f"with {_names(near)}"] * bool(near)
    if places:
        yield (
            f"only just not refuted {' and '.join(places)}: look closer with a finer profile than "
            "this one, such as --profile default after quick"
        )


def _names(verdicts: Sequence[Verdict]) -> str:
    return ", ".join(str(verdict.variation) for verdict in verdicts)


def _changes(verdict: Verdict) -> str:
    """The changes of a variation where they are short; JSON has them all."""
    changes = verdict.document()["changes"] or {}
    text = ", ".join(f"{key} = {value}" for key, value in changes.items())
    return f" ({text})" if len(text) <= SHOWN else ""


def _numbers(verdict: Verdict) -> str:
    return (
        f"predicted {verdict.prediction:.5g}, estimated {float(verdict.estimate):.5g} ± "
        f"{verdict.standard_error:.1g}, z = {verdict.z:+.1f}"
    )
