"""How hard a run looks: its resolution, and the work it may spend on it."""

from __future__ import annotations

from dataclasses import dataclass

from update_magnitude.scenarios.fields import fail


@dataclass(frozen=True)
class Profile:
    """A resolution to reach, and a budget of work per study that ends the attempt.

    The budget counts normal variates, not seconds, so that a seed gives the same report anywhere.
    """

    name: str
    resolution: float  # smallest relative deviation to detect, with power 0.99
    budget: float  # normal variates per study


PROFILES = {
    "quick": Profile("quick", resolution=0.02, budget=4e8),
    "default": Profile("default", resolution=0.005, budget=4e9),
    "thorough": Profile("thorough", resolution=0.001, budget=1e11),
}


def require_profile(value: object) -> None:
    """Refuse what is no profile, such as the name of one, saying where there are profiles."""
    if not isinstance(value, Profile):
        fail("profile", value, f"one of PROFILES is needed; their names are {', '.join(PROFILES)}")
