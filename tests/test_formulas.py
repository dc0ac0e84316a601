"""Formulas of candidates: what is read, what is refused, and that nothing is executed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sympy import expand

from update_magnitude import scenarios
from update_magnitude.paper_checks.candidates import read_candidates
from update_magnitude.scenarios import Scenario, ScenarioError
from update_magnitude.theory import means
from update_magnitude.theory.results.explicit import TwoTaskForms, two_task_forms
from update_magnitude.theory.results.update import overparameterized, underparameterized

ROOT = Path(__file__).parent.parent
DISTANT = scenarios.preset("two-distant-tasks")
UNDER = scenarios.preset("two-tasks-underparameterized")


class TestReading:
    def test_a_formula_becomes_exact(self, written):
        (found,) = read_candidates(written("forgetting = 0.5*n_2/m - 2*(step_S + 1/3)**2"))
        assert found.statement == "forgetting = -2*(step_S + 1/3)**2 + n_2/(2*m)"
        assert found.value(DISTANT) == 8 / 32 / 2 - 2 * (6.5 + 1 / 3) ** 2

    def test_toml_and_python_agree(self, written):
        toml = (
            '# mine\ngain = "n_2/m"\nforgetting = "gain*step_S"\n'
            'second_risk = """\n  sqrt(norm_S)\n  + Max(norm_S, 1)"""\n'
        )
        python = (
            '"""Mine."""\nfrom sympy import Max, sqrt\n'
            "from update_magnitude.theory.results.symbols import *\n\n"
            "gain = n_2/m  # a part\nforgetting = gain*step_S\n"
            "second_risk = (\n    sqrt(norm_S)\n    + Max(norm_S, 1))\n"
        )
        first, second = (
            read_candidates(written(text, name))
            for text, name in ((toml, "a.toml"), (python, "a.py"))
        )
        assert [entry.statement for entry in first] == [entry.statement for entry in second]
        assert first[0].statement == "forgetting = n_2*step_S/m"

    def test_functions_and_cases(self, written):
        text = (
            "forgetting = Piecewise((1/(m - n_2), m > n_2), (1/(n_2 - m), m < n_2))\n"
            "second_risk = Abs(-3) + Min(P, m) + exp(0) + log(1) + Rational(1, 2)*pi*0\n"
        )
        cases, functions = read_candidates(written(text))
        assert cases.value(DISTANT) == 1 / (32 - 8)
        assert cases.value(UNDER) == 1 / (18 - 3)
        assert functions.value(DISTANT) == 3 + 32 + 1

    def test_what_theory_derived_can_be_typed_back(self, written):
        """The printed closed forms, multiplied out or not, are formulas like any other."""
        forms, by_hand = typed_forms(DISTANT), means(DISTANT)
        for of in (forms.generalization, expand(forms.generalization)):
            (found,) = read_candidates(written(f"generalization = {of}"))
            assert found.value(DISTANT) == pytest.approx(by_hand.generalization, rel=1e-9)

    @pytest.mark.parametrize(
        ("formula", "words"),
        [
            ("__import__('os').system('touch broken')", "__import__('os').system: no function"),
            ("__import__('os')", "__import__: no function known here"),
            ("eval('1')", "eval: no function known here"),
            ("P.real", "P.real: a name with a dot"),
            ("(lambda: 1)()", "no function known here"),
            ("lambda: 1", "a lambda"),
            ("[of for of in P]", "ListComp"),
            ("{P: m}", "Dict"),
            ("f'{P}'", "an f-string"),
            ("(of := P)", "NamedExpr"),
            ("'P'", "'P' is no number"),
            ("True", "True is no number"),
            ("2j", "2j is no number"),
            ("P^2", "a power is written **"),
            ("P % 2", "of the operations, + - * / and **"),
            ("m < P", "a comparison"),
            ("P if m else n_1", "an if-expression"),
            ("n_0 + P", "n_0 is not known here; did you mean n_2?"),
            ("sigma", "sigma is not known here; did you mean sigma_2?"),
            ("zeta", "zeta is not known here; known: pi, P, m, n_1"),
            ("Sqrt(P)", "did you mean sqrt?"),
            ("sqrt", "sqrt is a function"),
            ("sqrt(P, m)", "sqrt takes 1 argument"),
            ("sqrt(*P)", "sqrt takes plain arguments"),
            ("Rational(1, 0)", "two whole numbers"),
            ("Piecewise((P, m))", "a condition is one comparison"),
            ("1/(m - m)", "divides by zero"),
            ("sqrt(-2)", "not real"),
            ("1e999", "too large for floating point"),
            ("P +", "not a formula of Python in line 1"),
        ],
    )
    def test_what_is_no_formula_is_refused_by_name(self, written, tmp_path, formula, words):
        path = written(f"forgetting = {formula}")
        with pytest.raises(ScenarioError) as refusal:
            read_candidates(path)
        assert words in str(refusal.value)
        assert str(refusal.value).startswith(f"{path}: ")
        assert "\n" not in str(refusal.value)
        assert [file.name for file in tmp_path.iterdir()] == ["mine.py"]

    @pytest.mark.parametrize(
        "formula",
        [
            "9**9**9",
            "9**(9**5*P/P)",
            "((3*P)**1000)**1000",
            "exp(10**12*log(2))",
            "2**(log(3)*10**9/log(2))",
            "P**99999999",
            "0x" + "f" * 40_000,
            "9" * 5_000,
            "1" + "+1" * 20_000,
            "-" * 40_000 + "1",
            "sqrt(" * 198 + "P" + "+1)" * 198,
        ],
    )
    def test_what_would_exhaust_the_machine_is_refused_at_once(self, written, formula):
        path, start = written(f"forgetting = {formula}"), time.process_time()
        with pytest.raises(ScenarioError, match=r"too large|too deeply|4300 digits"):
            read_candidates(path)
        assert time.process_time() - start < 5

    @pytest.mark.parametrize("next_line", ["g*g", "sqrt(g) + g**2", "sqrt(g + 1)"])
    def test_lines_that_feed_on_each_other_are_refused_too(self, written, next_line):
        lines = ["g0 = 3*P"]
        lines += [f"g{k + 1} = {next_line.replace('g', f'g{k}')}" for k in range(400)]
        with pytest.raises(ScenarioError, match=r"too large|too deeply"):
            read_candidates(written("\n".join([*lines, "forgetting = g400"])))

    @pytest.mark.parametrize(
        ("name", "text", "words"),
        [
            ("a.py", "import os\nforgetting = P", "line 1: import os"),
            ("a.py", "from os import path\nforgetting = P", "line 1: from os import path"),
            ("a.py", "from sympy import sqrt as P\nforgetting = P", "line 1: from sympy"),
            ("a.py", "def f(): ...\nforgetting = P", "line 1: def f()"),
            ("a.py", "print(P)\nforgetting = P", "line 1: print(P)"),
            ("a.py", "a, b = 1, 2\nforgetting = a", "one name in a line"),
            ("a.py", "\n\nforgetting = n_0", "line 3, forgetting: n_0"),
            ("a.py", "P = 3\nforgetting = P", "P has a meaning of its own"),
            ("a.py", "forgetting = P\nforgetting = m", "line 2, forgetting"),
            ("a.py", "forgeting = P", "did you mean forgetting?"),
            ("a.py", "", "no line for any of forgetting, second_risk, generalization"),
            ("a.py", "forgetting = P\n" + "#" * 70_000, "64 KiB at most"),
            ("a.toml", 'forgetting = "n_0"', "forgetting = 'n_0': n_0 is not known here"),
            ("a.toml", "forgetting = true", "a formula in quotes is needed"),
            ("a.toml", '[forgetting]\nis = "P"', "a formula in quotes is needed"),
            ("a.toml", 'forgetting = "P)+(m"', "not a formula"),
            ("a.toml", 'forgetting = """P # a\n + m"""', "outside the quotes"),
            ("a.toml", "forgetting =", "not valid TOML"),
            ("a.txt", "forgetting = P", "a .toml or a .py file"),
        ],
    )
    def test_an_error_names_file_and_line(self, written, name, text, words):
        path = written(text, name)
        with pytest.raises(ScenarioError) as refusal:
            read_candidates(path)
        assert words in str(refusal.value)
        assert str(refusal.value).startswith(f"{path}: ")
        assert "\n" not in str(refusal.value)

    def test_where_there_is_no_file(self):
        with pytest.raises(ScenarioError, match=r"two lines\.toml: no such file"):
            read_candidates("two\nlines.toml")
        with pytest.raises(ScenarioError, match=r"nowhere\.toml: no such file"):
            read_candidates("nowhere.toml")

    @pytest.mark.parametrize("name", ["two-close-tasks", "two-distant-tasks"])
    def test_the_example_in_the_documentation_is_right(self, written, name):
        text = (ROOT / "docs" / "candidates.md").read_text(encoding="utf-8")
        (example,) = [
            entry for entry in text.split("```") if entry.startswith('python\n"""Forgetting')
        ]
        (found,) = read_candidates(written(example.removeprefix("python")))
        scenario = scenarios.preset(name)
        assert found.value(scenario) == pytest.approx(means(scenario).forgetting, rel=1e-12)

    def test_a_value_that_is_no_number_is_nan(self, written):
        text = (
            "forgetting = log(norm_S - 100)\nsecond_risk = exp(exp(P))\n"
            "generalization = (-8)**(1/3)"
        )
        values = [candidate.value(DISTANT) for candidate in read_candidates(written(text))]
        assert [str(value) for value in values] == ["nan", "inf", "nan"]


def typed_forms(scenario: Scenario) -> TwoTaskForms:
    """The closed forms in the regime of a scenario."""
    over = scenario.trainable_count(1) > scenario.tasks.samples[1]
    moments = overparameterized() if over else underparameterized()
    return two_task_forms(moments, moments)
