"""Side-by-side timing, as ratios within one run: ``make bench``."""
