"""The paper's claim about deep networks, put to the test, and the bridge to theory.

``verdicts`` compares strategies over seeds; ``reported`` has the paper's own numbers and asks
whether they fit together; ``schedules`` says what rules could have reached; ``bridge`` asks the
linear theory which strategy it would have predicted. Needs the extra ``networks``.
"""
