"""Data sets of real images, read from the files in which they are published.

``sets`` says what there is, finds and reads it; ``readers`` has the one form of each set, ``files``
and ``pictures`` what they share; ``fetch`` brings a set from its home, and ``convert`` makes it of
other packagings. Files of others are not trusted: each is checked whole, and no pickle runs
anything.
"""

from update_magnitude.simulations.networks.data.files import Images as Images
from update_magnitude.simulations.networks.data.files import Split as Split
from update_magnitude.simulations.networks.data.sets import DATA_SETS as DATA_SETS
from update_magnitude.simulations.networks.data.sets import DataSet as DataSet
from update_magnitude.simulations.networks.data.sets import load_images as load_images
