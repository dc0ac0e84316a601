"""Exploring parameter-distance regimes: maps, the best update of a scenario, an interactive page.

All of it comes from theory at once; simulation is asked for, and then judged by paper_checks.
"""
