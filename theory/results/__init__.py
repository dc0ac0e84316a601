"""What is derived, from the definition of the model on: a module for each result.

Read in this order: ``symbols``; ``lemmas`` (moments of random projections, the mean of 1/χ²);
``update`` (result U, the first two moments of one update); ``recursion`` (result R, exact risks
after any sequence). Two tasks: ``two_tasks``, ``explicit``, ``decomposition``,
``critical_distances``. How far parameters should move, and how many: ``magnitude``, ``capacity``.
One problem of which frozen and initialized training are limits: ``constrained``. Many tasks:
``task_sequences``, ``sequence_totals``, ``steady_drift`` (their test is ``exact_runs``).
``gradients``. ``variance`` (result L; its test is ``enumeration``). ``proximal``,
``proximal_size``.

Each module ends in ``theorems``, the list of what it proves; ``theory/theorems.py`` has the order
of the modules, which is where a new one is entered.
"""
