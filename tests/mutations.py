"""Ninety and more mistakes, planted one at a time: what stands where, what is put in its place, and
the cheapest of the checks and tests that must notice.

A killer is one of three:

- ``check CLAIM``: the claim at the quick profile, whose verdict must be *refuted*;
- ``derivation THEOREM``: a line of the theorem's derivation must fail its verification, which a
  check does not repeat;
- the test that must fail, by what it asserts.

A crash is none of them: what cannot be run has noticed nothing. ``test_mutations`` runs them.
"""

from __future__ import annotations

from typing import NamedTuple


class Mutation(NamedTuple):
    """A mistake in one module."""

    module: str
    old: str  # stands there once
    new: str
    killer: str


PRESETS = "test_presets_agree_with_theory_and_would_not_with_a_wrong_one"
DENSE, LAW = f"tests/test_simulation.py::{PRESETS}", f"tests/test_law.py::{PRESETS}"
LITERAL = "tests/test_hybrid.py::test_a_literal_loop_decides_and_learns_alike"
MERGED = "tests/test_simulation.py::test_moments_merge_to_those_of_all_replicates"
TAILS = "tests/test_finite_moments.py::test_the_least_freedom_is_what_it_is_by_hand"
CHI_SQUARE = "tests/test_chi_square.py"
NORMALS = "tests/test_normals.py"
VERDICTS, STATISTICS = "tests/test_verdicts.py", "tests/test_statistics.py"
SEQUENTIAL = "tests/test_sequential_sampling.py"
LIMITS = "tests/test_drawn_theorems.py::test_frozen_initialized_and_none_are_limits_of_one_problem"
SOLUTIONS = "tests/test_least_norm.py::test_solutions_are_those_of_lapack"

MUTATIONS = {
    # What is derived.
    "over-noise": Mutation(
        "theory/results/update.py",
        "        n,\n        m - n + 1,\n",
        "        n * m / (m + 1),\n        m - n + 1,\n",
        "check risk",
    ),
    "under-noise": Mutation(
        "theory/results/update.py",
        "        m,\n        n - m + 1,\n",
        "        m,\n        n - m + 2,\n",
        "check two-task-risk",
    ),
    "sign-of-the-error": Mutation(
        "theory/results/two_tasks.py",
        "{overlap: meet_S - error, D_S",
        "{overlap: meet_S + error, D_S",
        "check drift",
    ),
    "noise-dropped": Mutation(
        "theory/results/two_tasks.py",
        "pairs[N] = step_C - 2 * meet_C + error_C + sigma**2",
        "pairs[N] = step_C - 2 * meet_C + error_C",
        "check two-task-forgetting",
    ),
    "held-back-error-dropped": Mutation(
        "theory/results/critical_distances.py",
        "meet_C: Integer(0), step_S: x",
        "meet_C: Integer(0), error_C: Integer(0), step_S: x",
        "check critical-distance",
    ),
    "wrong-share-held-back": Mutation(
        "theory/results/capacity.py",
        "N: gap_all * (P - m) / P + sigma**2,",
        "N: gap_all * P / P + sigma**2,",
        "check best-capacity",
    ),
    "mean-of-powers": Mutation(
        "theory/results/sequence_totals.py",
        "sum_of(r**i, i, 1, T - 1)",
        "sum_of(r ** (i - 1), i, 1, T - 1)",
        "check many-tasks",
    ),
    "fourth-moment": Mutation(
        "theory/results/gradients.py",
        "3 * WEIGHT - FOURTH,",
        "2 * WEIGHT - FOURTH,",
        "check gradient-direction",
    ),
    "best-number-elsewhere": Mutation(
        "theory/results/magnitude.py",
        "        _in_roots,\n",
        "        lambda root: _in_roots(root) * 7 / 5,\n",
        "check best-count",
    ),
    "half-the-variance": Mutation(
        "theory/results/variance.py",
        "4 * alpha**2 * error * h_2 / m",
        "2 * alpha**2 * error * h_2 / m",
        "check exact-variance",
    ),
    "sign-of-the-spectrum": Mutation(
        "theory/results/proximal.py",
        "noise = gamma * N * (s_1 - lam * s_2)",
        "noise = gamma * N * (s_1 + lam * s_2)",
        "check proximal",
    ),
    "looseness-upside-down": Mutation(
        "theory/results/constrained.py",
        "k_C * HELD**2 / omega)",
        "k_C * HELD**2 * omega)",
        LIMITS,
    ),
    "noise-counted-once": Mutation(
        "theory/results/two_tasks.py",
        "(a + m * b) * D_S + m * c * N",
        "(a + m * b) * D_S + c * N",
        "check two-task-forgetting",
    ),
    "settled-elsewhere": Mutation(
        "theory/results/sequence_risks.py",
        "N * added / (1 - r)",
        "N * added / (1 + r)",
        "check many-tasks",
    ),
    # What is derived, as verification of the derivations alone notices it.
    "sign-of-the-error-derived": Mutation(
        "theory/results/two_tasks.py",
        "{overlap: meet_S - error, D_S",
        "{overlap: meet_S + error, D_S",
        "derivation forgetting-decomposition",
    ),
    "noise-dropped-derived": Mutation(
        "theory/results/two_tasks.py",
        "pairs[N] = step_C - 2 * meet_C + error_C + sigma**2",
        "pairs[N] = step_C - 2 * meet_C + error_C",
        "derivation forgetting-decomposition",
    ),
    "mean-of-powers-derived": Mutation(
        "theory/results/sequence_totals.py",
        "sum_of(r**i, i, 1, T - 1)",
        "sum_of(r ** (i - 1), i, 1, T - 1)",
        "derivation sequence-forgetting",
    ),
    "one-power-of-the-share": Mutation(
        "theory/results/optimal_gain.py",
        "(1 - g_b) ** 2 * a_b, df_2: p * g_b**2}",
        "(1 - g_b) ** 2 * a_b, df_2: p * g_b}",
        "derivation optimal-update-excess",
    ),
    "variance-without-its-square": Mutation(
        "theory/results/estimated_update.py",
        "4 * residual * D_b + 3 * D_b**2",
        "4 * residual * D_b + 4 * D_b**2",
        "derivation estimated-drift-variance",
    ),
    "weight-upside-down": Mutation(
        "theory/results/optimal_update.py",
        "v_b / rho_b / (v_b / rho_b + kappa)",
        "v_b * rho_b / (v_b * rho_b + kappa)",
        "tests/test_optimal_update.py::test_the_posterior_mean_is_the_optimum",
    ),
    "noise-of-a-filter": Mutation(
        "theory/numbers/spectral.py",
        "noise = gamma / room",
        "noise = 1 / room",
        "tests/test_spectral.py::test_ridge",
    ),
    "best-number-elsewhere-derived": Mutation(
        "theory/results/magnitude.py",
        "        _in_roots,\n",
        "        lambda root: _in_roots(root) * 7 / 5,\n",
        "derivation optimal-count-forgetting",
    ),
    "settled-elsewhere-derived": Mutation(
        "theory/results/sequence_risks.py",
        "N * added / (1 - r)",
        "N * added / (1 + r)",
        "derivation sequence-forgetting",
    ),
    # What is evaluated.
    "kappa-without-lambda": Mutation(
        "theory/numbers/equivalent.py",
        "whole, rest, slope = n, -n * update.penalty, n",
        "whole, rest, slope = n, Real(0), n",
        "check equivalent",
    ),
    "df-two-for-df-one": Mutation(
        "theory/numbers/equivalent.py",
        "kappa / (s + kappa), -share)",
        "kappa / (s + kappa), -(share**2))",
        "check equivalent",
    ),
    "df-two-left-out": Mutation(
        "theory/numbers/equivalent.py",
        "each = (p * g * r for p, g, r in",
        "each = (p * g for p, g, _ in",
        "check equivalent",
    ),
    "weights-upside-down": Mutation(
        "theory/numbers/equivalent.py",
        "np.asarray(variance / weight if moves",
        "np.asarray(variance * weight if moves",
        "check equivalent",
    ),
    "variances-of-the-wrong-task": Mutation(
        "scenarios/numbers.py",
        "variance=tuple(series[task] for series in self.variance)",
        "variance=tuple(series[task - 1] for series in self.variance)",
        "check equivalent",
    ),
    "noise-not-squared": Mutation(
        "theory/numbers/dynamics.py", "held + update.noise**2", "held + update.noise", "check risk"
    ),
    "own-change-counted-twice": Mutation(
        "theory/numbers/means.py",
        "np.tril(np.ones(risk.shape[:2], bool), -1)",
        "np.tril(np.ones(risk.shape[:2], bool))",
        "check forgetting",
    ),
    "a-reset-compares-nothing": Mutation(
        "theory/numbers/means.py",
        'changes[-1, :-1] - np.einsum("tt...->t...", changes)[:-1]',
        "changes[-1, :-1]",
        "tests/test_prediction.py::test_presets_agree_with_an_independent_implementation",
    ),
    "change-of-the-mean": Mutation(
        "theory/numbers/dynamics.py",
        "_inner(mean[b] + state.mean[b] - 2 * optima[b], move)",
        "_inner(mean[b] + state.mean[b] - optima[b], move)",
        "tests/test_prediction.py::test_presets_agree_with_an_independent_implementation",
    ),
    "step-away": Mutation(
        "theory/numbers/arguments.py",
        "meet[b] = gap @ move",
        "meet[b] = -gap @ move",
        "check best-scale",
    ),
    "error-without-spread": Mutation(
        "theory/numbers/arguments.py",
        "error[b] = gap @ gap + learned.before.spread[b]",
        "error[b] = gap @ gap",
        "check drift",
    ),
    "critical-on-the-other-side": Mutation(
        "theory/numbers/closed_forms.py",
        "bool(slope > 0)",
        "bool(slope < 0)",
        "tests/test_two_tasks.py::test_the_winner_changes_at_the_critical_distance_and_nowhere_else",
    ),
    "cross-with-the-end": Mutation(
        "theory/numbers/arguments.py",
        ", start @ (end - start))",
        ", start @ end)",
        "tests/test_two_tasks.py::test_closed_forms_take_optima_that_are_not_orthogonal",
    ),
    "distances-of-the-first-block": Mutation(
        "scenarios/numbers.py",
        'rows["optima.distance"][b]',
        'rows["optima.distance"][0]',
        "tests/test_families.py::test_a_prediction_of_a_family_is_that_of_its_scenarios",
    ),
    "steps-that-never-return": Mutation(
        "scenarios/geometry.py",
        "k % 2 else",
        "k % 2 > 1 else",
        "tests/test_prediction.py::test_presets_agree_with_an_independent_implementation",
    ),
    "family-transposed": Mutation(
        "simulations/labelled.py",
        "for place in range(len(scenarios))]",
        "for place in reversed(range(len(scenarios)))]",
        "tests/test_families.py::test_a_simulation_of_a_family_is_that_of_its_scenarios",
    ),
    "grid-never-resets": Mutation(
        "theory/numbers/dynamics.py",
        "before = start if step.reset else state",
        "before = state",
        "tests/test_grids.py::test_a_grid_says_what_its_points_say",
    ),
    "grid-forgetting-backwards": Mutation(
        "theory/numbers/means.py",
        "[after - before for after, before",
        "[before - after for after, before",
        "tests/test_grids.py::test_a_grid_says_what_its_points_say",
    ),
    "grid-keeps-what-has-no-mean": Mutation(
        "theory/numbers/means.py",
        "np.where(np.isfinite(total), total, np.nan), part.shape",
        "total, part.shape",
        "tests/test_grids.py::test_there_is_no_mean_at_the_threshold",
    ),
    "best-of-the-wrong-kind": Mutation(
        "theory/numbers/optimal.py",
        "best = min(candidates",
        "best = max(candidates",
        "tests/test_capacity.py::test_the_best_count_is_the_best_beside_the_threshold",
    ),
    "best-count-on-one-side": Mutation(
        "theory/numbers/optimal.py",
        "{math.floor(stationary), math.ceil(stationary)}",
        "{math.floor(stationary)}",
        "tests/test_capacity.py::test_the_best_count_is_the_best_beside_the_threshold",
    ),
    "best-count-without-all": Mutation(
        "theory/numbers/optimal.py",
        'counts = {int(sizes["P"])}',
        'counts = {int(sizes["P"]) - 1}',
        "tests/test_capacity.py::test_the_best_count_is_the_best_beside_the_threshold",
    ),
    "best-count-of-the-other-regime": Mutation(
        "theory/numbers/optimal.py",
        "overparameterized() if n < P else underparameterized()",
        "underparameterized() if n < P else overparameterized()",
        "tests/test_capacity.py::test_the_best_count_is_the_best_beside_the_threshold",
    ),
    "best-penalty-beyond-its-root": Mutation(
        "theory/numbers/optimal.py",
        "return math.exp(brentq(",
        "return 1.5 * math.exp(brentq(",
        "tests/test_best_penalty.py::test_no_other_penalty_forgets_less",
    ),
    "best-penalty-never-infinite": Mutation(
        "theory/numbers/optimal.py",
        "*known) <= 0:\n        return math.inf",
        "*known) <= 0:\n        return HUGE",
        "tests/test_best_penalty.py::test_no_other_penalty_forgets_less",
    ),
    # When a moment is finite.
    "moments-one-freedom-later": Mutation(
        "scenarios/finite_moments.py", "return 2 * order + 1", "return 2 * order + 2", TAILS
    ),
    "freedom-one-too-many": Mutation(
        "scenarios/finite_moments.py", "return abs(m - n) + 1", "return abs(m - n) + 2", TAILS
    ),
    "held-blocks-always-noise": Mutation(
        "scenarios/finite_moments.py",
        "(moves[b] | already_exact[b] | unseen[b])",
        "(moves[b] | unseen[b])",
        TAILS,
    ),
    "held-tails-forgotten": Mutation(
        "scenarios/finite_moments.py",
        "np.minimum(own, _least(seen, moves, moving=False))",
        "own",
        TAILS,
    ),
    "projections-mix-nothing": Mutation(
        "scenarios/finite_moments.py",
        "np.minimum(taken_over, _least(seen, moves, moving=True))",
        "taken_over",
        TAILS,
    ),
    "least-squares-keep-all": Mutation(
        "scenarios/finite_moments.py",
        "np.where(replaces, taken_over,",
        "np.where(no_update, taken_over,",
        TAILS,
    ),
    # How it is drawn.
    "dense-scale-dropped": Mutation(
        "simulations/engines/dense.py",
        "task.scale[None, :, None] * delta",
        "1.0 * delta",
        f"{DENSE}[three-blocks]",
    ),
    "dense-never-resets": Mutation(
        "simulations/engines/dense.py",
        "theta = jnp.where(task.reset[None, :, None], 0.0, theta)",
        "theta = theta + 0.0",
        f"{DENSE}[returning-tasks]",
    ),
    "dense-errors-are-features": Mutation(
        "simulations/engines/drawing.py",
        "ERRORS = 2**31",
        "ERRORS = 0",
        "tests/test_separate_draws.py::test_no_noise_is_a_feature",
    ),
    "dense-same-draws-at-every-task": Mutation(
        "simulations/engines/dense.py",
        "own = jax.random.fold_in(key, number)",
        "own = key",
        f"{DENSE}[two-close-tasks]",
    ),
    "law-freedom-of-the-noise": Mutation(
        "simulations/engines/law.py",
        "abs(m - n) + 1, ",
        "abs(m - n) + 2, ",
        f"{LAW}[two-close-tasks]",
    ),
    "law-freedom-of-what-is-missed": Mutation(
        "simulations/engines/law.py",
        "[k, m - k,",
        "[k, m - k + 1,",
        f"{LAW}[two-close-tasks]",
    ),
    "law-scale-forgotten": Mutation(
        "simulations/engines/law.py",
        "kept = (1 - task.scale) + task.scale * rest",
        "kept = rest",
        f"{LAW}[three-blocks]",
    ),
    "law-mirror-of-one-sign": Mutation(
        "simulations/engines/law.py",
        "(1 + jnp.abs(cosine))",
        "(1 + cosine)",
        "tests/test_law.py::test_so_it_has_in_every_corner",
    ),
    "law-nothing-beyond": Mutation(
        "simulations/engines/law.py",
        "jnp.sqrt(after[:, -1] ** 2 + across**2 * beyond)",
        "jnp.abs(after[:, -1])",
        f"{LAW}[two-close-tasks]",
    ),
    "law-same-draws-at-every-task": Mutation(
        "simulations/engines/law.py",
        "jax.random.split(jax.random.fold_in(own, number))",
        "jax.random.split(own)",
        f"{LAW}[ten-tasks]",
    ),
    "chi-square-of-another-shape": Mutation(
        "simulations/numerics/chi_square.py",
        "/ 2 - 1 / 3",
        "/ 2 - 1 / 4",
        f"{CHI_SQUARE}::test_variates_have_their_distribution",
    ),
    "chi-square-always-accepted": Mutation(
        "simulations/numerics/chi_square.py",
        "| (freedom < 2)",
        "| (freedom < 1e9)",
        f"{CHI_SQUARE}::test_variates_have_their_distribution",
    ),
    "chi-square-places-shared": Mutation(
        "simulations/numerics/chi_square.py",
        "low = 3 * places.astype(jnp.uint32)[None]",
        "low = places.astype(jnp.uint32)[None]",
        f"{CHI_SQUARE}::test_what_is_drawn_again_is_drawn_from_places_of_its_own",
    ),
    "chi-square-chance-of-the-normals": Mutation(
        "simulations/numerics/chi_square.py",
        "start=total + 1)",
        "start=0)",
        f"{CHI_SQUARE}::test_variates_have_their_distribution",
    ),
    "chi-square-short-series": Mutation(
        "simulations/numerics/chi_square.py",
        "TERMS = 12",
        "TERMS = 3",
        f"{CHI_SQUARE}::test_the_acceptance_keeps_its_digits",
    ),
    "normals-rotated": Mutation(
        "simulations/numerics/normals.py",
        "(13, 15, 26, 6)",
        "(14, 15, 26, 6)",
        f"{NORMALS}::test_bits_are_those_of_jax",
    ),
    "normals-short-series": Mutation(
        "simulations/numerics/normals.py",
        "SERIES = 9",
        "SERIES = 3",
        f"{NORMALS}::test_a_pair_is_as_long_as_its_uniform_number_says",
    ),
    "normals-of-zero": Mutation(
        "simulations/numerics/normals.py",
        ".eps) / 2",
        ".eps) * 0",
        f"{NORMALS}::test_the_first_and_the_last_of_all_bits_are_within_0_and_1",
    ),
    "normals-never-reflected": Mutation(
        "simulations/numerics/normals.py",
        "(turns & 1) > 0",
        "(turns & 1) > 1",
        f"{NORMALS}::TestNormals::test_those_of_a_pair_are_independent",
    ),
    "least-norm-unrefined": Mutation(
        "simulations/numerics/least_norm.py",
        "CLOSE = 8",
        "CLOSE = -1",
        "tests/test_least_norm.py"
        "::test_near_m_equals_n_nearly_dependent_features_lose_no_more_than_their_condition",
    ),
    "least-norm-moves-all": Mutation(
        "simulations/numerics/least_norm.py",
        "solution + jnp.where(mask[None, None], change, 0.0)",
        "solution + change",
        SOLUTIONS,
    ),
    "elimination-coupled-the-other-way": Mutation(
        "simulations/numerics/elimination.py",
        "first - coupling @ last",
        "first + coupling @ last",
        SOLUTIONS,
    ),
    "hybrid-decides-the-other-way": Mutation(
        "simulations/engines/hybrid.py",
        "signal <= problem.cut[None]",
        "signal > problem.cut[None]",
        "tests/test_hybrid.py::test_extreme_thresholds_are_the_standard_strategies",
    ),
    "hybrid-forgets-where-it-came-from": Mutation(
        "simulations/engines/hybrid.py",
        "State(state.number + 1, theta, state.theta, own)",
        "State(state.number + 1, theta, theta, own)",
        f"{LITERAL}[common-0.3]",
    ),
    "signals-common-is-own": Mutation(
        "simulations/engines/signals.py",
        "_cosine(seen.common[2], seen.last[2])",
        "_cosine(seen.own[2], seen.common[2])",
        f"{LITERAL}[common-0.3]",
    ),
    "signals-halves-of-odd-batches": Mutation(
        "simulations/engines/signals.py",
        "second / (samples - half)",
        "second / half",
        "tests/test_signals.py::test_each_half_of_a_batch_has_the_mean_gradient_of_its_own_samples",
    ),
    "signals-scale-not-squared": Mutation(
        "simulations/engines/signals.py",
        "variance = task.scale[None] ** 2",
        "variance = task.scale[None] ** 1",
        "tests/test_hybrid.py::test_what_is_predicted_is_what_it_costs[0.5]",
    ),
    "forgetting-over-all-tasks": Mutation(
        "simulations/measures/risks.py",
        "max(1, tasks - 1)",
        "max(1, tasks)",
        "tests/test_measures.py::test_measures_are_as_they_are_defined",
    ),
    "one-replicate-more": Mutation(
        "simulations/reducers.py",
        "(jnp.arange(len(values)) < count)",
        "(jnp.arange(len(values)) <= count)",
        "tests/test_measures.py::test_only_the_replicates_that_count_are_counted",
    ),
    "learned-again-in-the-same-order": Mutation(
        "simulations/networks/optima.py",
        "trainer.learn(trainer.first(), 0, watch, streams.BATCHES_AGAIN)",
        "trainer.learn(trainer.first(), 0, watch)",
        "tests/networks/test_training.py::test_optima_are_what_reinitialized_training_reaches",
    ),
    "a-penalty-that-forgets-its-anchor": Mutation(
        "simulations/networks/training.py",
        "(value - pace * velocity + pull * anchor) / (1 + pull)",
        "(value - pace * velocity) / (1 + pull)",
        "tests/networks/test_restraints.py::test_a_restrained_task_is_that_of_the_twin",
    ),
    "importances-of-the-last-task-alone": Mutation(
        "simulations/networks/running.py",
        "after[name] = jax.tree.map(jnp.add, known[name], new)",
        "after[name] = new",
        "tests/networks/test_restraints.py::"
        "test_over_three_tasks_importances_add_up_and_the_average_is_over_all",
    ),
    "the-mean-of-two-solutions": Mutation(
        "simulations/networks/restraints.py",
        "start + (end - start) / count",
        "start + (end - start) / 2",
        "tests/networks/test_restraints.py::"
        "test_over_three_tasks_importances_add_up_and_the_average_is_over_all",
    ),
    "another-option-taken-over": Mutation(
        "simulations/networks/checkpoint.py",
        "dict.fromkeys((*wanted, *kept))",
        "wanted",
        "tests/networks/test_restraints.py::"
        "test_what_is_kept_of_a_run_with_another_option_is_not_taken_over",
    ),
    "the-last-part-lost": Mutation(
        "simulations/runner.py",
        "_merged(self._whole, self._last), rounding)",
        "self._whole or self._last, rounding)",
        "tests/test_simulation.py::TestInvariance::test_running_on_is_the_same_as_running_through",
    ),
    "merged-with-wrong-weights": Mutation(
        "simulations/numerics/moments.py",
        "(self.count * other.count / count)",
        "(self.count / count)",
        MERGED,
    ),
    "merged-to-the-wrong-mean": Mutation(
        "simulations/numerics/moments.py",
        "gap * (other.count / count)",
        "gap * (self.count / count)",
        MERGED,
    ),
    "biased-standard-error": Mutation(
        "simulations/numerics/moments.py",
        "(self.count - 1) / self.count",
        "self.count / self.count",
        MERGED,
    ),
    # How it is judged.
    "holm-is-bonferroni": Mutation(
        "paper_checks/statistics.py",
        "FAMILY_ERROR / (tests - rank)",
        "FAMILY_ERROR / tests",
        f"{STATISTICS}::test_holm_rejects_no_less_than_bonferroni_and_stops_at_the_first_that_stays",
    ),
    "holm-goes-on": Mutation(
        "paper_checks/statistics.py",
        "            break\n",
        "            continue\n",
        f"{STATISTICS}::test_holm_rejects_no_less_than_bonferroni_and_stops_at_the_first_that_stays",
    ),
    "holm-forgets-what-was-not-tested": Mutation(
        "paper_checks/statistics.py",
        "max(tests, len(p_values))",
        "len(p_values)",
        f"{VERDICTS}::test_a_run_that_was_cut_short_is_judged_as_if_it_were_whole",
    ),
    "critical-on-one-side": Mutation(
        "paper_checks/statistics.py",
        "FAMILY_ERROR / (2 * max(1, tests))",
        "FAMILY_ERROR / max(1, tests)",
        f"{STATISTICS}::test_p_values_and_critical_values_fit_each_other",
    ),
    "p-on-one-side": Mutation(
        "paper_checks/statistics.py",
        "math.erfc(abs(z) / math.sqrt(2))",
        "math.erfc(z / math.sqrt(2))",
        f"{VERDICTS}::test_a_deviation_counts_the_same_on_either_side",
    ),
    "power-subtracted": Mutation(
        "paper_checks/statistics.py",
        "+ NormalDist().inv_cdf(POWER)",
        "- NormalDist().inv_cdf(POWER)",
        f"{STATISTICS}::test_the_family_wise_error_and_the_power_are_as_stated",
    ),
    "no-precision-gate": Mutation(
        "paper_checks/judging.py",
        "reached > wanted",
        "reached > math.inf",
        f"{STATISTICS}::test_a_blurred_estimate_is_inconclusive",
    ),
    "no-controls-needed": Mutation(
        "paper_checks/judging.py",
        "group_of(draft) not in controlled",
        "group_of(draft) is None",
        f"{STATISTICS}::test_a_check_whose_wrong_predictions_are_not_refuted_does_not_hold",
    ),
    "controls-of-another-engine": Mutation(
        "paper_checks/judging.py",
        "verdict.scenario, verdict.variation, verdict.engine",
        'verdict.scenario, verdict.variation, ""',
        f"{VERDICTS}::test_controls_on_one_engine_say_nothing_of_another",
    ),
    "controls-on-one-side": Mutation(
        "paper_checks/judging.py",
        "abs(z) > critical_value(tests) and",
        "z > critical_value(tests) and",
        f"{VERDICTS}::test_wrong_predictions_are_refuted_on_either_side",
    ),
    "orders-never-refuted": Mutation(
        "paper_checks/judging.py",
        "z * measurement.question.side > 0",
        "z * measurement.question.side != 0",
        f"{VERDICTS}::test_an_order_holds_where_it_is_clear_and_is_refuted_where_the_other_is",
    ),
    "orders-not-established": Mutation(
        "paper_checks/judging.py",
        "z * question.side < critical",
        "z * question.side < -critical",
        f"{VERDICTS}::test_an_order_holds_where_it_is_clear_and_is_refuted_where_the_other_is",
    ),
    "refuted-among-others": Mutation(
        "paper_checks/judging.py",
        "REFUTED in words",
        "words == {REFUTED}",
        f"{STATISTICS}::test_exit_statuses",
    ),
    "yardsticks-forget-what-is-absolute": Mutation(
        "paper_checks/questions.py",
        "not self.absolute and not self.side",
        "not self.side",
        f"{VERDICTS}::test_a_resolution_is_relative_to_what_is_said",
    ),
    "replicates-by-the-error": Mutation(
        "paper_checks/measuring.py",
        "reading.standard_error**2 / room",
        "reading.standard_error / room",
        f"{SEQUENTIAL}::test_a_question_is_given_what_it_needs",
    ),
    "budget-ignored": Mutation(
        "paper_checks/measuring.py",
        "_advance(experiment, min(wanted, most), study.name, watch)",
        "_advance(experiment, wanted, study.name, watch)",
        f"{SEQUENTIAL}::test_no_more_is_run_than_the_budget_has",
    ),
    "the-easiest-question-decides": Mutation(
        "paper_checks/measuring.py",
        "more = max((times",
        "more = min((times",
        f"{SEQUENTIAL}::test_the_hardest_question_decides",
    ),
    "rounding-makes-room": Mutation(
        "paper_checks/measuring.py",
        "allowed * abs(allowed) - question.rounding**2",
        "allowed * abs(allowed) + question.rounding**2",
        f"{SEQUENTIAL}::test_a_question_is_given_what_it_needs",
    ),
    "quantiles-of-the-law-without-error": Mutation(
        "paper_checks/claims/tails.py",
        "(1 / len(dense) + 1 / len(law))",
        "(1 / len(dense))",
        "tests/test_tail_errors.py::test_a_share_below_a_drawn_quantile_errs_as_it_says",
    ),
    "variance-with-the-wrong-error": Mutation(
        "paper_checks/claims/tails.py",
        "squares.std() / np.sqrt(count)",
        "squares.std() / count",
        "tests/test_tail_errors.py::test_a_variance_errs_as_its_fourth_moment_says",
    ),
}
