"""The figures: one module per figure, one style, one place for paths.

A figure is a data function, which simulates and predicts and returns a labelled dataset, and a plot
function, which reads that dataset and nothing else. This room is the end of the line: it reads
theory, simulations and scenarios, and nothing reads it.
"""

from update_magnitude.figures.figure import FIGURES as FIGURES
from update_magnitude.figures.figure import Figure as Figure
from update_magnitude.figures.figure import make as make
