"""Deep networks that learn one task after another: the paper's strategies on real images.

``benchmarks`` names the settings, ``data`` reads images, ``tasks`` makes sequences of them,
``model`` and ``layers`` are the networks, ``strategies`` says what trains, ``likeness`` compares
gradients, ``training`` compiles it all for many runs at once, ``groups`` says which runs are alike
so far and trained once, ``running`` goes through the tasks, ``checkpoint`` and ``records`` keep the
state, ``results`` labels it, ``metrics`` says what accuracies mean, ``optima`` is what the bridge
to theory starts from, and ``streams`` gives every random purpose its own numbers. It needs the
extra ``networks`` (equinox, optax, scikit-learn, pillow, pooch); no engine imports it.
"""

from update_magnitude.scenarios.packages import require_installed

NEEDED = ("equinox", "optax", "sklearn", "PIL")


def require_extra() -> None:
    """Raise a ScenarioError that says what to install, if the extra is missing."""
    require_installed(*NEEDED)
