"""The symbols of docs/model.md that several results share; others stand with their result.

Sizes are positive and may be any real number, so that formulas can be differentiated in them.
"""

from __future__ import annotations

from update_magnitude.theory.proofs.notation import symbol

# What symbols of several results mean
EFFECTIVE_PENALTY = "effective penalty: λ, raised by what the samples leave undetermined"
LEVEL_OF_RISK = "(R_t + σ²)/n, R_t the risk on the new task after an update of scale 1"

# sizes
P = symbol("P", meaning="all parameters: the capacity", parameter=True, positive=True)
m = symbol("m", meaning="parameters that the update trains", parameter=True, positive=True)
n = symbol("n", meaning="samples of the task", parameter=True, positive=True)
n_1 = symbol("n_1", meaning="samples of the first task", parameter=True, positive=True)
n_2 = symbol("n_2", meaning="samples of the second task", parameter=True, positive=True)
p = symbol("p_b", meaning="parameters of block b", parameter=True, positive=True)
nu = symbol(
    "nu",
    "ν",
    r"\nu",
    meaning="degrees of freedom of a χ² distribution",
    parameter=True,
    positive=True,
)
excess = symbol(
    "k", meaning="by how much something lies beyond a bound", parameter=True, positive=True
)

# standard deviation of the noise, scale and penalty of an update
sigma = symbol(
    "sigma",
    "σ",
    r"\sigma",
    meaning="standard deviation of the task's noise",
    parameter=True,
    nonnegative=True,
)
sigma_1 = symbol(
    "sigma_1",
    "σ_1",
    r"\sigma_1",
    meaning="standard deviation of the first task's noise",
    parameter=True,
    nonnegative=True,
)
sigma_2 = symbol(
    "sigma_2",
    "σ_2",
    r"\sigma_2",
    meaning="standard deviation of the second task's noise",
    parameter=True,
    nonnegative=True,
)
alpha = symbol(
    "alpha",
    "α",
    r"\alpha",
    meaning="scale: the multiple of the fitted update that is carried out (1: all of it)",
    parameter=True,
    real=True,
)
alpha_1 = symbol(
    "alpha_1",
    "α_1",
    r"\alpha_1",
    meaning="scale of the first update (1: all of it is carried out)",
    parameter=True,
    real=True,
)
alpha_2 = symbol(
    "alpha_2",
    "α_2",
    r"\alpha_2",
    meaning="scale of the second update (1: all of it is carried out)",
    parameter=True,
    real=True,
)
lam = symbol(
    "penalty",
    "λ",
    r"\lambda",
    meaning="penalty on the squared size of the update",
    parameter=True,
    positive=True,
)
N = symbol(
    "N",
    meaning="what the update takes for noise: σ² and the risk in the blocks that do not train",
    nonnegative=True,
)

# the moments of one update (result U)
g = symbol(
    "g",
    meaning="share of what is left to learn that the update learns in the mean: E[Δ] = g d_S",
    real=True,
)
a = symbol("a", real=True)
b = symbol("b", real=True)
c = symbol("c", real=True)

# before an update; d = θ* − θ and e = θ_1 − θ*_1, S the blocks that train, C the others
D_S = symbol(
    "D_S",
    "E‖d_S‖²",
    r"\mathrm{E}\|d_S\|^2",
    meaning="what is left to learn in the trained blocks: mean of ‖d‖², d = θ*_t − θ_{t−1}",
    nonnegative=True,
)
overlap = symbol(
    "e_d",
    "E⟨e_S,d_S⟩",
    r"\mathrm{E}\langle e_S, d_S\rangle",
    meaning="mean inner product, in the trained blocks, of e = θ_1 − θ*_1 and d = θ*_2 − θ_1",
    real=True,
)
error = symbol(
    "e_e",
    "E‖e_S‖²",
    r"\mathrm{E}\|e_S\|^2",
    meaning="what task 1 left unlearned in the trained blocks: mean of ‖e‖², e = θ_1 − θ*_1",
    nonnegative=True,
)
error_C = symbol(
    "e_e_C",
    "E‖e_C‖²",
    r"\mathrm{E}\|e_C\|^2",
    meaning="what task 1 left unlearned in the held blocks: mean of ‖e‖², e = θ_1 − θ*_1",
    nonnegative=True,
)
meet_S = symbol(
    "e_delta_S",
    "E⟨e_S,δ_S⟩",
    r"\mathrm{E}\langle e_S, \delta_S\rangle",
    meaning="mean inner product, in the trained blocks, of e = θ_1 − θ*_1 and the step δ",
    real=True,
)
meet_C = symbol(
    "e_delta_C",
    "E⟨e_C,δ_C⟩",
    r"\mathrm{E}\langle e_C, \delta_C\rangle",
    meaning="mean inner product, in the held blocks, of e = θ_1 − θ*_1 and the step δ",
    real=True,
)

# the moments of θ in one block that result R carries
M_b = symbol(
    "M_b",
    meaning="squared distance of the mean of θ from the optimum, in block b",
    nonnegative=True,
)
V_b = symbol(
    "V_b",
    "V_b",
    "V_b",
    meaning="mean squared distance of θ from its own mean in block b, before the update",
    nonnegative=True,
)
q_b = symbol(
    "q_b", meaning="mean squared length of θ in block b, before the update", nonnegative=True
)
c_bt = symbol(
    "c_bt",
    meaning="mean inner product of θ and the new task's optimum in block b, before the update",
    real=True,
)
c_bi = symbol(
    "c_bi",
    meaning="mean inner product of θ and the optimum of task i in block b, before the update",
    real=True,
)
G_tt = symbol(
    "G_tt", meaning="squared length of the task's optimum θ*_t in block b", nonnegative=True
)
G_ti = symbol(
    "G_ti",
    meaning="inner product of the optima of the new task t and of task i, in block b",
    real=True,
)

# two tasks: squared norms of the first optimum and of the step δ, in the trained blocks S and in
# the rest C, and their inner products ⟨θ*_1, δ⟩
norm_S = symbol(
    "norm_S",
    "‖θ*_1‖²_S",
    r"\|\theta^*_1\|_S^2",
    meaning="squared length of the first optimum in the blocks that task 2 trains",
    nonnegative=True,
)
norm_C = symbol(
    "norm_C",
    "‖θ*_1‖²_C",
    r"\|\theta^*_1\|_C^2",
    meaning="squared length of the first optimum in the blocks that task 2 holds",
    nonnegative=True,
)
step_S = symbol(
    "step_S",
    "‖δ‖²_S",
    r"\|\delta\|_S^2",
    meaning="squared length of the step δ between the optima, in the blocks that task 2 trains",
    nonnegative=True,
)
step_C = symbol(
    "step_C",
    "‖δ‖²_C",
    r"\|\delta\|_C^2",
    meaning="squared length of the step δ between the optima, in the blocks that task 2 holds",
    nonnegative=True,
)
cross_S = symbol(
    "cross_S",
    "⟨θ*_1,δ⟩_S",
    r"\langle\theta^*_1, \delta\rangle_S",
    meaning="inner product of the first optimum and the step δ, in the blocks that task 2 trains",
    real=True,
)
cross_C = symbol(
    "cross_C",
    "⟨θ*_1,δ⟩_C",
    r"\langle\theta^*_1, \delta\rangle_C",
    meaning="inner product of the first optimum and the step δ, in the blocks that task 2 holds",
    real=True,
)
change_1 = symbol("change_1", meaning="what an update changes the risk on task 1 by", real=True)
change_2 = symbol("change_2", meaning="what an update changes the risk on task 2 by", real=True)

# sequences of tasks
t = symbol(
    "t",
    meaning="tasks learned so far, the one at hand among them",
    parameter=True,
    integer=True,
    positive=True,
)
T = symbol("T", meaning="tasks of the whole sequence", parameter=True, integer=True, positive=True)
i = symbol(
    "i",
    meaning="task whose risk is asked for, counted from 1",
    parameter=True,
    integer=True,
    positive=True,
)
r = symbol(
    "r", meaning="what one update leaves of a risk: 1 − n/m for m > n, else 0", nonnegative=True
)
risk_i = symbol(
    "R_i",
    "E R_i(θ)",
    r"\mathrm{E} R_i(\theta)",
    meaning="mean risk on task i in the parameters that train, before the update",
    nonnegative=True,
)
apart = symbol(
    "apart",
    "‖θ*_t−θ*_i‖²",
    r"\|\theta^*_t - \theta^*_i\|^2",
    meaning="squared distance between the optima of two tasks",
    nonnegative=True,
)
start = symbol(
    "R_0", meaning="mean risk on task i before the first of the updates", nonnegative=True
)
settled = symbol("f", meaning="risk at which noise alone settles", nonnegative=True)
distances = symbol(
    "W",
    meaning="squared distances of optima to θ*_i, fading with time: Σ_k r^(t−k) ‖θ*_k − θ*_i‖²",
    nonnegative=True,
)
power = symbol("z", meaning="r^t, which fades as tasks are learned", positive=True)

# the optimal number of trainable parameters: the signal ξ and the noise η
xi = symbol(
    "xi",
    "ξ",
    r"\xi",
    meaning="the signal: how far the risk would fall if the trained blocks reached the new optimum",
    positive=True,
)
eta = symbol(
    "eta",
    "η",
    r"\eta",
    meaning="what the update takes for noise: N = E‖d_C‖² + σ²",
    positive=True,
)
