"""What is evaluated: the results, in numbers, for scenarios.

``prediction`` (``um.predict``) labels what theory predicts of a scenario or a family: ``means``
computes the numbers, from moments that ``dynamics`` carries from task to task by result R, and
``rounding`` says how far off they may be. ``arguments`` computes those of theorems from a scenario.
``closed_forms`` are those of two tasks and their critical distance; ``optimal`` says where a
measure is least. Where result U is not exact, ``equivalent`` has result D, for blocks that differ
or are penalized, and ``descent`` result S, for steps of gradient descent, whose integrals over the
spectrum of the features are those of ``spectral``; ``stopping`` is the best number of steps.
"""
