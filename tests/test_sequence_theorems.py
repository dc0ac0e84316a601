"""Closed forms of task sequences and the terms of forgetting, against result R."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from update_magnitude import scenarios
from update_magnitude.scenarios import Scenario
from update_magnitude.theory import means, theorem

SIZES = st.tuples(st.integers(3, 60), st.integers(2, 60), st.booleans())
LENGTH = st.floats(0.1, 2)


def slow(*sizes: int):
    """Sizes of the same regimes as those that every run tries."""
    return pytest.param(*sizes, marks=pytest.mark.slow)


def sequence(
    m: int, n: int, tasks: int, strategy: str, distance: object, norm: float, sigma: float,
    direction: str = "orthogonal",
) -> Scenario:  # fmt: skip
    """A specific block of m parameters whose optimum drifts, and a shared one that stays."""
    blocks, norms, steps = {"specific": m}, {"specific": norm}, {"specific": distance}
    if strategy == "frozen":
        blocks = {"shared": 7} | blocks
        norms, steps = {"shared": 0.6} | norms, {"shared": 0.0} | steps
    return scenarios.parse(
        {
            "blocks": blocks,
            "tasks": {"count": tasks, "samples": n, "noise": sigma},
            "optima": {
                "norm": norms,
                "distance": steps,
                "direction": direction,
            },
            "updates": {"strategy": strategy},
        }
    )  # fmt: skip


def sizes_of(drawn: tuple[int, int, bool], tasks: int) -> tuple[int, int]:
    """m and n, apart by more than one even with seven parameters more; m holds the geometry."""
    small, gap, over = drawn
    small = max(small, tasks + 1)
    return (small + gap, small) if over else (small, small + gap + 7)


def first_risk(
    scenario: Scenario, m: int, n: int, norm: float, sigma: float
) -> tuple[float, float]:
    """E R_1(θ_1) in the blocks that train later, and N for them, by the first-task theorem."""
    of = theorem("first-task-error")
    capacity = scenario.blocks.capacity
    frozen = scenario.updates.strategy == "frozen"
    signal = norm**2 + (0.36 if frozen else 0.0)
    at = {"m": capacity, "n": n, "alpha": 1.0, "N": sigma**2, "D_S": signal}
    own = float(of(**at, G_tt=norm**2, p_b=m))
    held = float(of(**at, G_tt=0.36, p_b=capacity - m)) if frozen else 0.0
    return own, held


@pytest.mark.parametrize("strategy", ["initialized", "frozen"])
@given(SIZES, st.integers(2, 9), LENGTH, LENGTH, LENGTH)
def test_orthogonal_steps_agree_with_the_recursion(strategy, drawn, tasks, norm, step, sigma):
    m, n = sizes_of(drawn, tasks)
    scenario = sequence(m, n, tasks, strategy, step, norm, sigma)
    prediction = means(scenario)
    own, held = first_risk(scenario, m, n, norm, sigma)
    at = {"m": m, "n": n, "N": held + sigma**2, "R_1": own, "step": step**2}
    size = prediction.risk.max()
    risks = theorem("orthogonal-risk")(**at, t=tasks, i=np.arange(1, tasks + 1))
    np.testing.assert_allclose(risks + held, prediction.risk[-1], rtol=1e-10)
    forgetting = float(theorem("orthogonal-forgetting")(**at, T=tasks))
    assert forgetting == pytest.approx(prediction.forgetting, rel=1e-10, abs=1e-11 * size)
    generalization = float(theorem("orthogonal-generalization")(**at, T=tasks))
    assert generalization + held == pytest.approx(prediction.generalization, rel=1e-10)


@given(SIZES, st.lists(LENGTH, min_size=1, max_size=7), LENGTH, LENGTH)
def test_any_steps_agree_with_the_recursion(drawn, steps, norm, sigma):
    """Lin et al.'s forms, with the sums over distances computed as they are stated."""
    tasks = len(steps) + 1
    m, n = sizes_of(drawn, tasks)
    scenario = sequence(m, n, tasks, "initialized", steps, norm, sigma)
    prediction = means(scenario)
    positions = np.cumsum([0.0, *(step**2 for step in steps)])
    apart = np.abs(positions[:, None] - positions)  # orthogonal steps: squares add up
    norms, r = norm**2 + positions, max(0.0, 1 - n / m)
    at = {"m": m, "n": n, "N": sigma**2}

    def faded(first: int, task: int) -> float:
        return sum(r ** (first - k) * apart[k - 1, task] for k in range(1, first + 1))

    every, earlier = range(tasks), range(tasks - 1)
    risks = theorem("sequence-risk")(
        **at, t=tasks, R_0=norms, W=np.array([faded(tasks, i) for i in every])
    )
    np.testing.assert_allclose(risks, prediction.risk[-1], rtol=1e-10)
    forgetting = theorem("sequence-forgetting")(
        **at, T=tasks,
        W=np.mean([faded(tasks, i) for i in earlier]),
        W_own=np.mean([faded(i + 1, i) for i in earlier]),
        fading=np.mean([(r ** (i + 1) - r**tasks) * norms[i] for i in earlier]),
    )  # fmt: skip
    size = prediction.risk.max()
    assert float(forgetting) == pytest.approx(prediction.forgetting, rel=1e-10, abs=1e-11 * size)
    mean_w = np.mean([faded(tasks, i) for i in every])
    generalization = theorem("sequence-generalization")(**at, T=tasks, R_0=norms.mean(), W=mean_w)
    assert float(generalization) == pytest.approx(prediction.generalization, rel=1e-10)


@pytest.mark.parametrize(("m", "n"), [(40, 12), slow(25, 20), slow(12, 40), (5, 9)])
def test_limits_are_where_long_sequences_end(m, n):
    """200 tasks: what is left of the first ones is below 1e-9, and terms like 1/T are told."""
    tasks, sigma, step = 200, 0.4, 0.7
    size = max(m, tasks + 2)  # room for that many orthogonal steps
    samples = n + size - m  # the same m − n
    at = {"m": size, "n": samples}
    drift = means(sequence(size, samples, tasks, "initialized", step, 1.0, sigma))
    own, _ = first_risk(sequence(size, samples, 2, "initialized", step, 1.0, sigma), size, samples,
                        1.0, sigma)  # fmt: skip
    exact = float(
        theorem("orthogonal-forgetting")(**at, T=tasks, N=sigma**2, R_1=own, step=step**2)
    )
    assert exact == pytest.approx(drift.forgetting, rel=1e-10)
    if m > n:
        offset = float(theorem("orthogonal-offset")(**at, step=step**2))
        far = [
            float(theorem("orthogonal-forgetting")(**at, T=t, N=sigma**2, R_1=own, step=step**2))
            - t * step**2 / 2 - offset
            for t in (10**4, 10**5)
        ]  # fmt: skip
        assert far[1] == pytest.approx(far[0] / 10, rel=0.05)  # what is left falls like 1/T
    settled = theorem("settled-risk")(m=m, n=n, N=sigma**2)
    same = means(sequence(m, n, tasks, "initialized", 0.0, 1.0, sigma))
    assert float(settled) == pytest.approx(same.risk[-1, 0], rel=1e-9)
    returning = means(sequence(m, n, tasks, "initialized", step, 1.0, sigma, "returning"))
    forgotten = returning.risk[-1, :-1] - np.diag(returning.risk)[:-1]
    late = forgotten[-100:].mean()  # whole periods of two, long after the start
    assert float(theorem("returning-forgetting")(m=m, n=n, step=step**2)) == pytest.approx(late)
    both = returning.risk[-1, -100:].mean()
    found = theorem("returning-generalization")(m=m, n=n, step=step**2, N=sigma**2)
    assert float(found) == pytest.approx(both, rel=1e-9)
    # Frozen training: the same in the specific block, with what is held back as noise.
    frozen = sequence(m, n, tasks, "frozen", step, 1.0, sigma, "returning")
    _, held = first_risk(frozen, m, n, 1.0, sigma)
    both = means(frozen).risk[-1, -100:].mean() - held
    found = theorem("returning-generalization")(m=m, n=n, step=step**2, N=sigma**2 + held)
    assert float(found) == pytest.approx(both, rel=1e-9)


@given(SIZES, LENGTH, LENGTH, LENGTH, st.floats(0.1, 1.2), st.floats(-0.9, 0.9))
def test_the_terms_of_forgetting_add_up_to_it(drawn, norm, step, sigma, alpha, lean):
    """Any direction of the step: interference included. Three terms are told apart by scenarios."""
    m, n = sizes_of(drawn, 3)
    held, first_samples = 5, 200 + m
    drifts = [step**2, 0.3]  # of the trained and of the held block
    crosses = [lean * norm * step, 0.1]
    norms = [norm**2, 0.5]
    gram = {
        name: [[a, a + c], [a + c, a + 2 * c + d]]
        for name, a, c, d in zip(("trained", "held"), norms, crosses, drifts, strict=True)
    }
    scenario = scenarios.parse(
        {
            "blocks": {"held": held, "trained": m},
            "tasks": {"count": 2, "samples": [first_samples, n], "noise": [0.9, sigma]},
            "optima": {"gram": gram},
            "updates": {"strategy": "frozen", "scale": [0.8, alpha]},
        }
    )
    prediction = means(scenario)
    errors, meets = [], []
    for size, norm2, cross in zip((m, held), norms, crosses, strict=True):
        errors.append(
            float(
                theorem("first-task-error")(
                    m=m + held, n=first_samples, alpha=0.8, N=0.81, D_S=sum(norms),
                    G_tt=norm2, p_b=size,
                )
            )
        )  # fmt: skip
        meets.append(-(1 - 0.8) * cross)  # Ee = −(1 − αg)θ*_1 with g = 1
    values = {
        **{"m": m, "n": n, "alpha": alpha, "sigma": sigma},
        **{"step_S": drifts[0], "step_C": drifts[1], "e_e": errors[0], "e_e_C": errors[1]},
        **{"e_delta_S": meets[0], "e_delta_C": meets[1]},
    }

    def of(name: str) -> float:
        formula = theorem(f"forgetting-{name}")
        return float(formula(**{argument: values[argument] for argument in formula.arguments}))

    causes = ("drift-trained", "drift-held", "unlearned", "noise", "interference")
    size = prediction.risk.max()
    total = sum(map(of, causes))
    assert total == pytest.approx(of("decomposition"), rel=1e-12, abs=1e-13 * size)
    assert total == pytest.approx(prediction.forgetting, rel=1e-10, abs=1e-12 * size)
    assert of("noise") > 0 < of("drift-held")
