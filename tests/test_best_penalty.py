"""The best penalty of a proximal update, against penalties tried one by one."""

from __future__ import annotations

import numpy as np
import pytest

from update_magnitude.theory import best_penalty, theorem

PENALTIES = np.geomspace(1e-4, 1e4, 9)
CASES = {  # γ, E‖d_S‖², N, E⟨e_S, d_S⟩ and where the best is
    "not at all": ((2.0, 1.0, 0.25, 0.5), "infinite"),
    "some": ((2.0, 1.0, 0.25, -0.6), "between"),
    "some, more samples": ((0.5, 1.0, 0.5, -0.8), "between"),
    "the whole update": ((0.5, 1.0, 0.0, -2.0), "zero"),
}


def forgetting(penalty: float, gamma: float, drift: float, noise: float, overlap: float) -> float:
    known = {"gamma": gamma, "D_S": drift, "N": noise, "e_d": overlap, "penalty": penalty}
    of = theorem("proximal-forgetting")
    return float(of(**{name: known[name] for name in of.arguments}))


@pytest.mark.parametrize("name", CASES)
def test_no_other_penalty_forgets_less(name):
    (gamma, drift, noise, overlap), where = CASES[name]
    best = best_penalty("forgetting", gamma, drift, noise, overlap)
    assert where == {0.0: "zero", np.inf: "infinite"}.get(best, "between")
    tried = [forgetting(penalty, gamma, drift, noise, overlap) for penalty in PENALTIES]
    if where == "between":
        beside = [best * factor for factor in (0.9, 1.0, 1.1)]
        less, least, more = (forgetting(entry, gamma, drift, noise, overlap) for entry in beside)
        assert least < min(less, more)
        assert least < min(tried)
    else:
        assert np.argmin(tried) == (0 if where == "zero" else len(tried) - 1)
        assert (np.diff(tried) > 0).all() == (where == "zero")
