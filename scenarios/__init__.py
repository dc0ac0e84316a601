"""What a task sequence is: the schema, the geometry of the optima, and the presets.

This room knows nothing of theory or of simulation; both read a :class:`Scenario` from here and
never each other. Every bad input is found here, before anything runs, as a :class:`ScenarioError`
of one line. To add a field: give it a place in ``schema``, a reader in ``reading``, and a row in
``docs/scenarios.md``. File formats only ever grow.
"""

from scenarios.files import load_document as load_document
from scenarios.geometry import coordinates as coordinates
from scenarios.presets import preset as preset
from scenarios.presets import preset_names as preset_names
from scenarios.reading import changed as changed
from scenarios.reading import load as load
from scenarios.reading import parse as parse
from scenarios.reading import varied as varied
from scenarios.schema import SIGNALS as SIGNALS
from scenarios.schema import Blocks as Blocks
from scenarios.schema import Optima as Optima
from scenarios.schema import Scenario as Scenario
from scenarios.schema import ScenarioError as ScenarioError
from scenarios.schema import Step as Step
from scenarios.schema import Tasks as Tasks
from scenarios.schema import Updates as Updates
