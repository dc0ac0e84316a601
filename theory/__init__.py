"""What the model predicts, derived by SymPy from its definition and lowered to plain NumPy.

``proofs`` is the machine that verifies derivations, ``results`` is what is derived with it,
``numbers`` is what is evaluated for scenarios, and ``theorems`` is the table of what is proved.

This room never imports jax or the simulations: that theory and simulation share nothing is what
makes their agreement evidence. Every formula from outside is a definition, an assumption with its
reference, or a statement with its test; all else is derived from these. Importing the room is
cheap: SymPy is loaded with the first formula.
"""

from update_magnitude.theory.numbers.arguments import Drift as Drift
from update_magnitude.theory.numbers.arguments import NoClosedFormError as NoClosedFormError
from update_magnitude.theory.numbers.arguments import drift as drift
from update_magnitude.theory.numbers.arguments import two_task_arguments as two_task_arguments
from update_magnitude.theory.numbers.best_update import best_update as best_update
from update_magnitude.theory.numbers.closed_forms import CriticalDistance as CriticalDistance
from update_magnitude.theory.numbers.closed_forms import TwoTaskValues as TwoTaskValues
from update_magnitude.theory.numbers.closed_forms import critical_distance as critical_distance
from update_magnitude.theory.numbers.closed_forms import two_task_rounding as two_task_rounding
from update_magnitude.theory.numbers.closed_forms import two_task_values as two_task_values
from update_magnitude.theory.numbers.means import Means as Means
from update_magnitude.theory.numbers.means import Totals as Totals
from update_magnitude.theory.numbers.means import means as means
from update_magnitude.theory.numbers.means import totals as totals
from update_magnitude.theory.numbers.optimal import BestCount as BestCount
from update_magnitude.theory.numbers.optimal import best_count as best_count
from update_magnitude.theory.numbers.optimal import best_penalty as best_penalty
from update_magnitude.theory.numbers.prediction import document as document
from update_magnitude.theory.numbers.prediction import predict as predict
from update_magnitude.theory.numbers.prediction import undefined as undefined
from update_magnitude.theory.theorems import theorem as theorem
from update_magnitude.theory.theorems import theorem_names as theorem_names
