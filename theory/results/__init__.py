"""What is derived, from the definition of the model on: a module for each result.

In the order of derivation, with where to look for what:

- ``symbols``; ``lemmas``: moments of random projections, the mean of 1/χ².
- ``update``: result U, the first two moments of one update. ``recursion``: result R, exact risks
  after any sequence.
- ``two_tasks``: forgetting and R_2 of two tasks, and double descent (``double_descent``) after the
  first; ``explicit``: the same in sizes and distances; ``decomposition``: forgetting by its causes;
  ``critical_distances``: where freezing and training all blocks come out the same.
- ``magnitude``: the best scale, and the best number of parameters where they are redundant;
  ``capacity``: the best number where m of P train. ``constrained``: frozen and initialized training
  as limits of one problem.
- ``least_forgetting``: result W, the update that adds least to the risks of the tasks before;
  ``least_forgetting_limits``: frozen and initialized training beside it.
- ``sequence_risks``: risks after t equal tasks; ``sequence_totals``: forgetting and generalization
  after T of them, at any distances; ``steady_drift``: both where all steps have one length.
  ``exact_runs`` is their test.
- ``gradients``: what products (cosines) of gradients say about distance.
- ``variance``: result L, the exact law of one update, and the variances that follow;
  ``enumeration`` is its test. The law itself is proved in docs/model.md and drawn by simulations.
- ``proximal``: penalized updates in the limit; ``proximal_size``: at finite size.
- ``equivalent``: result D, the resolvent of features of any variances; ``equivalent_update``: the
  moments of one update, any weights and penalty, with it (``equivalent_symbols``);
  ``equivalent_limits``: frozen, initialized, no update; ``equivalent_known``: what D has in common
  with result U, ``proximal`` and ridge regression.
- ``optimal_update``: result O, the penalty and weights at which R_2 is least; ``optimal_gain``:
  what any other update costs, and where the gain goes to zero. ``estimated_update``: what the
  closed form needs, estimated from data.
- ``spectral_filters``: result S, any way of stopping short, and the best of them;
  ``filter_moments``: scale, ridge regression and steps of descent in closed form;
  ``orthogonal_scales``: the scales that are best for the mean of the risks of T tasks.

Those that prove something end in ``theorems``, the list of it; ``theory/theorems.py`` has the order
of these modules, which is where a new one is entered.
"""
