"""The atlas of theorems: a page for each, a page that lists them, and their graph."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from sympy import Symbol
from sympy.printing.numpy import SciPyPrinter

from docs.site.evidence import foremost, rows_about, standings_seen
from docs.site.pages import cells, render
from update_magnitude.theory import theorem
from update_magnitude.theory.proofs.citations import owners
from update_magnitude.theory.proofs.derivation import Derivation, Line
from update_magnitude.theory.proofs.graph import drawing
from update_magnitude.theory.proofs.notation import mathml
from update_magnitude.theory.proofs.signs import Domain
from update_magnitude.theory.proofs.theorem import Case, Theorem
from update_magnitude.theory.proofs.writing import rests_on
from update_magnitude.theory.theorems import ORDER, theorem_names, theorems

SHOWN = 5  # predictions of each claim on the page of a theorem
WORDS = {
    "tested": "tested by simulation: a claim predicts with it, and the committed run agrees",
    "used": "used in the derivation of a theorem that simulation tests",
    "derived": "derived and verified line by line; no claim tests it",
    "doubtful": "a claim about it does not hold in the committed run",
}


def pages() -> Iterator[tuple[str, str]]:
    """Every page of the atlas, by its file."""
    yield (
        "theorems/index.md",
        render(
            "theorems.md",
            groups=_groups(),
            words=WORDS,
            present=set(standings_seen().values()),
            graph=_graph(),
        ),
    )
    for name in theorem_names():
        yield f"theorems/{name}.md", _page(theorem(name))


def _page(shown: Theorem) -> str:
    shown.verify()
    return render(
        "theorem.md",
        theorem=shown,
        rests_on=rests_on(shown),
        cases=[(case.regime, _display(case), _lines(case)) for case in shown.cases],
        symbols=shown.symbols,
        meanings=json.dumps(_meanings(shown), ensure_ascii=False).replace("<", "\\u003c"),
        code=as_function(shown),
        used_by=_used_by()[shown.name],
        standing=WORDS[standings_seen()[shown.name]],
        claims=[(claim, cells(foremost(claim, SHOWN))) for claim in rows_about(shown.name)],
    )


def _display(case: Case) -> str:
    return mathml(Domain(case.domain).turned(case.derive().result))


def _lines(case: Case) -> list[dict[str, Any]]:
    domain = Domain(case.domain)
    return [
        {
            "kind": str(line.origin.kind),
            "rule": line.rule.name,
            "uses": [used + 1 for used in line.uses],
            "because": line.because,
            "named": line.origin.reference or line.origin.test,
            "cited": _cited(line),
            "formula": mathml(domain.turned(line.result)),
        }
        for line in case.derive().lines
    ]


def _cited(line: Line) -> list[str]:
    """The theorems whose derivations a line cites."""
    names = _owners()
    return sorted({names[source] for source in line.rule.sources if source in names})


@cache
def _owners() -> dict[Derivation, str]:
    return owners(theorems().values())


@cache
def _used_by() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in theorem_names()}
    for name in theorem_names():
        for used in theorem(name).uses:
            found[used].append(name)
    return found


def _meanings(shown: Theorem) -> dict[str, str]:
    """What is shown while the pointer is on a symbol of a formula."""
    return {name: meaning for name, (_, _, meaning) in shown.symbols.items()}


def as_function(shown: Theorem) -> str:
    """The formula as a function in Python, with NumPy and SciPy; of several regimes, the first.

    It does not ask whether its arguments are within the domain.
    """
    formula = shown.cases[0].derive().result
    printer = SciPyPrinter()
    body = printer.doprint(formula)
    modules = sorted(module.split(".")[0] for module in printer.module_imports)
    imports = "".join(f"import {module}\n" for module in dict.fromkeys(modules))
    given = ", ".join(sorted(map(str, formula.atoms(Symbol))))
    name = shown.name.replace("-", "_")
    gap = "\n\n" if imports else ""
    return f"{imports}{gap}def {name}({given}):\n    return {body}"


def _groups() -> list[tuple[str, list[Theorem]]]:
    """Theorems by the module that derives them, with the first sentence of its docstring."""
    from importlib import import_module

    groups = []
    for name in ORDER:
        module = import_module(f"update_magnitude.theory.results.{name}")
        heading = (module.__doc__ or name).splitlines()[0].rstrip(".")
        groups.append((heading, [theorems()[one.name] for one in module.theorems()]))
    return groups


def _graph() -> str:
    return drawing(
        theorems(),
        links=True,
        classes=standings_seen(),
        titles={key: WORDS[value] for key, value in standings_seen().items()},
    )
