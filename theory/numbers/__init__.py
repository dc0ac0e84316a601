"""What is evaluated: the results, in numbers, for scenarios.

``dynamics`` carries the moments of θ from task to task by result R, and ``prediction`` makes the
means of a scenario of them; ``closed_forms`` are those of two tasks, ``count_choice`` and
``penalty_choice`` say where a measure is least.
"""
