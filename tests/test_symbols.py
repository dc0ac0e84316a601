"""What the symbols of theorems mean: a few plain words for each, which fit its theorem."""

from __future__ import annotations

import re

import pytest

from update_magnitude.theory import theorem, theorem_names
from update_magnitude.theory.proofs.notation import MEANINGS, NAMES, explained, symbol
from update_magnitude.theory.results.symbols import m, nu

LONGEST = 90


@pytest.mark.parametrize("name", theorem_names())
class TestEveryTheorem:
    def test_its_symbols_are_its_arguments(self, name):
        proved = theorem(name)
        assert tuple(proved.symbols) == proved.arguments

    def test_each_symbol_is_explained_in_a_few_words(self, name):
        for argument, (text, latex, meaning) in theorem(name).symbols.items():
            assert text, argument
            assert latex, argument
            assert len(meaning) <= LONGEST, argument
            words = re.findall(r"[a-zA-Z]{2,}", meaning.replace(text, "").replace(argument, ""))
            assert len(words) >= 2, (argument, meaning)

    def test_it_says_more_closely_only_what_it_has(self, name):
        proved = theorem(name)
        for argument in set(proved.meanings) & set(proved.arguments):
            usual = explained(next(s for s in proved._symbols if str(s) == argument), {}).meaning
            assert proved.meanings[argument] != usual


def test_meanings_are_phrases_and_no_sentences():
    for named, meaning in MEANINGS.items():
        assert meaning == meaning.strip(" ."), named
        assert "  " not in meaning, named


def test_no_theorem_explains_what_no_theorem_has():
    said = {key for name in theorem_names() for key in theorem(name).meanings}
    used = {key for name in theorem_names() for key in theorem(name).arguments}
    assert said <= used


def test_one_symbol_has_one_meaning_and_is_written_in_one_way():
    assert symbol("nu", "ν", r"\nu", parameter=True, positive=True) == nu
    assert symbol("m", positive=True) == m
    with pytest.raises(ValueError, match="m: this symbol means “parameters that the update"):
        symbol("m", meaning="minutes", positive=True)
    with pytest.raises(ValueError, match="nu: this symbol is written ν already, not n"):
        symbol("nu", "n", "n", positive=True)
    assert NAMES[nu] == ("ν", r"\nu")


def test_what_a_theorem_says_of_a_symbol_is_what_counts():
    assert theorem("sequence-risk").symbols["R_0"].meaning == MEANINGS[start()]
    assert "mean over all tasks" in theorem("sequence-generalization").symbols["R_0"].meaning
    assert "θ_1 being given" in theorem("forgetting-variance").symbols["e_e"].meaning


def start():
    from update_magnitude.theory.results.symbols import start as before

    return before


def test_a_gap_to_the_threshold_is_not_written_as_a_residual():
    """Both were once the symbol s, so that derivations showed one in the place of the other."""
    from update_magnitude.theory.results.capacity import short
    from update_magnitude.theory.results.estimated_update import residual

    assert short != residual
    assert "(1) definition: m = n − 1 − s" in theorem("capacity-count-forgetting").derivation
    assert "E r²" not in theorem("capacity-count-forgetting").derivation
