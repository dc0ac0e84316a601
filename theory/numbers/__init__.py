"""What is evaluated: the results, in numbers, for scenarios.

``dynamics`` carries the moments of θ from task to task by result R, ``means`` makes the means of a
scenario or a family of them, and ``prediction`` a labelled dataset; ``rounding`` says how far a
mean may be off. ``closed_forms`` are those of two tasks, ``drifts`` what the last task meets,
``arguments`` what theorems take of a scenario; ``count_choice`` and ``penalty_choice`` say where a
measure is least.
"""
