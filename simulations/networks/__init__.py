"""Deep networks that learn one task after another: the paper's strategies on real images.

``benchmarks`` names the settings, ``data`` reads images, ``tasks`` makes sequences of them,
``model`` is the networks, ``strategies`` says what trains (``costs`` is the formula of one),
``importance`` how much earlier tasks depend on each parameter and ``restraints`` how far each may
move, ``training`` compiles it for many runs at once (``lessons`` are what it trains on), ``runs``
and ``groups`` say which runs are alike so far and trained once, ``parts`` are groups while they
train, ``running`` goes through the tasks, ``checkpoint`` keeps the state, ``results`` is what was
measured, ``metrics`` says what accuracies mean, ``optima`` is what the bridge to theory starts
from, ``linearized`` is a network whose features stay, and ``rungs`` has what it and the squared
loss come to. It needs the extra ``networks`` (equinox, optax, scikit-learn, pillow, pooch); no
engine imports it.
"""

from update_magnitude.scenarios.packages import require_installed


def require_extra() -> None:
    """Raise a ScenarioError that says what to install, if the extra is missing."""
    require_installed("equinox", "optax", "sklearn", "PIL")
