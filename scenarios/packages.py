"""Packages that only some uses need: imported where they are used, so that all else works without.

Every room may ask here, and gets the module or an error of one line that says what to install.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from update_magnitude.scenarios.fields import ScenarioError, one_line

EXTRAS = {  # the extra of this project that brings a module
    "marimo": "app",
    "uvicorn": "app",
    "equinox": "networks",
    "optax": "networks",
    "PIL": "networks",
    "pooch": "networks",
    "requests": "networks",
    "sklearn": "networks",
}
DISTRIBUTIONS = {"PIL": "pillow", "sklearn": "scikit-learn"}  # packages named unlike their modules


def installed(name: str) -> ModuleType:
    """A module, imported now; a ScenarioError if its package is missing, or cannot be imported."""
    package = name.split(".")[0]
    try:
        return import_module(name)
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] == package:
            raise _missing(package) from None
        reason = one_line(str(error))
        raise ScenarioError(
            f"{_distribution(package)} is installed and cannot be imported: {reason}"
        ) from None


def require_installed(*packages: str) -> None:
    """Refuse to begin what needs packages that are missing, without importing any of them."""
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise _missing(*missing)


def _missing(*packages: str) -> ScenarioError:
    distributions = list(map(_distribution, packages))
    *others, last = distributions
    names = f"{', '.join(others)} and {last} are" if others else f"{last} is"
    extras = sorted({EXTRAS[package] for package in packages if package in EXTRAS})
    if not extras:
        install = f"needed here: pip install {' '.join(distributions)}"
    else:
        needed = f"this needs the extra{'s' * (len(extras) > 1)} {' and '.join(extras)}"
        install = f"{needed}: pip install 'update-magnitude[{','.join(extras)}]'"
    return ScenarioError(f"{names} not installed, and {install}")


def _distribution(package: str) -> str:
    return DISTRIBUTIONS.get(package, package)
