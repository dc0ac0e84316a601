"""Wrong theories for negative controls: right formulas, evaluated for the wrong scenario."""

from __future__ import annotations

from update_magnitude.scenarios import Scenario, varied


def wrong_scenarios(scenario: Scenario) -> dict[str, Scenario]:
    """Scenarios that a mistake in a derivation would mistake this one for, by the mistake."""
    blocks = list(scenario.blocks.names)
    samples = [n + 1 for n in scenario.tasks.samples]
    wrong = {
        "the noise dropped": varied(scenario, {"tasks.noise": 0.0}),
        "n + 1 for n": varied(scenario, {"tasks.samples": samples}),
        "the last update left out": varied(
            scenario, {"updates.scale": [*scenario.updates.scale[:-1], 0.0]}
        ),
        "nothing learned": varied(scenario, {"updates.scale": 0.0}),
    }
    if not all(all(step.trainable) for step in scenario.schedule):
        everything = {
            "updates.strategy": "custom",
            "updates.trainable": [blocks] * scenario.tasks.count,
        }
        wrong["all blocks trained"] = varied(scenario, everything)
    return {name: other for name, other in wrong.items() if other != scenario}
