"""Derivations as they are printed: what fits, what comes first, and signs as written by hand."""

from __future__ import annotations

import dataclasses
import json
import sys
import warnings

import numpy as np
import pytest
import sympy

from update_magnitude import commands
from update_magnitude.theory import theorem, theorem_names
from update_magnitude.theory.proofs.derivation import Kind
from update_magnitude.theory.proofs.equality import identical
from update_magnitude.theory.proofs.evaluation import lower
from update_magnitude.theory.proofs.notation import latex, pretty
from update_magnitude.theory.proofs.signs import Domain
from update_magnitude.theory.proofs.writing import FORMATS, counts, proof
from update_magnitude.theory.results.symbols import eta, m, n, xi

NAMES = theorem_names()
NARROW = 80


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wider_than_the_terminal(name):
    assert max(map(len, proof(theorem(name), "text", NARROW).splitlines())) <= NARROW


@pytest.mark.parametrize("name", NAMES)
def test_signs_change_how_a_formula_is_written_and_not_its_values(name):
    """Every line, exactly at random points; and its evaluation in floating point."""
    for case in theorem(name).cases:
        domain = Domain(case.domain)
        for line in case.derive().lines:
            assert identical(domain.turned(line.result), line.result)
        result = case.derive().result
        symbols = tuple(sorted(result.free_symbols, key=str))
        values = np.random.default_rng(0).uniform(1, 9, (len(symbols), 20))
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            first, second = (
                lower(symbols, entry)(*values) for entry in (result, domain.turned(result))
            )
        np.testing.assert_allclose(first, second, rtol=1e-6, atol=1e-9)


class TestSigns:
    def test_a_root_is_written_as_a_person_would(self):
        (case,) = theorem("optimal-count-forgetting").cases
        written = Domain(case.domain).turned(case.derive().result)
        assert pretty(written).splitlines() == ["√ξ⋅(n + 1)", "──────────", " √ξ - √η"]
        assert latex(written) == (r"\frac{\sqrt{\xi} \left(n + 1\right)}{\sqrt{\xi} - \sqrt{\eta}}")

    def test_a_difference_is_turned_round_only_where_it_is_negative(self):
        difference = 1 / (n - m - 1)
        under, over, both = Domain((n > m + 1,)), Domain((m > n + 1,)), Domain((n > 0,))
        assert under.turned(difference) == difference
        assert over.turned(difference) == -1 / (m - n + 1)
        assert both.turned(difference) == difference

    def test_even_powers_keep_their_sign(self):
        domain = Domain((xi > eta,))
        assert domain.turned((eta - xi) ** 2 * n) == n * (xi - eta) ** 2
        assert domain.turned((eta - xi) ** 3 * n) == -n * (xi - eta) ** 3

    def test_a_sum_begins_with_a_term_that_has_no_minus(self):
        assert pretty(sympy.sqrt(xi) - sympy.sqrt(eta)) == "√ξ - √η"
        assert pretty(-xi - eta).startswith("-")


class TestOrder:
    @pytest.mark.parametrize("style", FORMATS)
    def test_the_result_comes_first_and_last(self, style):
        texts = {"text": "√ξ⋅(n + 1)", "plain": "sqrt(xi)*(n + 1)"}
        formula = texts.get(style, r"\sqrt{\xi} \left(n + 1\right)")
        written = proof(theorem("optimal-count-forgetting"), style)
        first, last = written.index(formula), written.rindex(formula)
        assert written.index("omain") < first < written.index("(1) ")
        assert last > written.index("(8) ")

    def test_plain_formulas_need_no_stand_ins_and_fit(self):
        rows = proof(theorem("optimal-count-forgetting"), "plain", 60).splitlines()
        formulas = [row for row in rows if row.startswith("    ")]
        assert len(formulas) > 9
        assert all(row.isascii() and len(row) <= 60 for row in formulas)

    def test_every_regime_has_its_result_before_the_first_derivation(self):
        written = proof(theorem("update-noise"), "text")
        for regime in ("overparameterized", "underparameterized"):
            assert written.index(f"result, {regime}:") < written.index("(1) ")


class TestSymbols:
    def test_a_text_explains_the_symbols_of_the_result(self):
        written = proof(theorem("haar-mean"), "text")
        legend = written[written.index("symbols:") : written.index("result:")].splitlines()
        assert legend[1] == f"  m  {theorem('haar-mean').symbols['m'].meaning}"
        assert legend[2].startswith("  n  dimension of the subspace")

    def test_symbols_are_called_as_the_formulas_have_them(self):
        written = {style: proof(theorem("chi-square-square"), style) for style in ("text", "plain")}
        assert "\n  ν  degrees of freedom" in written["text"]
        assert "\n  nu  degrees of freedom" in written["plain"]

    def test_a_number_has_no_symbols_to_explain(self):
        constant = theorem("fixed-signal-plateau-forgetting")
        none = dataclasses.replace(
            constant, cases=(dataclasses.replace(constant.cases[0], domain=()),)
        )
        assert "symbols:" in proof(constant, "text")
        assert "symbols:" not in proof(none, "text")

    def test_json_has_them_by_argument(self, monkeypatch, capsys):
        monkeypatch.setattr(sys, "argv", ["update-magnitude", "derive", "haar-mean", "--json"])
        with pytest.raises(SystemExit):
            commands.main()
        (found,) = json.loads(capsys.readouterr().out)
        assert list(found["symbols"]) == found["arguments"] == ["m", "n"]
        assert set(found["symbols"]["n"]) == {"text", "latex", "meaning"}


class TestKinds:
    def test_references_and_tests_are_named(self):
        written = proof(theorem("update-noise"), "text", 1000)
        assert "(1) assumption, lemma: " in written
        assert "[Muirhead, Aspects of Multivariate Statistical Theory" in written
        assert "[tests/test_lemmas.py::" in proof(theorem("first-task-error"), "markdown")

    def test_json_says_the_kind_of_every_line(self, monkeypatch, capsys):
        monkeypatch.setattr(sys, "argv", ["update-magnitude", "derive", "update-noise", "--json"])
        with pytest.raises(SystemExit):
            commands.main()
        (found,) = json.loads(capsys.readouterr().out)
        lines = [line for case in found["cases"] for line in case["lines"]]
        assert {line["kind"] for line in lines} == {"assumption", "derived"}
        assert all((line["reference"] is None) == (line["kind"] != "assumption") for line in lines)
        assert found["kinds"] == counts(theorem("update-noise"))
        assert list(found["kinds"]) == [str(kind) for kind in Kind]


def test_what_is_too_wide_is_broken_before_a_sign():
    a, b, c = sympy.symbols("a_long_name another_long_name third_long_name")
    wide = pretty(a / n + b / m - c / n, 40)
    assert max(map(len, wide.splitlines())) <= 40
    assert len(wide.split("\n\n")) == 2
    assert pretty(a / n + b / m - c / n).count("\n\n") == 0
