"""Measures: what is read from every replicate of an experiment."""
