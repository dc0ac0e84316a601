# %% [markdown]
# # From the linear theory to your network
#
# The theory of linear models says more than "freeze" or "do not freeze". It says how far each
# *direction* in the space of parameters should move when a new task comes: the less, the more the
# earlier tasks depend on it. This page shows the statement in the linear model, where it is a
# theorem; then in the networks that this toolkit trains; and then in a few lines of your own, for
# a model of your own.
#
# It needs the extra for networks: `pip install 'update-magnitude[networks]'`.

# %%
import json
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

import update_magnitude as um

# %% [markdown]
# ## 1. What the theory says of rates
#
# Each of two tasks has a block of parameters that matters much to it, and less to the other: the
# features of that block have a variance of 1 at its own task and of 0.2 at the other one. The
# strategy `least-forgetting` moves each block in inverse proportion to how much the earlier tasks
# depend on it. The first task has many samples, so that it is learned nearly to the end; the
# second one has few.

# %%
scenario = um.scenarios.parse(
    {
        "title": "a block for each task",
        "blocks": {"first": 20, "second": 20},
        "features": {"variance": {"first": [1.0, 0.2], "second": [0.2, 1.0]}},
        "tasks": {"count": 2, "samples": [200, 12], "noise": 0.1},
        "optima": {
            "norm": {"first": 1.0, "second": 1.0},
            "distance": {"first": 1.0, "second": 1.0},
        },
        "updates": {"strategy": "least-forgetting"},
    }
)
strategies = ["frozen", "initialized", "least-forgetting"]
rows = {name: um.predict(um.varied(scenario, {"updates.strategy": name})) for name in strategies}
print(f"{'strategy':18} {'forgetting':>10} {'learning error':>15} {'generalization':>15}")
for name, found in rows.items():
    print(
        f"{name:18} {found.forgetting.item():10.3f} {found.learning_error.item():15.3f}"
        f" {found.generalization.item():15.3f}"
    )

# %% [markdown]
# Freezing the first block forgets less than training both, and learns the second task less well.
# The update with a rate for each block forgets less than either, and learns nearly as well as
# training both. (With 30 samples and not 12 the frozen model cannot fit all samples any more.
# Then it is none of the updates that the theorem compares, and it forgets less. Try it.)
#
# These are predictions of mean values. The theorem behind them (`least-forgetting-update`) is
# stronger: of all updates that fit the new samples, this one adds least to the quadratic part
# $\Delta^\top M \Delta$ of the growth of the earlier risks, *in every single draw*, $M$ being the
# sum of the earlier tasks' feature variances. That can be seen with NumPy alone: with a rate of
# $1/M_j$ for parameter $j$, gradient descent ends at the solution $M^{-1}\Phi (\Phi^\top
# M^{-1}\Phi)^{-1} r$.

# %%
random = np.random.default_rng(0)
importance = np.repeat([1.0, 0.05], [12, 20])  # M: the earlier tasks depend on 12 of 32 parameters
costs = {"initialized": [], "frozen": [], "rates 1/M": []}
for _ in range(200):
    features = random.normal(size=(32, 8))  # of 8 samples of the new task
    residual = random.normal(size=8)
    rates = {
        "initialized": np.ones(32),
        "frozen": np.repeat([0.0, 1.0], [12, 20]),
        "rates 1/M": 1 / importance,
    }
    for name, rate in rates.items():
        gram = features.T @ (rate[:, None] * features)
        update = rate * (features @ np.linalg.solve(gram, residual))
        assert np.allclose(features.T @ update, residual)  # each fits the new samples exactly
        costs[name].append(update @ (importance * update))

for name, values in costs.items():
    print(f"{name:12} mean {np.mean(values):.4f}, largest {np.max(values):.4f}")
least = np.array(costs["rates 1/M"])
others = np.minimum(costs["initialized"], costs["frozen"])
print(f"rates 1/M cost least in {np.mean(least <= others + 1e-12):.0%} of 200 draws")

# %% [markdown]
# ## 2. A network that this toolkit trains
#
# `update-magnitude train` trains real networks on real images. The strategy `hybrid-rates`
# carries the theorem over: the importance $f_j$ of a parameter is how much the outputs for
# earlier tasks change with it, and from the second task on the parameter learns at its rate times
# $1/(1 + c f_j)$. `slowed` is a control: it slows all parameters alike and looks at no gradient.
#
# To be quick, this run is tiny: three tasks with the ten digits of scikit-learn, 8 × 8 pixels,
# each task with the pixels in an order of its own; a small perceptron, 400 images of each task,
# three seeds, four epochs.

# %%
command = [sys.executable, "-m", "update_magnitude", "train", "permuted-digits"]
command += ["--strategy", "initialized,frozen,hybrid-rates,slowed", "--seeds", "3", "--tasks", "3"]
command += ["--samples", "400", "--width", "32", "--epochs", "4", "--output", "digits"]
finished = subprocess.run(
    [*command, "--format", "png"], check=True, capture_output=True, text=True, encoding="utf-8"
)
print(finished.stdout)

# %% [markdown]
# `Avg.Acc` is the accuracy over all tasks at the end, `Forgetting` how much of it was lost since
# each task was learned, and `Task.Acc` the accuracy on each task when it is learned. Read the
# intervals before the means. When this page was written, `hybrid-rates` was better here than
# fine-tuning, freezing and the control, and it paid for that: it learned each new task less well
# than fine-tuning did. The networks are far from trained to the end, so this says something about
# these tasks at this size. [The results](../network-results.md) have longer runs on more tasks,
# among them those where `slowed` does nearly as well. `update-magnitude train split-digits`
# trains a residual net with a head for each task; it takes minutes.
#
# The folder `digits` has the numbers as JSON and as netCDF, and the figures.

# %%
print(sorted(path.name for path in Path("digits").iterdir()))
runs = xr.load_dataset("digits/results.nc")
print("accuracy on each task at the end, in percent, mean of the seeds:")
print((100 * runs.accuracy.sel(after=3).mean("seed")).to_pandas().round(1))

document = json.loads(Path("digits/results.json").read_text(encoding="utf-8"))
for verdict in document["verdicts"]:
    print(verdict["statement"])
    for found in verdict["comparisons"]:
        low, high = found["difference"]["low"], found["difference"]["high"]
        print(f"    {found['metric']} minus that of {found['against']}: {low:+.3f} to {high:+.3f}")

# %% [markdown]
# ## 3. The same rule in your own model
#
# You need three things: the importances, measured once after each task; the rates made from them;
# and one multiplication in your training step. Here is all of it for a network of two layers in
# JAX, on two made-up tasks. Both tasks use the same output, and each depends on inputs of its
# own: five inputs are strong in task 1 and weak in task 2, and five the other way round.

# %%
INPUTS, HIDDEN, STEPS, RATE = 10, 32, 800, 0.1


def start(seed):
    """Random initial parameters of two layers."""
    first, second = jax.random.split(jax.random.key(seed))
    return {
        "in": jax.random.normal(first, (INPUTS, HIDDEN)) / np.sqrt(INPUTS),
        "out": jax.random.normal(second, (HIDDEN,)) / np.sqrt(HIDDEN),
    }


def outputs(parameters, images):
    """One number per example."""
    return jnp.tanh(images @ parameters["in"]) @ parameters["out"]


def loss(parameters, images, labels):
    """Half the mean squared error."""
    return 0.5 * jnp.mean((outputs(parameters, images) - labels) ** 2)


def task(seed, strong):
    """200 examples to learn from and 500 to test on, of which the strong inputs decide."""
    random = np.random.default_rng(seed)
    decides = np.isin(np.arange(INPUTS), strong)
    images = random.normal(size=(700, INPUTS)) * np.where(decides, 1.0, 0.1)
    labels = np.sin(images @ (random.normal(size=INPUTS) * decides))
    data = jnp.asarray(images, jnp.float32), jnp.asarray(labels, jnp.float32)
    return [part[:200] for part in data], [part[200:] for part in data]


# %% [markdown]
# The importance of a parameter: the mean square of the derivative of the output with respect to
# it, over 64 examples of the task that was just learned, divided by its mean over all parameters.
# With several outputs, take a random unit combination of them for each example. No label is
# needed.


# %%
def importances(parameters, images):
    """The importance f of every parameter, of mean 1."""
    one = jax.grad(lambda parameters, image: outputs(parameters, image))
    slopes = jax.vmap(one, in_axes=(None, 0))(parameters, images[:64])
    squares = jax.tree.map(lambda slope: jnp.mean(slope**2, axis=0), slopes)
    total = sum(jnp.sum(square) for square in jax.tree.leaves(squares))
    count = sum(square.size for square in jax.tree.leaves(squares))
    return jax.tree.map(lambda square: square * count / total, squares)


@jax.jit
def trained(parameters, rates, images, labels):
    """Gradient descent in which every parameter has a rate of its own."""

    def step(_, parameters):
        slopes = jax.grad(loss)(parameters, images, labels)
        return jax.tree.map(lambda p, w, slope: p - RATE * w * slope, parameters, rates, slopes)

    return jax.lax.fori_loop(0, STEPS, step, parameters)


# %% [markdown]
# Now train task 1 and then task 2: with one rate for all (`initialized`), with the first layer
# frozen, with the rates of the theory, $c = 10$, and, as a control, with all rates slowed alike,
# which is what an importance of 1 everywhere gives. Five seeds each.

# %%
C = 10.0


def losses(seed, strong_1, strong_2):
    """Forgetting of task 1 and the loss on task 2, for each way to train task 2."""
    learn_1, test_1 = task(2 * seed, strong_1)
    learn_2, test_2 = task(2 * seed + 1, strong_2)
    alike = jax.tree.map(jnp.ones_like, start(seed))
    after_1 = trained(start(seed), alike, *learn_1)
    rates = {
        "initialized": alike,
        "frozen layer": alike | {"in": jnp.zeros_like(alike["in"])},
        "slowed": jax.tree.map(lambda one: one / (1 + C), alike),
        "rates 1/(1 + c f)": jax.tree.map(
            lambda f: 1 / (1 + C * f), importances(after_1, learn_1[0])
        ),
    }
    after_2 = {name: trained(after_1, rate, *learn_2) for name, rate in rates.items()}
    before = loss(after_1, *test_1)
    return {
        name: (float(loss(end, *test_1) - before), float(loss(end, *test_2)))
        for name, end in after_2.items()
    }


def compared(strong_1, strong_2):
    """An array [seed, (forgetting, loss on task 2)] for each way, printed as a table."""
    runs = [losses(seed, strong_1, strong_2) for seed in range(5)]
    table = {name: np.array([run[name] for run in runs]) for name in runs[0]}
    print(f"{'five seeds':20} {'forgetting of task 1':>20} {'loss on task 2':>18}")
    for name, values in table.items():
        mean, error = values.mean(0), values.std(0, ddof=1) / np.sqrt(len(values))
        print(f"{name:20} {mean[0]:11.4f} ± {error[0]:.4f} {mean[1]:9.4f} ± {error[1]:.4f}")
    return table


table = compared(strong_1=range(5), strong_2=range(5, 10))

# %%
figure, axes = plt.subplots(figsize=(6, 3.5))
for name, values in table.items():
    axes.plot(values[:, 0], values[:, 1], "o", label=name)
axes.set(xlabel="forgetting of task 1", ylabel="test loss on task 2", title="one point per seed")
axes.legend(frameon=False)
figure.tight_layout()

# %% [markdown]
# Down and to the left is better. The rates forget least. The new task is learned less well than
# with one rate for all, but better than with rates that are slowed alike: the directions that
# task 1 does not need stay fast. (All take the same number of steps; with more of them, slowed
# rates would learn more and forget more.)
#
# ## 4. Where directions gain nothing
#
# These tasks were made for the rule: they need different inputs. Let both depend on all ten.

# %%
overlapping = compared(strong_1=range(10), strong_2=range(10))

# %% [markdown]
# Now no direction is free. The rates still forget less than training with one fast rate, since
# they move less; but they forget and learn as rates slowed alike do: looking at gradients has
# gained nothing over moving less. The linear theory says why: where the earlier tasks depend on all
# directions alike, rates by direction are equal rates. (Run to its end, any equal rate would lead
# to the solution of initialized training; here all take the same number of steps.) So run the
# control `slowed` beside the rule on your own tasks, before you pay for the importances.
#
# What the theory does not cover: losses that are not quadratic, features that change while the
# network trains, and importances measured at one point. [Deep networks](../networks.md) says how
# far it was seen to carry.
#
# **Next:** [a sweep on several machines](sweep-on-several-machines.py).
