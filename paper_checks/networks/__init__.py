"""The paper's claim about deep networks, put to the test; what it reports; the bridge to theory.

``verdicts`` compares strategies over seeds, ``reported`` has the paper's own numbers, ``bridge``
asks the linear theory which strategy it would have predicted. Needs the extra ``networks``.
"""
