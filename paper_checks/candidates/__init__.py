"""Predictions that someone proposes, put to the test: in scenarios, and in variations of them.

A prediction is a formula in a file or a function of the scenario; either is read as candidates, one
for each number. ``candidate`` says what one is and which measures it may be about, ``files`` reads
files of formulas, ``formulas`` builds a SymPy expression from text without running it, ``symbols``
has what may be in one, ``functions`` reads what a function returns; ``variations`` says how a
scenario is changed to find out where a prediction breaks, ``checking`` asks, ``report`` writes
sentences. docs/candidates.md and docs/python.md say what may be written. Importing this package
loads SymPy.
"""

from update_magnitude.paper_checks.candidates.candidate import MEASURES as MEASURES
from update_magnitude.paper_checks.candidates.candidate import Candidate as Candidate
from update_magnitude.paper_checks.candidates.checking import check_candidates as check_candidates
from update_magnitude.paper_checks.candidates.checking import check_function as check_function
from update_magnitude.paper_checks.candidates.files import formula_candidate as formula_candidate
from update_magnitude.paper_checks.candidates.files import read_candidates as read_candidates
