"""Traces of matrix expressions in derivations: identities hold, and near misses are refused."""

from __future__ import annotations

import pytest
from sympy import Identity, Integer, Symbol, Trace

from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import DerivationError
from update_magnitude.theory.proofs.equality import identical
from update_magnitude.theory.proofs.matrices import PARAMETERS, SAMPLES, matrix
from update_magnitude.theory.proofs.notation import in_words

X = matrix("X", PARAMETERS, SAMPLES)
M = matrix("M", PARAMETERS, PARAMETERS, metric=True)
K = matrix("K", PARAMETERS, PARAMETERS, metric=True)
v, w = (matrix(name, PARAMETERS, Integer(1)) for name in "vw")
t = Symbol("t", positive=True)


def test_identities_of_matrices_are_told_from_near_misses():
    assert identical(Trace(M * K), Trace(K * M))
    assert identical(Trace((M * K).I * v * w.T), Trace(K.I * M.I * v * w.T))
    assert not identical(Trace((M * K).I * v * w.T), Trace(M.I * K.I * v * w.T))
    assert identical(Trace(v.T * (M + t * K) * v), Trace(v.T * M * v) + t * Trace(v.T * K * v))
    assert not identical(Trace(M * K * M * v * w.T), Trace(M * M * K * v * w.T))
    assert identical(Trace(M * M.I * K), Trace(K))
    assert identical(Trace(M**2 * K), Trace(M * K * M))


def test_a_metric_is_symmetric_and_has_an_inverse_and_other_matrices_need_not():
    square = matrix("S", PARAMETERS, PARAMETERS)
    assert identical(Trace(M.T * v * v.T), Trace(M * v * v.T))
    assert not identical(Trace(square.T * v * w.T), Trace(square * v * w.T))
    fitted = X * (X.T * M * X).I * X.T * M
    assert identical(Trace(fitted * X * X.T), Trace(X * X.T))
    assert not identical(Trace(fitted * K), Trace(Identity(PARAMETERS) * K))


def test_sherman_and_morrison():
    """The inverse of a matrix and of one sample more, as leave-one-out uses it."""
    left = Trace(v.T * (M + v * v.T / t).I * K * v)
    right = Trace(v.T * M.I * K * v) / (1 + Trace(v.T * M.I * v) / t)
    assert identical(left, right)
    assert not identical(left, right.subs(t, t + 1))


def _substituted() -> Chain:
    chain = Chain()
    chain.define(Trace(v.T * M * v), "a square")
    chain.replace_matrices({v: M.I * v}, "at M⁻¹v")
    chain.rewrite(lambda _: Trace(v.T * M.I * v), "M cancels")
    return chain


def test_matrices_are_put_in_for_symbols():
    _substituted().done().verify()


def test_what_does_not_follow_is_refused():
    chain = _substituted()
    chain.rewrite(lambda _: Trace(v.T * K.I * v), "another matrix")
    with pytest.raises(DerivationError, match="line 4"):
        chain.done().verify()


def test_they_are_written_by_their_names():
    assert in_words(matrix("Phi_9", PARAMETERS, SAMPLES, "Φ_9", r"\Phi_9")) == "Φ_9"
