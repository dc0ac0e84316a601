"""What the site is made of: pages of theorems and claims, and the search for dead links."""

from __future__ import annotations

import numpy as np
import pytest

import update_magnitude as um
from docs.site import atlas, claims, front, links, navigation, paper
from docs.site.evidence import report
from docs.site.places import DOCS
from update_magnitude.paper_checks.claims import CLAIMS
from update_magnitude.paper_checks.claims.standings import standings
from update_magnitude.theory.proofs.graph import drawing, layout, shortest
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


def test_pages_of_claims_show_every_prediction():
    pages = dict(claims.pages())
    assert set(pages) == {"claims/index.md", *(f"claims/{name}.md" for name in CLAIMS)}
    for claim in report()["claims"]:
        assert pages[f"claims/{claim['name']}.md"].count("<tr><td>") == len(claim["predictions"])


def test_the_first_page_and_the_paper_have_their_numbers():
    assert f"**{len(theorem_names())} theorems**" in front.page()
    assert f"+{front.gain('permuted-mnist'):.1f} points" in front.page()
    counted = [row for row in report()["paper"] if row["claim"] == "small-distances"]
    holding = sum(row["paper_holds"] for row in counted)
    assert 0 < holding < len(counted)
    assert f"| {holding} of the places tested: where the shared block was right" in paper.page()


def test_what_is_in_the_bar_is_there():
    made = {"paper", "claims/index", "theorems/index", "reference/python", "reference/command"}
    made |= {"reference/symbols", "contributing", "changelog", "index"}
    named = {entry for entries in navigation.BAR.values() for entry in entries}
    written = {str(path.relative_to(DOCS))[:-3] for path in DOCS.glob("*.md")}
    assert named - made - {"tutorials/index", "how-to/index"} <= written
    assert written <= named | made, "a page that is in no bar"


@pytest.mark.parametrize("name", EVERY_TENTH)
def test_formulas_in_python_are_those_of_theorems(name):
    """Wherever a random point lies in the domain of the first regime."""
    theorem = um.theorem(name)
    names: dict = {}
    exec(atlas.as_function(theorem), names)
    function = names[name.replace("-", "_")]
    given = function.__code__.co_varnames[: function.__code__.co_argcount]
    draw = np.random.default_rng(0)
    seen = 0
    for _ in range(300):
        values = {argument: float(draw.uniform(0.1, 9.0)) for argument in theorem.arguments}
        expected = float(theorem(**values))
        if len(theorem.cases) == 1 and np.isfinite(expected):
            found = function(**{argument: values[argument] for argument in given})
            assert complex(found) == pytest.approx(expected, rel=1e-7, abs=1e-12)
            seen += 1
    assert seen or len(theorem.cases) > 1 or name in ("",), "no point of the domain was met"


def test_arrows_that_follow_from_others_are_left_out():
    arrows = {"a": (), "b": ("a",), "c": ("a", "b"), "d": ("c", "a")}
    assert shortest(arrows) == {"a": (), "b": ("a",), "c": ("b",), "d": ("c",)}
    columns = {name: column for name, (column, _) in layout(arrows).items()}
    assert columns == {"a": 0, "b": 1, "c": 2, "d": 3}


def test_the_graph_draws_a_box_and_a_link_for_each():
    shown = {name: um.theorem(name) for name in ("haar-mean", "inverse-chi-square", "update-noise")}
    svg = drawing(shown, classes={"haar-mean": "tested"})
    assert svg.count("<rect") == 3
    assert '<a href="haar-mean.html" class="tested">' in svg
    assert svg.count('class="arrow"') == len(um.theorem("update-noise").uses)


def test_standings():
    """What a claim predicts with is tested, and what that rests on is used; failing makes doubt."""
    found = standings()
    assert found["optimal-count-forgetting"] == "tested"
    assert found["haar-mean"] == "used"
    assert "derived" in found.values()
    assert standings(["best-count"])["optimal-count-forgetting"] == "doubtful"
