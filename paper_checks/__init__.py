"""A claim, a prediction and a simulation become a verdict.

``claims`` says what is claimed and asks questions of it, ``measuring`` simulates until these are
answered to the profile's resolution, ``judging`` turns measurements into ``verdicts`` by the
``statistics`` of a whole run, ``running`` does so for claims and scenarios, and ``checking`` is
``update_magnitude.check``. ``table``, ``sentences`` and ``reports`` show what came of it.
``candidates`` puts formulas and functions that a user brings to the same test; it loads SymPy, so
it is imported where it is needed. This room reads theory and simulations and is read by figures. A
verdict *holds* only if the check could have failed: every one has negative controls.
"""

from update_magnitude.paper_checks.checking import check as check
from update_magnitude.paper_checks.claims import CLAIMS as CLAIMS
from update_magnitude.paper_checks.judging import judge as judge
from update_magnitude.paper_checks.profiles import PROFILES as PROFILES
from update_magnitude.paper_checks.profiles import Profile as Profile
from update_magnitude.paper_checks.running import check_claims as check_claims
from update_magnitude.paper_checks.running import check_scenario as check_scenario
from update_magnitude.paper_checks.verdicts import Verdict as Verdict
