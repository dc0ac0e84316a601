"""What is derived, from the definition of the model on.

Read in this order: ``symbols``; ``lemmas`` (moments of random projections, the mean of 1/χ²);
``update`` (result U, the first two moments of one update); ``recursion`` (result R, exact risks
after any sequence); ``two_tasks``, ``explicit``, ``decomposition``, ``critical_distances``;
``magnitude`` (how far, and how many parameters), ``capacity``, ``constrained``; ``sequences``,
``task_sequences``, ``sequence_totals``, ``steady_drift`` (many tasks); ``gradients``; ``variance``
(result L; its test is ``enumeration``); ``proximal``, ``proximal_size``.
"""
