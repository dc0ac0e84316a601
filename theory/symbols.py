"""The symbols of docs/model.md, in one place.

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
inverse = _positive("w")  # E[1/χ²] at the degrees of freedom at hand

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

# the moments of θ in one block that result R carries
q_b = _nonnegative("q_b")  # E‖θ‖²_b
c_bt = Symbol("c_bt", real=True)  # E⟨θ, θ*_t⟩_b, t the task at hand
c_bi = Symbol("c_bi", real=True)  # E⟨θ, θ*_i⟩_b, i any task
G_tt = _nonnegative("G_tt")  # ‖θ*_t‖²_b
G_ti = Symbol("G_ti", real=True)  # ⟨θ*_t, θ*_i⟩_b

G_ii = _nonnegative("G_ii")  # ‖θ*_i‖²_b
risk_i = _nonnegative("R_i")  # E R_i(θ_{t−1}), before the update
apart = _nonnegative("apart")  # ‖θ*_t − θ*_i‖²
t = Symbol("t", integer=True, positive=True)  # tasks learned so far

# what an optimal update magnitude depends on
overlap = Symbol("e_d", real=True)  # E⟨e_S, d_S⟩, e = θ_1 − θ*_1
error = _nonnegative("e_e")  # E‖e_S‖²
error_C = _nonnegative("e_e_C")  # E‖e_C‖²
drift_all = _nonnegative("d_d")  # E‖d‖², over all P parameters
overlap_all = Symbol("e_d_all", real=True)  # E⟨e, d⟩, over all P parameters
short = _positive("s")  # n − 1 − m, by how many parameters m falls short of the threshold
meet_S = Symbol("e_delta_S", real=True)  # E⟨e_S, δ_S⟩
meet_C = Symbol("e_delta_C", real=True)  # E⟨e_C, δ_C⟩
xi, eta = _positive("xi"), _positive("eta")  # of the optimal number of trainable parameters

# two tasks: squared norms of the first optimum and of the step δ, in the trained blocks S and in
# the rest C, and their inner products ⟨θ*_1, δ⟩
norm_S, norm_C = _nonnegative("norm_S"), _nonnegative("norm_C")
step_S, step_C = _nonnegative("step_S"), _nonnegative("step_C")
cross_S, cross_C = Symbol("cross_S", real=True), Symbol("cross_C", real=True)
x = _nonnegative("x")  # a squared distance, where one is solved for
