"""Which theorems cite which: the arrows between them are those of their derivations."""

from __future__ import annotations

import dataclasses

import pytest

from update_magnitude.theory import theorem, theorem_names
from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.citations import cited, owners
from update_magnitude.theory.proofs.theorem import Theorem, one_case
from update_magnitude.theory.results.symbols import m, n
from update_magnitude.theory.theorems import UnknownTheoremError, uses

NAMES = theorem_names()


def rests_on(name: str) -> set[str]:
    """The theorems that are reached from one by any number of citations."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        new = set(uses(waiting.pop())) - reached
        reached |= new
        waiting += new
    return reached


def made_up(name: str, *sources) -> Theorem:
    """A theorem whose derivation cites some derivations."""
    chain = Chain()
    chain.define(m + n, name)
    for source in sources:
        chain.cite(source, "cited")
    derivation = chain.done()
    return Theorem(name, name, "made up", one_case(lambda: derivation))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("haar-along", ()),
        ("update-noise", ("inverse-chi-square",)),
        ("optimal-update-penalty", ("optimal-update-share", "optimal-update-noise")),
        # Its derivation goes through the moments of one update, which are no theorem's.
        ("sequence-step", ("haar-mean", "haar-along", "haar-across", "update-noise")),
    ],
)
def test_known_citations(name, expected):
    assert uses(name) == theorem(name).uses == expected


@pytest.mark.parametrize("name", NAMES)
def test_no_theorem_rests_on_itself(name):
    assert name not in rests_on(name)


@pytest.mark.parametrize("name", NAMES)
def test_citations_lead_to_all_that_a_derivation_rests_on(name):
    owner = owners(map(theorem, NAMES))
    everything = {one for case in theorem(name).cases for one in case.derive().everything()}
    assert rests_on(name) == {owner[one] for one in everything if one in owner} - {name}


def test_no_two_theorems_have_the_same_derivation():
    cases = [case for name in NAMES for case in theorem(name).cases]
    assert len(owners(map(theorem, NAMES))) == len(cases)


def test_what_is_no_theorem_is_followed_and_what_is_one_is_not():
    first = made_up("first")
    second = made_up("second", first.cases[0].derive())
    nameless = made_up("nameless", second.cases[0].derive())
    last = made_up("last", nameless.cases[0].derive())
    owner = owners([first, second, last])
    assert cited(last, owner) == {"second"}
    assert cited(second, owner) == {"first"}
    assert cited(first, owner) == frozenset()


def test_what_cannot_be_answered_is_said():
    with pytest.raises(UnknownTheoremError, match="sequence-stap: no theorem of that name"):
        uses("sequence-stap")
    alone = dataclasses.replace(theorem("haar-mean"), citations=None)
    with pytest.raises(TypeError, match="haar-mean: uses needs a theorem as"):
        _ = alone.uses
