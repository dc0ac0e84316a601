"""The symbols of the design, in one place.

Sizes are positive and may be any real number, so that formulas can be differentiated in them.
"""

from __future__ import annotations

from sympy import Symbol


def _positive(name: str) -> Symbol:
    return Symbol(name, positive=True)


def _nonnegative(name: str) -> Symbol:
    return Symbol(name, nonnegative=True)


# sizes
P = _positive("P")  # capacity: all parameters
m = _positive("m")  # parameters that move, |S_t|
n = _positive("n")  # samples of a task
n_1, n_2 = _positive("n_1"), _positive("n_2")  # samples of the first and of the second task
p = _positive("p_b")  # parameters of one block
nu = _positive("nu")  # degrees of freedom

# noise and scale
sigma = _nonnegative("sigma")  # standard deviation of the noise
sigma_1, sigma_2 = _nonnegative("sigma_1"), _nonnegative("sigma_2")
alpha = Symbol("alpha", real=True)  # scale of an update
alpha_1, alpha_2 = Symbol("alpha_1", real=True), Symbol("alpha_2", real=True)
N = _nonnegative("N")  # E‖d_C‖² + σ², what an update takes for noise

# the moments of one update (result U)
g, a, b, c = (Symbol(name, real=True) for name in "gabc")

# squared lengths before an update; d = θ* − θ
D_S = _nonnegative("D_S")  # E‖d‖² in the blocks that move
M_b = _nonnegative("M_b")  # ‖θ* − Eθ‖² in one block
V_b = _nonnegative("V_b")  # E‖θ − Eθ‖² in one block

# two tasks: squared norms of the first optimum and of the step δ, in the trained blocks S and in
# the rest C, and their inner products ⟨θ*_1, δ⟩
norm_S, norm_C = _nonnegative("norm_S"), _nonnegative("norm_C")
step_S, step_C = _nonnegative("step_S"), _nonnegative("step_C")
cross_S, cross_C = Symbol("cross_S", real=True), Symbol("cross_C", real=True)
x = _nonnegative("x")  # a squared distance, where one is solved for
