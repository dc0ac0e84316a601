"""``update-magnitude predict``."""

from __future__ import annotations

import json
import math

from update_magnitude.commands.options import Json, ScenarioName
from update_magnitude.commands.panels import print_measures


def predict(scenario: ScenarioName, as_json: Json = False) -> None:
    """Print exact risks, forgetting and generalization of a scenario.

    Examples:
        update-magnitude predict two-close-tasks

        update-magnitude predict my-scenario.toml --json
    """
    from update_magnitude.scenarios import load
    from update_magnitude.theory import document, means, undefined
    from update_magnitude.theory.numbers.prediction import digits_lost

    problem = load(scenario)
    if as_json:
        print(json.dumps(document(problem), allow_nan=False))
        return
    prediction = means(problem)
    numbers = {
        "forgetting": prediction.forgetting,
        "generalization error": prediction.generalization,
        "learning error": prediction.learning_error,
    }
    print_measures(
        f"{problem.title}: mean risks",
        [[f"{risk:.6g}" for risk in row] for row in prediction.risk],
        {name: "undefined" if math.isnan(x) else f"{x:.10g}" for name, x in numbers.items()},
        {"undefined": undefined(problem, prediction), "digits lost": digits_lost(prediction)},
    )
