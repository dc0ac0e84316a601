"""The symbols of docs/model.md that several results share; others stand with their result.

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

# standard deviation of the noise, scale and penalty of an update
sigma = symbol("sigma", "σ", r"\sigma", parameter=True, nonnegative=True)
sigma_1 = symbol("sigma_1", "σ_1", r"\sigma_1", parameter=True, nonnegative=True)
sigma_2 = symbol("sigma_2", "σ_2", r"\sigma_2", parameter=True, nonnegative=True)
alpha = symbol("alpha", "α", r"\alpha", parameter=True, real=True)
alpha_1 = symbol("alpha_1", "α_1", r"\alpha_1", parameter=True, real=True)
alpha_2 = symbol("alpha_2", "α_2", r"\alpha_2", parameter=True, real=True)
lam = symbol("penalty", "λ", r"\lambda", parameter=True, positive=True)
N = symbol("N", nonnegative=True)  # E‖d_C‖² + σ², what an update takes for noise

# the moments of one update (result U)
g = symbol("g", real=True)
a = symbol("a", real=True)
b = symbol("b", real=True)
c = symbol("c", real=True)

# before an update; d = θ* − θ and e = θ_1 − θ*_1, S the blocks that train, C the others
D_S = symbol("D_S", "E‖d_S‖²", r"\mathrm{E}\|d_S\|^2", nonnegative=True)
overlap = symbol("e_d", "E⟨e_S,d_S⟩", r"\mathrm{E}\langle e_S, d_S\rangle", real=True)
error = symbol("e_e", "E‖e_S‖²", r"\mathrm{E}\|e_S\|^2", nonnegative=True)
error_C = symbol("e_e_C", "E‖e_C‖²", r"\mathrm{E}\|e_C\|^2", nonnegative=True)
meet_S = symbol("e_delta_S", "E⟨e_S,δ_S⟩", r"\mathrm{E}\langle e_S, \delta_S\rangle", real=True)
meet_C = symbol("e_delta_C", "E⟨e_C,δ_C⟩", r"\mathrm{E}\langle e_C, \delta_C\rangle", real=True)

# the moments of θ in one block that result R carries
M_b = symbol("M_b", nonnegative=True)  # ‖θ* − Eθ‖²
V_b = symbol("V_b", "V_b", "V_b", nonnegative=True)  # E‖θ − Eθ‖²
q_b = symbol("q_b", nonnegative=True)  # E‖θ‖²_b
c_bt = symbol("c_bt", real=True)  # E⟨θ, θ*_t⟩_b, t the task at hand
c_bi = symbol("c_bi", real=True)  # E⟨θ, θ*_i⟩_b, i any task
G_tt = symbol("G_tt", nonnegative=True)  # ‖θ*_t‖²_b
G_ti = symbol("G_ti", real=True)  # ⟨θ*_t, θ*_i⟩_b

# two tasks: squared norms of the first optimum and of the step δ, in the trained blocks S and in
# the rest C, and their inner products ⟨θ*_1, δ⟩
norm_S = symbol("norm_S", "‖θ*_1‖²_S", r"\|\theta^*_1\|_S^2", nonnegative=True)
norm_C = symbol("norm_C", "‖θ*_1‖²_C", r"\|\theta^*_1\|_C^2", nonnegative=True)
step_S = symbol("step_S", "‖δ‖²_S", r"\|\delta\|_S^2", nonnegative=True)
step_C = symbol("step_C", "‖δ‖²_C", r"\|\delta\|_C^2", nonnegative=True)
cross_S = symbol("cross_S", "⟨θ*_1,δ⟩_S", r"\langle\theta^*_1, \delta\rangle_S", real=True)
cross_C = symbol("cross_C", "⟨θ*_1,δ⟩_C", r"\langle\theta^*_1, \delta\rangle_C", real=True)
change_1 = symbol("change_1", real=True)  # what an update changes R_1 by
change_2 = symbol("change_2", real=True)  # what an update changes R_2 by

# sequences of tasks
t = symbol("t", parameter=True, integer=True, positive=True)  # tasks learned so far
T = symbol("T", parameter=True, integer=True, positive=True)  # all tasks
i = symbol("i", parameter=True, integer=True, positive=True)  # a task
r = symbol("r", nonnegative=True)  # what one update leaves of a risk: 1 − n/m for m > n, else 0
risk_i = symbol("R_i", "E R_i(θ)", r"\mathrm{E} R_i(\theta)", nonnegative=True)  # before an update
apart = symbol("apart", "‖θ*_t−θ*_i‖²", r"\|\theta^*_t - \theta^*_i\|^2", nonnegative=True)
start = symbol("R_0", nonnegative=True)  # E R_i before the first of the updates
settled = symbol("f", nonnegative=True)  # the risk at which noise alone settles
distances = symbol("W", nonnegative=True)  # Σ_k r^{t−k} ‖θ*_k − θ*_i‖²
power = symbol("z", positive=True)  # r^t

# the optimal number of trainable parameters: the signal ξ and the noise η
xi = symbol("xi", "ξ", r"\xi", positive=True)
eta = symbol("eta", "η", r"\eta", positive=True)
