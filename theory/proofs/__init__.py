"""The machine that verifies derivations, and writes them out.

A derivation is a chain of lines (``chain`` makes it, ``derivation`` is what is made), each of a
kind that says what it rests on, and each verified by the rule that led to it (``rules``). Rules are
tested by exact values at random points and by quadrature (``equality``), products of vectors by
numbers (``inner_products``), and roots by exact arithmetic over a whole domain (``roots``,
``cells``). ``theorem`` is a statement with its derivation and a formula, ``evaluation`` puts
numbers into it, ``notation`` says how symbols are written, ``signs`` writes differences so that
they are positive, and ``writing`` prints it all.
"""
