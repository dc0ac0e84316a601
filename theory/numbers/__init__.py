"""What is evaluated: the results, in numbers, for scenarios.

``prediction`` (``um.predict``) labels what theory predicts of a scenario or a family: ``means``
computes the numbers, from moments that ``dynamics`` carries from task to task by result R, and
``rounding`` says how far off they may be. ``arguments`` computes those of theorems from a scenario.
``closed_forms`` are those of two tasks and their critical distance; ``optimal`` says where a
measure is least. ``spectral`` integrates filters (steps of descent among them) over the spectrum of
the features; ``stopping`` is the best number of steps.
"""
