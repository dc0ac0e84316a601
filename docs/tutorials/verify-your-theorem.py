# %% [markdown]
# # Verify a theorem of your own paper
#
# You have derived a formula for the risks of a model that learns tasks one after another. This
# page turns it into a function, has it judged by simulation, and then does the same with a
# version that contains a small mistake of the kind that survives proofreading. The verdict not
# only refutes it: it shows in which term to look.

# %%
import matplotlib.pyplot as plt
import numpy as np

import update_magnitude as um

# %% [markdown]
# ## 1. The setting of the theorem
#
# All parameters train at every task (`initialized`), each update is the full minimum-norm
# solution, and there are more parameters than samples. The optima are the rows of an array: here
# three random ones of 20 parameters.

# %%
optima = np.random.default_rng(0).normal(size=(3, 20)) / 5
scenario = um.scenario(optima=optima, samples=10, noise=0.6, title="three random tasks")
print("parameters", scenario.blocks.capacity, "tasks", scenario.tasks.count)

# %% [markdown]
# ## 2. The theorem as a function
#
# Suppose that your paper says: with $r = 1 - n/P$, one task takes the mean risk on task $i$ to
#
# $$E R_i(\theta_t) = r\,E R_i(\theta_{t-1}) + (1 - r)\,\|\theta^*_t - \theta^*_i\|^2
#   + \frac{n\,\sigma^2}{P - n - 1}.$$
#
# The function takes a scenario and returns a dictionary. It has to take its numbers *from the
# scenario*, for it will be asked about others, too. `um.scenarios.coordinates` gives the optima
# of each block.


# %%
def risks(scenario, denominator):
    """The recursion, with what stands below the noise term as a function of P and n."""
    capacity = scenario.blocks.capacity
    points = np.hstack(um.scenarios.coordinates(scenario)).astype(float)  # [task, coordinate]
    apart = ((points[:, None] - points) ** 2).sum(-1)  # squared distances of the optima
    risk, rows = (points**2).sum(-1), []
    for task in range(scenario.tasks.count):
        n, sigma = scenario.tasks.samples[task], scenario.tasks.noise[task]
        kept = 1 - n / capacity
        noise_term = n * sigma**2 / denominator(capacity, n)
        risk = kept * risk + (1 - kept) * apart[task] + noise_term
        rows.append(risk)
    return np.array(rows)


def mine(scenario):
    """The theorem of the paper: the mean risks after the last task, and their mean."""
    last = risks(scenario, lambda capacity, n: capacity - n - 1)[-1]
    return {"risk[3, 1]": last[0], "generalization": last.mean()}


print(mine(scenario))

# %% [markdown]
# ## 3. The verdict
#
# `check` draws features and noise, solves the least-squares problems, and compares. It never
# looks at this project's own theory of the means, so that its verdict is evidence.

# %%
verdicts = um.check(scenario, prediction=mine, profile="quick")
print(verdicts)

# %% [markdown]
# The rows with a `candidate` are about the scenario that you gave, and they alone decide. The
# indented ones vary it in one respect at a time. They show the *reach* of the theorem: it was
# derived for full updates of all blocks with more parameters than samples, so it must fail where
# a scale is halved or where $P < n$, and it does.

# %%
own = [verdict for verdict in verdicts if verdict.variation is None]
reach = {v.variation: v.verdict for v in verdicts if v.variation and v.quantity == "R_1(θ_3)"}
print({verdict.quantity: verdict.verdict for verdict in own})
for variation, verdict in reach.items():
    print(f"{variation:22} {verdict}")

# %% [markdown]
# ## 4. The same theorem with a subtle mistake
#
# The mean of an inverse Wishart matrix has the denominator $P - n - 1$. It is easy to write $P -
# n$, which is the same in the limit of many parameters, and looks right in every sanity check
# without noise.


# %%
def subtly_wrong(scenario):
    """The theorem with P − n in the place of P − n − 1."""
    last = risks(scenario, lambda capacity, n: capacity - n)[-1]
    return {"risk[3, 1]": last[0], "generalization": last.mean()}


change = subtly_wrong(scenario)["generalization"] / mine(scenario)["generalization"] - 1
print(f"the mistake changes the generalization error by {change:.1%}")
wrong = um.check(scenario, prediction=subtly_wrong, profile="quick")
for verdict in wrong:
    if verdict.variation is None:
        print(verdict.quantity, verdict.verdict, f"z = {verdict.z:+.1f}")

# %% [markdown]
# Refuted. To see where the mistake is, ask the variations at which the wrong formula agrees with
# simulation. A formula is wrong in what they switch off.

# %%
where = {v.variation: v.verdict for v in wrong if v.variation and v.quantity == "R_1(θ_3)"}
print(f"{'variation':22} {'right formula':14} wrong formula")
for variation in where:
    print(f"{variation:22} {reach[variation]:14} {where[variation]}")

# %% [markdown]
# Without any noise the wrong formula is right: so the mistake lies in the noise term. Where the
# noise is doubled it is refuted, and where distances are changed it stays refuted, since they do
# not touch that term.
#
# ## 5. How small a mistake would have been noticed?
#
# That is the resolution. The profile `quick` detects 2%, `default` 0.5%, `thorough` 0.1%. With
# less noise the same mistake is smaller than what `quick` can see, and the verdict is then
# *holds*, honestly "at a resolution of 2%":

# %%
noises = np.array([0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8])
changes = []
for noise in noises:
    quiet = um.varied(scenario, {"tasks.noise": float(noise)})
    right, off = mine(quiet)["generalization"], subtly_wrong(quiet)["generalization"]
    changes.append(abs(off / right - 1))

figure, axes = plt.subplots(figsize=(6, 3.5))
axes.plot(noises, 100 * np.array(changes), "o-", label="size of the mistake")
for name, resolution in {"quick": 2, "default": 0.5, "thorough": 0.1}.items():
    axes.axhline(resolution, linestyle=":", color="grey")
    axes.text(noises[-1], resolution, name, ha="right", va="bottom", color="grey")
axes.set(
    xlabel="noise σ", ylabel="change of G (%)", yscale="log", title="P − n instead of P − n − 1"
)
axes.legend(frameon=False)
figure.tight_layout()

# %% [markdown]
# So choose the scenario in which you test a theorem with its doubtful term in mind: make that
# term large.
#
# A formula for two tasks need not be a program at all: [a file with one line](../candidates.md)
# does, and `update-magnitude check --candidate formula.toml SCENARIO` judges it in the same way.
#
# **Next:** [explore a regime](explore-a-regime.py).
