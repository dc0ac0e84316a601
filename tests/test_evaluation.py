"""Formulas of theorems on numbers: arrays, domains, sizes, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from update_magnitude import scenarios
from update_magnitude.theory import means, theorem, theorem_names


@pytest.mark.parametrize("name", theorem_names())
def test_no_value_where_a_symbol_cannot_have_its_own(name):
    """A size of −3, a negative square, two and a half tasks, NaN: NaN, and not a number."""
    of = theorem(name)
    at = _somewhere_inside(of)
    assert np.isfinite(of(**at)), at
    symbols = {str(symbol): symbol for case in of.cases for symbol in _symbols_of(case)}
    for argument, symbol in symbols.items():
        impossible = [np.nan]
        if symbol.is_nonnegative:
            impossible.append(-3.0)
        if symbol.is_integer:
            impossible.append(at[argument] + 0.5)
        found = of(**at | {argument: np.array(impossible)})
        assert np.isnan(found).all(), (argument, impossible, found)


def _symbols_of(case) -> set:
    return case.derive().result.free_symbols.union(*(entry.free_symbols for entry in case.domain))


def _somewhere_inside(entry) -> dict[str, float]:
    """Values at which a theorem holds, by trial."""
    rng = np.random.default_rng(0)
    large = {"P": (30, 60), "n_1": (2, 90)}
    for _ in range(4000):
        at = {}
        for argument in entry.arguments:
            low, high = large.get(argument, (1, 40)) if argument in SIZES else (0.05, 4.0)
            value = rng.integers(low, high) if argument in SIZES else rng.uniform(low, high)
            at[argument] = float(value)
        if np.isfinite(entry(**at)):
            return at
    raise AssertionError(f"{entry.name}: no point found where it holds")


SIZES = ("P", "m", "n", "n_1", "n_2", "T", "t", "i", "nu", "p_b", "steps")


def test_evaluation_is_vectorized_and_nan_outside_the_domain():
    of = theorem("update-noise")
    sizes = np.array([3, 9, 10, 11, 12, 13, 40])
    found = of(n=10, m=sizes)
    wanted = [1 / 6, np.nan, np.nan, np.nan, 10 / 12, 10 / 26, 10 / 40 / 29]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    assert of(n=np.ones((2, 1)), m=np.ones(3)).shape == (2, 3)
    million = np.linspace(20, 90, 10**6)
    assert np.isfinite(of(n=10, m=million)).all()


def test_evaluation_names_what_is_missing_or_unknown():
    with pytest.raises(TypeError, match="takes m, n; missing or unknown: m, size"):
        theorem("update-noise")(n=10, size=3)
    with pytest.raises(KeyError, match="no theorem of that name"):
        theorem("fermat")


def test_large_sizes_keep_their_digits():
    """Closed forms that cancel, against the recursion: up to a hundred million parameters."""
    for m in (10**5, 10**8):
        scenario = scenarios.parse(
            {
                "blocks": {"all": m},
                "tasks": {"count": 6, "samples": 5, "noise": 0.3},
                "optima": {"norm": {"all": 1.0}, "distance": {"all": 0.7}},
                "updates": {"strategy": "initialized"},
            }
        )
        prediction = means(scenario)
        at = {"m": m, "n": 5, "N": 0.09, "R_1": prediction.risk[0, 0], "step": 0.49}
        found = float(theorem("orthogonal-forgetting")(**at, T=6))
        assert found == pytest.approx(prediction.forgetting, rel=1e-6)
