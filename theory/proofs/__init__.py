"""The machine that verifies derivations, and writes them out.

A derivation is a chain of lines (``chain`` makes it, ``derivation`` is what is made), each verified
by the rule that led to it (``rules``), and each of a kind that says what it rests on (``kinds``).
Rules are tested by exact values at random points (``equality``), by quadrature (``quadrature``),
and roots by exact arithmetic over a whole domain (``roots``, ``cells``).
``theorem`` is a statement with its derivation and a formula that can be evaluated, ``notation``
says how symbols are written, ``signs`` writes differences as they are positive, and ``writing``
prints it all.
"""
