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
excess = _positive("k")  # by how much something lies beyond a bound
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
q_after, c_after = _nonnegative("q_after"), Symbol("c_after", real=True)  # q_b, c_bi after it
G_tt = _nonnegative("G_tt")  # ‖θ*_t‖²_b
G_ti = Symbol("G_ti", real=True)  # ⟨θ*_t, θ*_i⟩_b

G_ii = _nonnegative("G_ii")  # ‖θ*_i‖²_b
risk_i = _nonnegative("R_i")  # E R_i(θ_{t−1}), before the update
apart = _nonnegative("apart")  # ‖θ*_t − θ*_i‖²
t = Symbol("t", integer=True, positive=True)  # tasks learned so far
T = Symbol("T", integer=True, positive=True)  # all tasks
i = Symbol("i", integer=True, positive=True)  # a task
k = Symbol("k", integer=True, positive=True)  # another task
r = _positive("r")  # what one update leaves of a risk: 1 − n/m for m > n
power = _positive("z")  # r^t
start = _nonnegative("R_0")  # E R_i before the first of the updates
risk_1 = _nonnegative("R_1")  # E R_1(θ_1)
first, last = _nonnegative("R_first"), _nonnegative("R_last")  # R_i(θ_i) and R_i(θ_T)
added = _nonnegative("added")  # what N adds to a risk at every update, over N
after = _nonnegative("R_after")  # a risk after an update
settled = _nonnegative("f")  # the risk at which noise alone settles
own, other = _nonnegative("R_own"), _nonnegative("R_other")  # after an update: of two tasks
step = _nonnegative("step")  # ‖δ‖², the squared length of every step
distances = _nonnegative("W")  # Σ_k r^{t−k} ‖θ*_k − θ*_i‖²
distances_own = _nonnegative("W_own")  # Σ_{k≤i} r^{i−k} ‖θ*_k − θ*_i‖²
fading = _nonnegative("fading")  # (r^i − r^T) ‖θ*_i‖², what is forgotten of the norm

# what an optimal update magnitude depends on
overlap = Symbol("e_d", real=True)  # E⟨e_S, d_S⟩, e = θ_1 − θ*_1
error = _nonnegative("e_e")  # E‖e_S‖²
error_C = _nonnegative("e_e_C")  # E‖e_C‖²
drift_C = _nonnegative("d_d_C")  # E‖d_C‖²
drift_all = _nonnegative("d_d")  # E‖d‖², over all P parameters
overlap_all = Symbol("e_d_all", real=True)  # E⟨e, d⟩, over all P parameters
short = _positive("s")  # n − 1 − m, by how many parameters m falls short of the threshold
meet_S = Symbol("e_delta_S", real=True)  # E⟨e_S, δ_S⟩
meet_C = Symbol("e_delta_C", real=True)  # E⟨e_C, δ_C⟩
xi, eta = _positive("xi"), _positive("eta")  # of the optimal number of trainable parameters

lost, gained = Symbol("lost", real=True), Symbol("gained", real=True)  # changes of R_1 and R_2

# two tasks: squared norms of the first optimum and of the step δ, in the trained blocks S and in
# the rest C, and their inner products ⟨θ*_1, δ⟩
norm_S, norm_C = _nonnegative("norm_S"), _nonnegative("norm_C")
step_S, step_C = _nonnegative("step_S"), _nonnegative("step_C")
cross_S, cross_C = Symbol("cross_S", real=True), Symbol("cross_C", real=True)
x = _nonnegative("x")  # a squared distance, where one is solved for

# gradients: d_k = θ*_k − θ at a point θ
gap_i, gap_j = _nonnegative("d_i_d_i"), _nonnegative("d_j_d_j")  # ‖d_i‖², ‖d_j‖²
gap_ij = Symbol("d_i_d_j", real=True)  # ⟨d_i, d_j⟩
along = Symbol("d_v", real=True)  # ⟨d_k, v⟩, v known before the samples are drawn
ahead = Symbol("delta_d", real=True)  # ⟨δ_t, E d_{t−1}⟩

# the proximal update: λ‖θ − θ_{t−1}‖² beside the mean squared loss, m/n → γ
lam = _positive("lambda")
gamma = _positive("gamma")  # m/n
s_1, s_2, s_3 = _positive("s_1"), _positive("s_2"), _positive("s_3")  # ∫ (x + λ)^{−k} dMP(x)

# one constrained problem: penalties λ on the trained and λ/ω on the held blocks
omega = _nonnegative("omega")  # how loosely the held blocks are held
k_S, k_C = _positive("k_S"), _nonnegative("k_C")  # what Φ_SᵀΦ_S and Φ_CᵀΦ_C are in a direction

# What may have any value: lines that hold for all of them hold for each.
PARAMETERS: frozenset[Symbol] = frozenset(
    {P, m, n, n_1, n_2, p, nu, excess, sigma, sigma_1, sigma_2, alpha, alpha_1, alpha_2}
    | {t, T, i, k, gamma, lam, omega}
)
