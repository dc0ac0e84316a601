"""What the site is made of: pages of theorems and claims, and the search for dead links."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

import update_magnitude as um
from docs.site import atlas, claims, front, links, navigation, paper
from docs.site.evidence import report
from docs.site.places import DOCS
from docs.site.staging import literal
from tests.in_process import run
from update_magnitude.paper_checks.claims import CLAIMS
from update_magnitude.paper_checks.claims.standings import standings
from update_magnitude.theory.proofs.graph import drawing, layout, shortest
from update_magnitude.theory.proofs.notation import mathml
from update_magnitude.theory.theorems import theorem_names

EVERY_TENTH = [*theorem_names()[::10], "marchenko-pastur-stieltjes", "filter-descent-square-3"]


def problems(folder, **pages):
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, "utf-8")
    links._soup.cache_clear()
    links._ids.cache_clear()
    return list(links.problems(folder))


def test_a_site_without_faults_has_none(tmp_path):
    one = '<a href="two.html#here">two</a> <img src="x.png" alt="a line"> <a href="#me" id="me">'
    assert problems(tmp_path, one=one, two='<p id="here">') == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ('<a href="three.html">', "a dead link: three.html"),
        ('<a href="../../../etc/hosts">', "a dead link"),
        ('<a href="two.html#there">', "a link to no place on its page"),
        ('<img src="x.png" alt=" ">', "without alternative text"),
        ("θ*<em>t − θ</em>{t−1} and ‖<em>θ‖</em>", "a formula whose signs are taken for emphasis"),
        ('<script src="https://example.org/x.js">', "it loads https://example.org/x.js"),
        ('<link rel="stylesheet" href="//example.org/x.css">', "it loads //example.org"),
    ],
)
def test_faults_are_found(tmp_path, fault, said):
    (found,) = problems(tmp_path, one=fault, two='<p id="here">')
    assert found.startswith("one.html: ")
    assert said in found


def test_the_committed_run_is_whole():
    """All claims, the default profile, and nothing that does not hold."""
    whole = report()
    assert {claim["name"] for claim in whole["claims"]} == set(CLAIMS)
    assert (whole["profile"], whole["interrupted"]) == ("default", False)
    assert whole["summary"]["holds"] == whole["summary"]["predictions"]


def test_the_committed_run_is_of_these_claims_and_this_theory():
    """A run of other claims, or of other predictions, has to be renewed."""
    compared = 0
    for claim in report()["claims"]:
        known = CLAIMS[claim["name"]]
        assert (claim["statement"], claim["source"]) == (known.statement, known.source)
        if claim["name"] != "risk":
            continue
        scenarios = {name: um.scenarios.parse(one) for name, one in claim["scenarios"].items()}
        for row in claim["predictions"]:
            task, learned = map(int, re.fullmatch(r"R_(\d+)\(θ_(\d+)\)", row["quantity"]).groups())
            risk = um.predict(scenarios[row["scenario"]]).risk[learned - 1, task - 1]
            assert row["prediction"] == pytest.approx(float(risk), rel=1e-12)
            compared += 1
    assert compared > 100


def test_pages_of_claims_show_every_prediction():
    pages = dict(claims.pages())
    assert set(pages) == {"claims/index.md", *(f"claims/{name}.md" for name in CLAIMS)}
    for claim in report()["claims"]:
        page = pages[f"claims/{claim['name']}.md"]
        assert page.count("<tr><td>") == len(claim["predictions"])
        assert all(f"\n\n{term}\n: " in page for term in ("Verdict", "Repeat it"))


def test_the_first_page_and_the_paper_have_their_numbers():
    assert f"**{len(theorem_names())} theorems**" in front.page()
    assert f"+{front.gain('permuted-mnist'):.1f} points" in front.page()
    counted = [row for row in report()["paper"] if row["claim"] == "small-distances"]
    holding = sum(row["paper_holds"] for row in counted)
    assert 0 < holding < len(counted)
    said = f"| {holding} of {len(counted)} places tested: where the shared block was right"
    assert said in paper.page()


def test_what_is_in_the_bar_is_there():
    made = {"paper", "claims/index", "theorems/index", "reference/python", "reference/command"}
    made |= {"reference/symbols", "contributing", "changelog", "index"}
    every = [entry for entries in navigation.BAR.values() for entry in entries]
    named = {entry.rpartition("<")[2].rstrip(">") for entry in every}
    written = {str(path.relative_to(DOCS))[:-3] for path in DOCS.glob("*.md")}
    assert named - made - {"tutorials/index", "how-to/index"} <= written
    assert written <= named | made, "a page that is in no bar"


@pytest.mark.parametrize(
    "name",
    [
        name if name in EVERY_TENTH else pytest.param(name, marks=pytest.mark.slow)
        for name in theorem_names()
    ],
)
def test_formulas_in_python_are_those_of_theorems(name):
    """At random points of the domain of the first regime, of which there must be some."""
    theorem = replace(um.theorem(name), cases=um.theorem(name).cases[:1])
    written = (theorem.expression, *theorem.cases[0].domain)
    symbols = {symbol for formula in written for symbol in formula.free_symbols}
    whole = {str(symbol) for symbol in symbols if symbol.is_integer}
    names: dict = {}
    exec(atlas.as_function(theorem), names)
    function = names[name.replace("-", "_")]
    given = function.__code__.co_varnames[: function.__code__.co_argcount]
    draw, seen = np.random.default_rng(0), 0
    for scale in (1.0, 3.0, 30.0):
        values = {one: draw.uniform(0.05, scale, 400) for one in theorem.arguments}
        values |= {one: np.ceil(values[one]) for one in whole & set(values)}
        expected = theorem(**values)
        inside = np.isfinite(expected)
        found = function(**{one: values[one][inside] for one in given})
        np.testing.assert_allclose(found, expected[inside], rtol=1e-7, atol=1e-9)
        seen += int(inside.sum())
    assert seen, "no point of the domain was met"


def test_formulas_of_pages_are_no_emphasis():
    """But for code, addresses and tags, which are left as they are."""
    text = "*so* θ*_t − Σ_{i<t} V_i > 0, `a_b`, [a_b](c_d.md) <a id='b_c'>\n```\nx_y\n```\n"
    meant = (
        "*so* θ\\*\\_t − Σ\\_{i<t} V\\_i > 0, `a_b`, [a\\_b](c_d.md) <a id='b_c'>\n```\nx_y\n```\n"
    )
    assert literal(text) == meant


def test_arrows_that_follow_from_others_are_left_out():
    arrows = {"a": (), "b": ("a",), "c": ("a", "b"), "d": ("c", "a")}
    assert shortest(arrows) == {"a": (), "b": ("a",), "c": ("b",), "d": ("c",)}
    columns = {name: column for name, (column, _) in layout(arrows).items()}
    assert columns == {"a": 0, "b": 1, "c": 2, "d": 3}


def test_the_graph_draws_a_box_and_a_link_for_each():
    shown = {name: um.theorem(name) for name in ("haar-mean", "inverse-chi-square", "update-noise")}
    svg = drawing(shown, classes={"haar-mean": "tested"}, links=True)
    assert svg.count("<rect") == 3
    assert '<a href="haar-mean.html" class="tested">' in svg
    assert svg.count('class="arrow"') == len(um.theorem("update-noise").uses)


def test_standings():
    """What a claim predicts with is tested, and what that rests on is used; failing makes doubt."""
    found = standings()
    assert found["optimal-count-forgetting"] == "tested"
    assert found["inverse-chi-square"] == "used"
    assert "derived" in found.values()
    assert standings(["best-count"])["optimal-count-forgetting"] == "doubtful"


@pytest.mark.parametrize("name", ["distance-estimate", "gradient-own-start", "estimated-drift"])
def test_inner_products_are_written_as_such(name):
    """In brackets or between bars, and not by the name that they have in derivations."""
    name = next(one for one in theorem_names() if one.startswith(name))
    written = [
        mathml(line.result) for case in um.theorem(name).cases for line in case.derive().lines
    ]
    assert any("⟨" in one or "‖" in one for one in written)
    assert not any("vec_" in one or "inner" in one for one in written)


def test_the_command_draws_one_theorem_with_all_that_it_rests_on():
    done = run("derive", "update-noise", "--graph")
    assert done.returncode == 0
    tree = ElementTree.fromstring(done.stdout)
    boxes = tree.findall("{http://www.w3.org/2000/svg}g")
    named = {box.find("{http://www.w3.org/2000/svg}text").text for box in boxes}
    assert named == {"update-noise", *um.theorem("update-noise").uses}


def test_a_graph_has_no_other_format():
    done = run("derive", "update-noise", "--graph", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--graph: it is an SVG file; leave --format and --json out" in done.stderr
