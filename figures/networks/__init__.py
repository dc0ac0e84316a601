"""Figures of networks: drawn from the labelled dataset of a run, or of a study of gradients.

``accuracy`` and ``comparison`` draw what ``simulations.networks.results.dataset`` makes of a run;
``relating`` measures gradients of tasks whose relatedness is controlled, and ``relatedness`` draws
that. ``table`` prints what a run found, and ``training`` is what the command ``train`` does.
"""
