"""The symbols of docs/model.md, in one place.

Sizes are positive and may be any real number, so that formulas can be differentiated in them.
"""

from __future__ import annotations

from update_magnitude.theory.proofs.notation import symbol

# sizes
P = symbol("P", parameter=True, positive=True)  # capacity: all parameters
m = symbol("m", parameter=True, positive=True)  # parameters that move, |S_t|
n = symbol("n", parameter=True, positive=True)  # samples of a task
n_1 = symbol("n_1", parameter=True, positive=True)  # samples of the first task
n_2 = symbol("n_2", parameter=True, positive=True)  # samples of the second task
p = symbol("p_b", parameter=True, positive=True)  # parameters of one block
nu = symbol("nu", "ν", r"\nu", parameter=True, positive=True)  # degrees of freedom
excess = symbol("k", parameter=True, positive=True)  # by how much something lies beyond a bound
inverse = symbol("w", "w", "w", positive=True)  # E[1/χ²] at the degrees of freedom at hand

# noise and scale
# standard deviation of the noise
sigma = symbol("sigma", "σ", r"\sigma", parameter=True, nonnegative=True)
sigma_1 = symbol("sigma_1", "σ_1", r"\sigma_1", parameter=True, nonnegative=True)
sigma_2 = symbol("sigma_2", "σ_2", r"\sigma_2", parameter=True, nonnegative=True)
alpha = symbol("alpha", "α", r"\alpha", parameter=True, real=True)  # scale of an update
alpha_1 = symbol("alpha_1", "α_1", r"\alpha_1", parameter=True, real=True)
alpha_2 = symbol("alpha_2", "α_2", r"\alpha_2", parameter=True, real=True)
N = symbol("N", nonnegative=True)  # E‖d_C‖² + σ², what an update takes for noise

# the moments of one update (result U)
g = symbol("g", real=True)
a = symbol("a", real=True)
b = symbol("b", real=True)
c = symbol("c", real=True)

# squared lengths before an update; d = θ* − θ
# E‖d‖² in the blocks that move
D_S = symbol("D_S", "E‖d_S‖²", r"\mathrm{E}\|d_S\|^2", nonnegative=True)
M_b = symbol("M_b", nonnegative=True)  # ‖θ* − Eθ‖² in one block
V_b = symbol("V_b", "V_b", "V_b", nonnegative=True)  # E‖θ − Eθ‖² in one block

# the moments of θ in one block that result R carries
q_b = symbol("q_b", nonnegative=True)  # E‖θ‖²_b
c_bt = symbol("c_bt", real=True)  # E⟨θ, θ*_t⟩_b, t the task at hand
c_bi = symbol("c_bi", real=True)  # E⟨θ, θ*_i⟩_b, i any task
q_after = symbol("q_after", nonnegative=True)  # q_b, c_bi after it
c_after = symbol("c_after", real=True)  # q_b, c_bi after it
G_tt = symbol("G_tt", nonnegative=True)  # ‖θ*_t‖²_b
G_ti = symbol("G_ti", real=True)  # ⟨θ*_t, θ*_i⟩_b

G_ii = symbol("G_ii", nonnegative=True)  # ‖θ*_i‖²_b
# E R_i(θ_{t−1}), before the update
risk_i = symbol("R_i", "E R_i(θ)", r"\mathrm{E} R_i(\theta)", nonnegative=True)
# ‖θ*_t − θ*_i‖²
apart = symbol("apart", "‖θ*_t−θ*_i‖²", r"\|\theta^*_t - \theta^*_i\|^2", nonnegative=True)
t = symbol("t", parameter=True, integer=True, positive=True)  # tasks learned so far
T = symbol("T", parameter=True, integer=True, positive=True)  # all tasks
i = symbol("i", parameter=True, integer=True, positive=True)  # a task
k = symbol("k", parameter=True, integer=True, positive=True)  # another task
r = symbol("r", positive=True)  # what one update leaves of a risk: 1 − n/m for m > n
power = symbol("z", positive=True)  # r^t
start = symbol("R_0", nonnegative=True)  # E R_i before the first of the updates
risk_1 = symbol("R_1", nonnegative=True)  # E R_1(θ_1)
first = symbol("R_first", nonnegative=True)  # R_i(θ_i) and R_i(θ_T)
last = symbol("R_last", nonnegative=True)  # R_i(θ_i) and R_i(θ_T)
added = symbol("added", nonnegative=True)  # what N adds to a risk at every update, over N
after = symbol("R_after", nonnegative=True)  # a risk after an update
settled = symbol("f", nonnegative=True)  # the risk at which noise alone settles
own = symbol("R_own", "R_own", r"R_\mathrm{own}", nonnegative=True)  # after an update: of two tasks
# after an update: of two tasks
other = symbol("R_other", "R_other", r"R_\mathrm{other}", nonnegative=True)
# ‖δ‖², the squared length of every step
step = symbol("step", "‖δ‖²", r"\|\delta\|^2", nonnegative=True)
distances = symbol("W", nonnegative=True)  # Σ_k r^{t−k} ‖θ*_k − θ*_i‖²
# Σ_{k≤i} r^{i−k} ‖θ*_k − θ*_i‖²
distances_own = symbol("W_own", "W_own", r"W_\mathrm{own}", nonnegative=True)
# (r^i − r^T) ‖θ*_i‖², what is forgotten of the norm
fading = symbol("fading", "fading", r"\mathrm{fading}", nonnegative=True)

# what an optimal update magnitude depends on
# E⟨e_S, d_S⟩, e = θ_1 − θ*_1
overlap = symbol("e_d", "E⟨e_S,d_S⟩", r"\mathrm{E}\langle e_S, d_S\rangle", real=True)
error = symbol("e_e", "E‖e_S‖²", r"\mathrm{E}\|e_S\|^2", nonnegative=True)  # E‖e_S‖²
error_C = symbol("e_e_C", "E‖e_C‖²", r"\mathrm{E}\|e_C\|^2", nonnegative=True)  # E‖e_C‖²
drift_C = symbol("d_d_C", nonnegative=True)  # E‖d_C‖²
# E‖d‖², over all P parameters
drift_all = symbol("d_d", "E‖d‖²", r"\mathrm{E}\|d\|^2", nonnegative=True)
# E⟨e, d⟩, over all P parameters
overlap_all = symbol("e_d_all", "E⟨e,d⟩", r"\mathrm{E}\langle e, d\rangle", real=True)
# n − 1 − m, by how many parameters m falls short of the threshold
short = symbol("s", positive=True)
# E⟨e_S, δ_S⟩
meet_S = symbol("e_delta_S", "E⟨e_S,δ_S⟩", r"\mathrm{E}\langle e_S, \delta_S\rangle", real=True)
# E⟨e_C, δ_C⟩
meet_C = symbol("e_delta_C", "E⟨e_C,δ_C⟩", r"\mathrm{E}\langle e_C, \delta_C\rangle", real=True)
xi = symbol("xi", "ξ", r"\xi", positive=True)  # of the optimal number of trainable parameters
eta = symbol("eta", "η", r"\eta", positive=True)  # of the optimal number of trainable parameters

lost = symbol("lost", real=True)  # changes of R_1 and R_2
gained = symbol("gained", real=True)  # changes of R_1 and R_2

# two tasks: squared norms of the first optimum and of the step δ, in the trained blocks S and in
# the rest C, and their inner products ⟨θ*_1, δ⟩
norm_S = symbol("norm_S", "‖θ*_1‖²_S", r"\|\theta^*_1\|_S^2", nonnegative=True)
norm_C = symbol("norm_C", "‖θ*_1‖²_C", r"\|\theta^*_1\|_C^2", nonnegative=True)
step_S = symbol("step_S", "‖δ‖²_S", r"\|\delta\|_S^2", nonnegative=True)
step_C = symbol("step_C", "‖δ‖²_C", r"\|\delta\|_C^2", nonnegative=True)
cross_S = symbol("cross_S", "⟨θ*_1,δ⟩_S", r"\langle\theta^*_1, \delta\rangle_S", real=True)
cross_C = symbol("cross_C", "⟨θ*_1,δ⟩_C", r"\langle\theta^*_1, \delta\rangle_C", real=True)
x = symbol("x", nonnegative=True)  # a squared distance, where one is solved for

# gradients: d_k = θ*_k − θ at a point θ
gap_i = symbol("d_i_d_i", "‖d_i‖²", r"\|d_i\|^2", nonnegative=True)  # ‖d_i‖², ‖d_j‖²
gap_j = symbol("d_j_d_j", "‖d_j‖²", r"\|d_j\|^2", nonnegative=True)  # ‖d_i‖², ‖d_j‖²
gap_ij = symbol("d_i_d_j", "⟨d_i,d_j⟩", r"\langle d_i, d_j\rangle", real=True)  # ⟨d_i, d_j⟩
# ⟨d_k, v⟩, v known before the samples are drawn
along = symbol("d_v", "⟨d_k,v⟩", r"\langle d_k, v\rangle", real=True)
# ⟨δ_t, E d_{t−1}⟩
ahead = symbol("delta_d", "⟨δ_t,E d⟩", r"\langle \delta_t, \mathrm{E} d\rangle", real=True)

# the proximal update: λ‖θ − θ_{t−1}‖² beside the mean squared loss, m/n → γ
lam = symbol("penalty", "λ", r"\lambda", parameter=True, positive=True)
gamma = symbol("gamma", "γ", r"\gamma", parameter=True, positive=True)  # m/n
s_1 = symbol("s_1", positive=True)  # ∫ (x + λ)^{−k} dMP(x)
s_2 = symbol("s_2", positive=True)  # ∫ (x + λ)^{−k} dMP(x)
s_3 = symbol("s_3", positive=True)  # ∫ (x + λ)^{−k} dMP(x)

# one constrained problem: penalties λ on the trained and λ/ω on the held blocks
# how loosely the held blocks are held
omega = symbol("omega", "ω", r"\omega", parameter=True, nonnegative=True)
k_S = symbol("k_S", positive=True)  # what Φ_SᵀΦ_S and Φ_CᵀΦ_C are in a direction
k_C = symbol("k_C", nonnegative=True)  # what Φ_SᵀΦ_S and Φ_CᵀΦ_C are in a direction
