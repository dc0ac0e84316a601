"""Every line of every derivation has a kind, and names what that kind has to name."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import sympy

from update_magnitude.theory import theorem, theorem_names
from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import (
    DEFINITION,
    DERIVED,
    Derivation,
    DerivationError,
    Kind,
    Origin,
    stated,
)
from update_magnitude.theory.proofs.rules import Start, Substitution
from update_magnitude.theory.results.proximal import second_moment, stieltjes, third_moment
from update_magnitude.theory.results.proximal_size import second_correction
from update_magnitude.theory.results.symbols import D_S, N, m, n

ROOT = Path(__file__).parent.parent
CITED = {
    "Weyl",
    "Muirhead",
    "Marchenko and Pastur",
    "Bai and Silverstein",
    "Bai and Silverstein, Spectral Analysis",
}


@cache
def all_origins() -> Counter[Origin]:
    """How many lines of each origin there are, each counted once."""
    lines = {
        id(line): line
        for name in theorem_names()
        for case in theorem(name).cases
        for derivation in case.derive().everything()
        for line in derivation.lines
    }
    return Counter(line.origin for line in lines.values())


def test_lines_of_every_kind_are_counted(capsys):
    counts = Counter[Kind]()
    for origin, count in all_origins().items():
        counts[origin.kind] += count
    with capsys.disabled():
        print("\nlines:", ", ".join(f"{count} {kind}" for kind, count in counts.items()))
    assert set(counts) == set(Kind)
    assert counts[Kind.DERIVED] > 0.7 * counts.total()


def test_every_assumption_names_a_reference_with_its_theorem():
    references = {
        all_origin.reference for all_origin in all_origins() if all_origin.kind is Kind.ASSUMPTION
    }
    assert {
        name for reference in references for name in CITED if reference.startswith(name)
    } == CITED
    assert len(references) == len(CITED)
    assert all("Theorem" in reference or "Lemma" in reference for reference in references)


def test_every_stated_line_names_a_test_that_exists():
    named = {all_origin.test for all_origin in all_origins() if all_origin.kind is Kind.STATED}
    assert len(named) > 5
    for test in named:
        file, _, name = test.partition("::")
        assert name in declared_tests(file), test


def test_a_test_that_does_not_exist_would_be_missed():
    """The negative control of the test before."""
    assert "test_no_such_thing" not in declared_tests("tests/test_line_kinds.py")
    assert "test_a_test_that_does_not_exist_would_be_missed" in declared_tests(
        "tests/test_line_kinds.py"
    )


@pytest.mark.parametrize("name", theorem_names())
def test_what_comes_from_outside_never_counts_as_derived(name):
    """A start that nothing verifies, or a formula that was put in, is no derived line."""
    for case in theorem(name).cases:
        for derivation in case.derive().everything():
            for line in derivation.lines:
                bare = isinstance(line.rule, Start) or (
                    isinstance(line.rule, Substitution)
                    and any(isinstance(value, sympy.Expr) for value in line.rule.values)
                )
                if bare and line.rule.test is None:
                    assert line.origin.kind is not Kind.DERIVED


@pytest.mark.parametrize("derivation", [stieltjes, second_moment, third_moment, second_correction])
def test_moments_that_are_only_put_into_others_hold(derivation):
    """What numbers are computed from without being a theorem, or a line of one."""
    derivation().verify()


class TestWhatIsRefused:
    def test_a_kind_without_what_it_has_to_name(self):
        for kind in (Kind.ASSUMPTION, Kind.STATED):
            with pytest.raises(ValueError, match="names"):
                Origin(kind)
        with pytest.raises(ValueError, match="reference"):
            Origin(Kind.DERIVED, reference="somewhere")

    def test_a_formula_from_outside_as_a_derived_substitution(self):
        chain = Chain()
        chain.define(n * N, "a start")
        with pytest.raises(ValueError, match="not derived"):
            chain.replace({N: D_S}, "because I say so", DERIVED)

    def test_a_mean_as_a_parameter(self):
        """Only what may have any value can be specialized: a mean has one."""
        chain = Chain()
        chain.define(n * N, "a start")
        chain.specialize({N: sympy.Integer(0)}, "as it suits")
        with pytest.raises(DerivationError, match="line 2"):
            chain.done().verify()
        chain = Chain()
        chain.define(n * N, "a start")
        chain.specialize({n: m}, "at n = m")
        chain.done().verify()

    def test_a_derivation_that_does_not_hold_wherever_it_is_put_in(self):
        """Also where its result is only substituted, and not cited by a line of its own."""
        wrong = Chain()
        wrong.define(n + m, "a start")
        wrong.rewrite(lambda found: 2 * found, "not the same")
        chain = Chain()
        chain.define(D_S, "a start")
        chain.substitute({D_S: wrong.done()}, "with what does not hold")
        with pytest.raises(DerivationError):
            chain.done().verify()

    def test_another_value_than_the_line_or_derivation_has(self):
        chain = Chain()
        start = chain.define(D_S * N, "a start")
        value = chain.define(n - 1, "a value")
        chain.substitute({D_S: value}, "with the value", line=start)
        derivation = chain.done()
        derivation.verify()
        first, second, third = derivation.lines
        changed = type(second)(n - 2, second.rule, second.uses, second.because, second.origin)
        with pytest.raises(DerivationError, match="line 3"):
            Derivation((first, changed, third)).verify()

    def test_an_expansion_that_fails_its_test(self):
        chain = Chain()
        chain.define(D_S, "a start")
        chain.expand({D_S: N}, "so it is", lambda pairs: False)
        with pytest.raises(DerivationError):
            chain.done().verify()


def test_a_derivation_counts_what_it_cites_once():
    chain = Chain()
    chain.define(n, "a definition")
    first, second = chain.done(), Chain()
    second.cite(first, "cited")
    second.substitute({n: first}, "twice")
    second.state(m, "stated", "tests/test_line_kinds.py::test_nothing")
    lines = [line for entry in second.done().everything() for line in entry.lines]
    counts = Counter(line.origin for line in lines)
    assert counts[DERIVED] == 2
    assert counts[stated("tests/test_line_kinds.py::test_nothing")] == 1
    assert counts[DEFINITION] == 1


@cache
def declared_tests(file: str) -> set[str]:
    """The names of all tests of a file, by its syntax tree."""
    tree = ast.parse((ROOT / file).read_text())
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
