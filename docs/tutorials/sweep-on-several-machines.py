# %% [markdown]
# # A sweep on several machines
#
# A sweep simulates one scenario over a grid of its fields and keeps every finished point in a
# folder. It may be interrupted at any moment, several processes or machines may work on it at
# once, and in the end one labelled dataset is read from it. This page does all three with a small
# grid, on one machine.

# %%
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt

import update_magnitude as um
from update_magnitude.simulations import sweeps

# %% [markdown]
# ## 1. A grid
#
# Two fields vary: the distance of the two tasks and the strategy. The engine `law` draws each
# update from its exact distribution, and costs the same at any number of parameters.

# %%
Path("grid.toml").write_text(
    """
title = "frozen and initialized against distance"
[sweep]
replicates = 20_000
seed = 0
engines = ["law"]
scenario = "two-close-tasks"
[grid]
optima.distance.specific = { from = 0.0, to = 3.0, count = 7 }
updates.strategy = ["frozen", "initialized"]
""",
    encoding="utf-8",
)
sweep = sweeps.load("grid.toml")
print(sweep.size, "points")

# %% [markdown]
# ## 2. Interrupt it
#
# From a terminal you would run `update-magnitude sweep grid.toml --output grid.zarr` and press
# Ctrl-C, or the machine would lose its power. Here an exception plays that part: it comes when
# four points are done.


# %%
class PowerCutError(Exception):
    """What ends the first run."""


def watch(done, share):
    """Called with the number of points that are done, and the share of this run."""
    if done >= 4:
        raise PowerCutError


try:
    sweeps.run(sweep, "grid.zarr", watch)
except PowerCutError:
    print("interrupted")

# %% [markdown]
# What was finished is there. Points that are not done are NaN, and the variable `done` says
# which.

# %%
partial = sweeps.read("grid.zarr").load()
print(f"{int(partial.done.sum())} of {partial.done.size} points are done")
print(partial.forgetting.sel(engine="law").to_pandas().round(3))

# %% [markdown]
# ## 3. Share the rest
#
# The same command, started again, goes on where the first run was. Started twice at the same
# time, on one machine or on any machines that see the folder, the processes share the work: each
# takes a point that nobody else has. There is no server and no lock that could be left behind.

# %%
command = [sys.executable, "-m", "update_magnitude", "sweep", "grid.toml", "--output", "grid.zarr"]
workers = [
    subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") for _ in range(2)
]
said = [worker.communicate()[0].strip() for worker in workers]
for number, (worker, text) in enumerate(zip(workers, said, strict=True), start=1):
    print(f"process {number} ended with status {worker.returncode}: {text}")

# %% [markdown]
# The numbers of the two processes need not add up to exactly the points that were missing:
# towards the end a process takes up points that another one has begun and not finished, because
# that one may be dead. Both come to the same bytes, so nothing is spoilt.
#
# Across machines use a folder that all of them see, and the same versions of this package, of jax
# and of zarr; a store that was begun by others is refused in one line that names what differs.
# The bytes are the same on processors for which the compiler makes the same code; other
# processors can differ in the last digits.
#
# ## 4. Read it as one dataset

# %%
found = sweeps.read("grid.zarr").load()
print(found)

# %%
forgetting = found.forgetting.sel(engine="law")
print(forgetting.to_pandas().round(3))
winner = forgetting.idxmin("updates.strategy")
print(winner.to_pandas())

# %% [markdown]
# All points have the same seed, so points of the same shape share their draws: the difference of
# two strategies is more exact than the standard errors of both would suggest. The grid can be
# compared with theory like any simulation. Each point is what `um.simulate` gives with that seed.

# %%
distances = [float(distance) for distance in found["optima.distance.specific"]]
family = um.family(
    um.preset("two-close-tasks"),
    {"optima.distance.specific": distances, "updates.strategy": ["frozen", "initialized"]},
)
exact = um.predict(family).forgetting
z = (forgetting - exact.values) / found.forgetting_standard_error.sel(engine="law")
print(
    f"largest deviation from theory: {float(abs(z).max()):.2f} standard errors, in {z.size} points"
)

figure, axes = plt.subplots(figsize=(6, 3.5))
exact.plot.line(x="optima.distance.specific", ax=axes)
forgetting.plot.line("o", x="optima.distance.specific", ax=axes, add_legend=False)
axes.set_title("lines: theory; points: the sweep")
figure.tight_layout()
# %% [markdown]
# ## 5. Start it once more
#
# When everything is done, the command only verifies: every file has a checksum, and a point that
# was damaged on the disk would be simulated again.

# %%
summary = sweeps.run(sweep, "grid.zarr")
print(summary.document())
assert summary.simulated == 0

# %% [markdown]
# The same from Python, without a file: `um.sweep(family, "grid.zarr", replicates=20_000)`. What a
# store promises, and what it refuses, is in [Sweeps](../sweeps.md). For one large simulation
# rather than many, the replicates can be shared among devices and hosts: [The
# engines](../engines.md#reproducible-on-one-device-or-many).
