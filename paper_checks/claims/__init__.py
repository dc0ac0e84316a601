"""The claims, and for each the studies that put it to the test.

A claim's studies are built from a seed; nothing is simulated here. To add a claim, write a module
with its ``Claim`` objects and a function from a seed to studies, and enter both here.
"""

from paper_checks.claims import critical_distance, gradient_descent, sequences, two_tasks
from paper_checks.questions import Claim, Study

CLAIMS: dict[str, Claim] = {
    claim.name: claim
    for claim in (
        sequences.RISK,
        sequences.FORGETTING,
        sequences.GENERALIZATION,
        two_tasks.FORGETTING,
        two_tasks.SECOND_RISK,
        gradient_descent.CONVERGES,
        critical_distance.SIDES,
        critical_distance.IDENTICAL,
    )
}


def all_studies(seed: int) -> list[Study]:
    """The studies of all claims."""
    return [
        *sequences.studies(seed),
        *gradient_descent.studies(seed),
        *critical_distance.studies(seed),
    ]


__all__ = ["CLAIMS", "all_studies"]
