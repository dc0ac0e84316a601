"""The same runs in Avalanche, a library of continual learning: accuracies and time beside ours.

``export`` runs here: it writes the tasks, the initial parameters and what our own fine-tuning made
of them. ``run`` reads that file in an environment of its own, which ``requirements.txt`` describes,
with neither jax nor this project installed; ``network`` is the same network in PyTorch, ``methods``
are Avalanche's.
"""
