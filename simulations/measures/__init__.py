"""Measures: what is read from every replicate of an experiment.

``risks`` are what every engine draws; the others draw features of their own with the dense engine's
functions: gradients, gradient descent, descent under constraints, and proximal updates.
"""
