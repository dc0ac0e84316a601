# %% [markdown]
# # Twenty minutes from a scenario to a verdict
#
# You describe a sequence of learning tasks in a small text file. From that file the toolkit
# computes exactly how much a model forgets, simulates the same sequence literally, and compares
# the two. At the end you will know what the word *holds* in its tables means, and what it does
# not mean.
#
# Nothing here needs a download or an accelerator. Everything is written to the current folder.

# %%
from pathlib import Path

import matplotlib.pyplot as plt

import update_magnitude as um

# %% [markdown]
# ## 1. Write a scenario
#
# The parameters of a linear model come in blocks. Here one block is *shared*: both tasks want the
# same values in it. The other one is *specific*: the two tasks want different values. Each task
# shows the model a few noisy samples. Under the strategy `frozen`, the first task trains all
# parameters and the second one only the last block.

# %%
scenario_file = Path("two-tasks.toml")
scenario_file.write_text(
    """
title = "my two tasks"
[blocks]                 # how many parameters there are
shared = 8
specific = 16
[tasks]
count = 2
samples = 6              # of each task
noise = 0.4              # a standard deviation
[optima]                 # where the best parameters of each task lie
norm = { shared = 0.4, specific = 1.0 }
distance = { shared = 0.0, specific = 1.5 }
[updates]
strategy = "frozen"
""",
    encoding="utf-8",
)
scenario = um.load(scenario_file)
print(scenario.blocks, scenario.tasks, sep="\n")

# %% [markdown]
# A mistake in the file is an error of one line that names the key and what would be right. Try
# it:

# %%
try:
    um.varied(scenario, {"tasks.noise": -0.4})
except um.ScenarioError as error:
    print(error)

# %% [markdown]
# ## 2. Predict
#
# `predict` evaluates formulas. It draws no random number, and takes some milliseconds once
# it is loaded. The *risk* of a model on a task is the squared distance of its parameters
# from the best ones of that task. In the table, rows say after which task the model is looked at,
# and columns on which task.

# %%
predicted = um.predict(scenario)
print(predicted.risk.to_pandas().round(4))
print("method:               ", predicted.method)
print("forgetting:           ", round(predicted.forgetting.item(), 4))
print("generalization error: ", round(predicted.generalization.item(), 4))

# %% [markdown]
# *Forgetting* is how much the risk on the first task grew while the second one was learned: the
# first column, last row less first row. The *generalization error* is the mean of the last row.
#
# ## 3. Simulate the same file
#
# The `dense` engine knows none of these formulas. It draws every feature and every noise, solves
# the least-squares problem of each task, and repeats that as often as you ask. All numbers get a
# standard error.

# %%
simulated = um.simulate(scenario, 20_000, seed=0)
print(simulated.risk.to_pandas().round(4))
for name in ("forgetting", "generalization"):
    mean, error = simulated[name].item(), simulated[f"{name}_standard_error"].item()
    z = (mean - predicted[name].item()) / error
    print(f"{name:15} {mean:.4f} ± {error:.4f}: {z:+.2f} standard errors from the prediction")

# %% [markdown]
# The distance between prediction and simulation, in standard errors, is called *z*. If the
# prediction is right, |z| is below 2 about 19 times in 20. But a small z alone proves little:
# with ten replicates almost any formula would pass, because its error bars are wide.
#
# ## 4. A verdict
#
# `check` therefore goes on drawing until it could notice a small mistake. Its `quick` profile
# asks for a *resolution* of 2%.

# %%
verdicts = um.check(scenario, profile="quick")
print(verdicts)

# %% [markdown]
# How to read a row:
#
# - **resolution** is the smallest relative deviation that this very measurement would have
#   detected with a probability of 99%. At a resolution of 1.5%, a prediction that is off by 1.5%
#   would almost surely be refuted.
# - **holds** means three things together: simulation and prediction do not differ significantly,
#   the resolution asked for was reached, and deliberately wrong predictions were refuted by the
#   same measurement. It does not mean that the formula is proved, and it says nothing about
#   errors smaller than the resolution.
# - **refuted** means that they differ by more than chance allows. Over all rows of a run
#   together, the probability to refute anything that is right is at most 0.001.
# - **inconclusive** means that the budget ended before the resolution was reached, or that no
#   z-test is valid in this scenario. It is neither a success nor a failure.
#
# Each verdict is also an object.

# %%
first = verdicts[0]
print(f"{first.quantity}: predicted {first.prediction:.4f}, estimated {first.estimate:.4f}")
print(f"z = {first.z:+.2f}, resolution {first.resolution:.2%}: {first.verdict}")

# %% [markdown]
# ## 5. A wrong prediction
#
# Suppose that a colleague argues: the second task moves the specific block by the share $n/m$ of
# the way to its new optimum, so forgetting should be $(n/m)\,\|\delta\|^2$, with $n = 6$ samples,
# $m = 16$ trained parameters and the step $\delta$ between the optima. That is plausible, and a
# function of the scenario can say it.
#
# `check` also asks in which variations of the scenario a formula holds, which takes most of its
# time. Here only the first answer is wanted, so the budget (a number of random draws) is made a
# twentieth of that of `quick`.


# %%
def by_the_distance_alone(scenario):
    """Forgetting as the share of the squared distance that the second task covers."""
    specific = um.scenarios.coordinates(scenario)[-1]  # the optima, in some basis
    share = scenario.tasks.samples[1] / scenario.blocks.sizes[-1]
    return {"forgetting": share * ((specific[1] - specific[0]) ** 2).sum()}


short = um.paper_checks.Profile("short", resolution=0.02, budget=2e7)
guessed = um.check(scenario, prediction=by_the_distance_alone, profile=short)
print(guessed[0].verdict, f"z = {guessed[0].z:+.0f}")
print(f"predicted {guessed[0].prediction:.4f}, estimated {guessed[0].estimate:.4f}")

# %% [markdown]
# Refuted. The argument leaves out what the first task had not learned, and the noise. The next
# figure shows the guess beside the exact curve: both have the same shape, and the guess is too
# large by the same amount at every distance. A figure alone would hardly have shown that; the
# verdict does.

# %%
distances = [0.0, 0.5, 1.0, 1.5, 2.0]
family = um.family(scenario, {"optima.distance.specific": distances})
curve = um.predict(family).forgetting
points = um.simulate(family, 4_000, seed=1)

figure, axes = plt.subplots(figsize=(6, 3.5))
axes.plot(distances, curve, label="exact")
axes.errorbar(
    distances,
    points.forgetting,
    yerr=2 * points.forgetting_standard_error,
    fmt="o",
    label="simulated, ± 2 standard errors",
)
axes.plot(
    distances, [6 / 16 * distance**2 for distance in distances], "--", label="(n/m)·distance²"
)
axes.set(xlabel="distance of the specific optima", ylabel="forgetting", title=scenario.title)
axes.legend(frameon=False)
figure.tight_layout()

# %% [markdown]
# ## The same from the command line
#
# ```
# update-magnitude predict two-tasks.toml
# update-magnitude simulate two-tasks.toml --replicates 20000
# update-magnitude check two-tasks.toml --profile quick
# ```
#
# `check` ends with the status 0 if all predictions hold, 1 if one is refuted, and 3 if something
# is inconclusive.
#
# **Next:** [verify a theorem of your own paper](verify-your-theorem.py), or [explore a
# regime](explore-a-regime.py).
