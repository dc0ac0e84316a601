"""Figures of networks: drawn from the labelled dataset of a run, or of a study of gradients.

``accuracy`` and ``comparison`` draw what ``simulations.networks.results.dataset`` makes of a run,
``schedules`` what rules could have reached, ``place`` a network among the linear models;
``relatedness`` measures and draws gradients of tasks whose relatedness is controlled. ``table``
prints a run, and ``training`` is what the command ``train`` does.
"""
