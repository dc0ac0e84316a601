"""Theorems: derivations that fail when they are wrong, formulas that agree with result R."""

from __future__ import annotations

import dataclasses
import json
import sys

import pytest
import sympy

from update_magnitude import commands
from update_magnitude.theory import theorem, theorem_names
from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import Derivation, DerivationError
from update_magnitude.theory.proofs.equality import identical
from update_magnitude.theory.proofs.rules import Start
from update_magnitude.theory.proofs.writing import FORMATS, document, proof

NAMES = theorem_names()


@pytest.mark.parametrize("name", NAMES)
def test_every_line_follows(name):
    theorem(name).verify()


@pytest.mark.parametrize("name", NAMES)
def test_every_line_that_is_tampered_with_is_found(name):
    """Each line but the given ones is changed a little, alone; so is what a given one leads to."""
    for case in theorem(name).cases:
        derivation = case.derive()
        for number, line in enumerate(derivation.lines):
            if isinstance(line.rule, Start) and line.rule.test is None:
                continue
            wrong = dataclasses.replace(line, result=line.result * sympy.Rational(101, 100))
            lines = (*derivation.lines[:number], wrong, *derivation.lines[number + 1 :])
            if line.rule.name == "solving" or line.result != 0:
                with pytest.raises(DerivationError, match="does not follow"):
                    Derivation(lines).verify()


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_start_is_found_by_the_line_after_it(name):
    for case in theorem(name).cases:
        derivation = case.derive()
        first = dataclasses.replace(
            derivation.lines[0], result=(derivation.lines[0].result * 8 + 1) / 7
        )
        with pytest.raises(DerivationError):
            Derivation((first, *derivation.lines[1:])).verify()


def test_a_line_cannot_use_what_comes_after_it():
    chain = Chain()
    chain.define(sympy.Symbol("t"), "a start")
    chain.rewrite(sympy.expand, "the same")
    first, second = chain.done().lines
    with pytest.raises(DerivationError):
        Derivation((dataclasses.replace(second, uses=(1,)), first)).verify()


def test_identities_are_told_from_near_misses():
    t, y = sympy.symbols("t y", positive=True)
    assert identical((t + y) ** 2, t**2 + 2 * t * y + y**2)
    assert not identical((t + y) ** 2, t**2 + 2 * t * y + y**2 + sympy.Rational(1, 10**12))
    assert identical(sympy.sqrt(t * y), sympy.sqrt(t) * sympy.sqrt(y))
    assert not identical(sympy.sqrt(t + y), sympy.sqrt(t) + sympy.sqrt(y))


@pytest.mark.parametrize("style", FORMATS)
@pytest.mark.parametrize("name", NAMES)
def test_proofs_are_written_out(name, style):
    of = theorem(name)
    written = proof(of, style)
    for case in of.cases:
        assert f"({len(case.derive().lines)}) " in written
    if style == "latex":
        assert document([written]).isascii()  # every sign has its LaTeX
        assert written.count("{") - written.count(r"\{") == written.count("}") - written.count(
            r"\}"
        )


def test_the_command_prints_tables_proofs_and_json(monkeypatch, capsys):
    """In this process, where all has been derived already."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["update-magnitude", "derive", *arguments])
        with pytest.raises(SystemExit) as end:
            commands.main()
        return end.value.code or 0, *capsys.readouterr()

    assert [line for line in run()[1].splitlines() if line[0] != " "] == list(NAMES)
    listed = json.loads(run("--json")[1])
    assert [entry["name"] for entry in listed] == list(NAMES)
    assert {"name", "statement", "domain", "source"} <= set(listed[0])
    assert "solving in (7)" in run("optimal-count-forgetting")[1]
    assert "$$" in run("haar-along", "--format", "markdown")[1]
    assert r"\end{document}" in run("haar-along", "--format", "latex", "--standalone")[1]
    status, _, error = run("fermat")
    assert (status, error.count("\n")) == (2, 1)
    assert run("haar-mean", "--standalone")[0] == 2
