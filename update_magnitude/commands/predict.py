"""``update-magnitude predict``."""

from __future__ import annotations

import json
import math

from update_magnitude.commands.options import Json, ScenarioName, naming
from update_magnitude.commands.panels import print_measures

LIMIT = "a limit for many parameters and samples"


def predict(scenario: ScenarioName, as_json: Json = False) -> None:
    """Print mean risks, forgetting and generalization of a scenario, without simulation.

    They are exact where features are normal, the blocks that train at a task have one variance and
    one weight, and nothing is penalized or stopped early; else they are limits for many parameters
    and samples, which a line "method" says.

    Examples:
        update-magnitude predict two-close-tasks

        update-magnitude predict my-scenario.toml --json
    """
    from update_magnitude.scenarios import load
    from update_magnitude.scenarios.families import family_of
    from update_magnitude.theory import document, means, undefined
    from update_magnitude.theory.numbers.prediction import METHODS, digits_lost, methods_of

    problem = load(scenario)
    with naming(scenario):
        prediction = means(problem)
    if as_json:
        print(json.dumps(document(problem), allow_nan=False))
        return
    numbers = {
        "forgetting": prediction.forgetting,
        "generalization error": prediction.generalization,
        "learning error": prediction.learning_error,
    }
    method = methods_of(family_of(problem)).item()
    limit = None if method == METHODS[0] else f"{method}, {LIMIT}"
    print_measures(
        f"{problem.title}: mean risks",
        [[f"{risk:.6g}" for risk in row] for row in prediction.risk],
        {name: "undefined" if math.isnan(x) else f"{x:.10g}" for name, x in numbers.items()},
        {
            "method": limit,
            "undefined": undefined(problem, prediction),
            "digits lost": digits_lost(prediction),
        },
    )
