"""What was found of candidates, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from update_magnitude.paper_checks.sentences import counts, summary
from update_magnitude.paper_checks.verdicts import HOLDS, INCONCLUSIVE, REFUTED, Verdict

SHOWN = 60  # characters of a variation's changes that a sentence repeats


def decisive(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts that the exit status follows: those on the scenarios that were given."""
    return [verdict for verdict in verdicts if verdict.measurement.question.variation is None]


def sentences(verdicts: Sequence[Verdict]) -> list[str]:
    """For each candidate and scenario: what was found there, and where it first breaks."""
    lines = []
    for _, of_one in groupby(verdicts, key=_subject):
        first, *variations = of_one
        lines += [_of_scenario(first), *(f"  {line}" for line in _of_ladder(first, variations))]
    return lines


def closing(verdicts: Sequence[Verdict]) -> str:
    """How many verdicts there are of each kind."""
    varied = [verdict for verdict in verdicts if verdict.measurement.question.variation]
    return (
        f"{summary(decisive(verdicts))}\n"
        f"{len(varied)} variations, which do not decide: {counts(varied)}."
    )


def _subject(verdict: Verdict) -> tuple[str, str]:
    question = verdict.measurement.question
    return question.scenario, question.claim.statement


def _of_scenario(verdict: Verdict) -> str:
    question = verdict.measurement.question
    measure = question.claim.statement.partition(" = ")[0]
    start = f"{verdict.verdict}: {measure} of “{question.scenario}”"
    if verdict.verdict == HOLDS:
        return f"{start}, at a resolution of {verdict.resolution:.2%}"
    return f"{start}: {_numbers(verdict) if verdict.verdict == REFUTED else verdict.reason}"


def _of_ladder(first: Verdict, variations: Sequence[Verdict]) -> Iterator[str]:
    """What the variations say, none of them left out."""
    refuted = [variation for variation in variations if variation.verdict == REFUTED]
    holding = [_name(variation) for variation in variations if variation.verdict == HOLDS]
    if refuted and first.verdict != REFUTED:
        edge, *refuted = refuted
        yield f"breaks first with {_name(edge)}{_changes(edge)}: {_numbers(edge)}"
        if refuted:
            yield f"refuted too with {', '.join(map(_name, refuted))}"
    elif refuted and len(refuted) == len(variations):
        yield "refuted in all variations too"
    elif refuted:
        yield f"refuted with {', '.join(map(_name, refuted))}"
    else:
        yield "no variation refutes it"
    if holding:
        yield f"holds with {', '.join(holding)}"
    for reason, names in _open(variations).items():
        yield f"{reason[0]} with {', '.join(names)}: {reason[1]}"


def _open(variations: Sequence[Verdict]) -> dict[tuple[str, str], list[str]]:
    """What is undecided or was not tested, by the reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for verdict in variations:
        if verdict.verdict == INCONCLUSIVE:
            tried = "undecided" if verdict.measurement.reading else "not tested"
            found.setdefault((tried, verdict.reason or ""), []).append(_name(verdict))
    return found


def _name(verdict: Verdict) -> str:
    variation = verdict.measurement.question.variation
    return variation.name if variation else ""


def _changes(verdict: Verdict) -> str:
    """The changes of a variation where they are short; JSON has them all."""
    variation = verdict.measurement.question.variation
    changes = variation.changes.items() if variation else ()
    text = ", ".join(f"{key} = {value}" for key, value in changes)
    return f" ({text})" if len(text) <= SHOWN else ""


def _numbers(verdict: Verdict) -> str:
    question, reading = verdict.measurement.question, verdict.measurement.reading
    if reading is None:
        return verdict.reason or ""
    return (
        f"predicted {question.prediction:.5g}, estimated {reading.estimate:.5g} ± "
        f"{reading.standard_error:.1g}, z = {verdict.z:+.1f}"
    )
