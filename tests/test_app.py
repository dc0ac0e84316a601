"""The interactive page: what its panels say, that its cells run, and that a browser can use it."""

from __future__ import annotations

import ast
import re
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from matplotlib.figure import Figure

from tests.made_up import any_scenario
from update_magnitude import scenarios
from update_magnitude.figures.explore import markup, panels
from update_magnitude.figures.explore.controls import (
    CONTROLS,
    FARTHEST,
    Range,
    first_settings,
    form,
    scenario_of,
)
from update_magnitude.figures.explore.serving import HOST, PAGE, is_own, serve
from update_magnitude.figures.explore.writing import toml_of
from update_magnitude.scenarios import ScenarioError, varied
from update_magnitude.theory import critical_distance, means, predict

CROWDED = {"tasks": 20, "direction": "orthogonal", "size_specific": 1}  # 20 dimensions in one


def explored(**changes: object) -> scenarios.Scenario:
    return scenario_of(first_settings() | changes)


@pytest.mark.parametrize("name", scenarios.preset_names())
def test_presets_are_written_and_read_back(name):
    preset = scenarios.preset(name)
    assert scenarios.parse(tomllib.loads(toml_of(preset))) == preset


@given(any_scenario())
def test_scenarios_are_written_and_read_back(scenario):
    assert scenarios.parse(tomllib.loads(toml_of(scenario))) == scenario


def test_odd_names_are_quoted():
    document = scenarios.preset("two-close-tasks").document()
    text = repr(document).replace("shared", "a b.c").replace("two close", 'say "\\x7f\\t" ‖δ‖')
    odd = scenarios.parse(ast.literal_eval(text))
    assert scenarios.parse(tomllib.loads(toml_of(odd))) == odd


def test_every_setting_reaches_the_scenario():
    """Changed alone, each changes the scenario; and the form has a place for each."""
    for name, of in CONTROLS.items():
        other = of.high if isinstance(of, Range) else of.among[-1]
        assert explored(**{name: other}) != explored(), name
    assert set(re.findall(r"{(\w+)}", form())) == set(CONTROLS)


@pytest.mark.parametrize(
    "changes", [{"penalty": 0.2}, {"weight_shared": 10.0}, {"variance_shared": 0.5}]
)
def test_numbers_are_those_of_the_scenario_whatever_is_set(changes):
    """And where theory has them in a limit alone, the page says so."""
    scenario = explored(**changes)
    own = panels.numbers(scenario).sel(strategy="frozen")
    assert float(own.forgetting) == float(predict(scenario).forgetting)
    assert float(own.forgetting) != float(predict(explored()).forgetting)
    assert "Means in the limit" in markup.numbers(scenario)
    assert "Exact means" in markup.numbers(explored())


@pytest.mark.parametrize("tasks", [2, 20])
def test_curves_and_map_go_through_what_is_predicted(tasks):
    scenario = explored(tasks=tasks, distance_shared=0.25)
    data, regimes = panels.curves(scenario), panels.regimes(scenario)
    for name in panels.SHOWN:
        for at in (0.0, 1.0, FARTHEST):
            exact = means(varied(scenario, {panels.DISTANCE: at, "updates.strategy": name}))
            for measure in panels.MEASURES:
                found = float(data.theory.sel(measure=measure, strategy=name, distance=at))
                assert found == pytest.approx(getattr(exact, measure), rel=1e-9)
    n = scenario.tasks.samples[0]
    row = regimes.theory.sel(y=n / scenario.blocks.capacity, method="nearest")
    assert float(row.y) == pytest.approx(n / scenario.blocks.capacity)
    curve = data.theory.sel(measure="forgetting", strategy="frozen").interp(distance=row.x)
    assert np.abs(row.sel(strategy="frozen") - curve).max() < 1e-3 * np.abs(curve).max()


def test_the_crossing_is_the_critical_distance():
    crossing = panels.curves(explored()).crossing
    exact = critical_distance(explored())
    assert float(crossing.sel(measure="forgetting")) == pytest.approx(exact.distance, rel=1e-9)
    assert np.isnan(crossing.sel(measure="generalization"))
    words = panels.critical_words(explored())
    assert "‖δ‖ = 1.445; below it freezing" in words[0]
    assert words[1].endswith("freezing is better at every distance.")


def test_a_tie_is_no_crossing_and_rounding_no_critical_distance():
    tie = explored(samples=60)
    assert np.isnan(panels.curves(tie).crossing).all()
    assert all("equal at every distance" in word for word in panels.critical_words(tie))
    assert (
        "freezing is better at every"
        in panels.critical_words(explored(samples=60, distance_shared=0.2))[0]
    )


def test_what_has_no_mean_is_said_in_words():
    threshold = explored(samples=16)
    exact = panels.numbers(threshold)
    assert (exact.undefined != "").values.tolist() == [True, False, False]
    shown = markup.numbers(threshold)
    assert "frozen: no finite mean after task 2 (m = 16, n = 16)" in shown
    assert shown.count("undefined") == 3
    assert "here m = 16 and n = 16" in shown
    drawn = markup.drawn_curve.__wrapped__(threshold, "forgetting")
    assert "<circle" not in drawn.marked(1, np.nan, "")


def test_the_chosen_strategy_stands_out():
    shown = markup.numbers(explored(strategy="initialized"))
    assert re.search(r'class=chosen><th scope="row"><svg.*?</svg> initialized', shown)
    assert f"{means(explored(strategy='initialized')).forgetting:.6g}".replace("-", "−") in shown


def test_the_dot_lies_where_its_data_do():

    def plot() -> Figure:
        figure = Figure()
        figure.subplots().plot([0.5, 3.5], [-2.0, 7.0])
        return figure

    drawn = markup.draw(plot)
    lines = re.findall(r"M (\S+) (\S+) \nL (\S+) (\S+) \n", drawn.svg)
    ends = [drawn.x[0] + drawn.x[1] * 0.5, drawn.y[0] + drawn.y[1] * -2.0]
    ends += [drawn.x[0] + drawn.x[1] * 3.5, drawn.y[0] + drawn.y[1] * 7.0]
    assert any(np.allclose(np.array(line, float), ends, atol=0.01) for line in lines)
    dotted = drawn.marked(0.5, -2.0, "red")
    assert f'cx="{ends[0]:.2f}" cy="{ends[1]:.2f}"' in dotted
    assert drawn.marked(np.nan, 0.0, "red") == drawn.svg


def test_only_the_dot_moves_with_the_distance():
    kept = markup.drawn_curve.cache_info().misses
    before = [markup.curve(explored(distance_specific=at), "forgetting") for at in (1.0, 2.0)]
    assert before[0] != before[1]
    assert markup.drawn_curve.cache_info().misses <= kept + 1


def test_what_cannot_be_is_one_friendly_line():
    with pytest.raises(ScenarioError, match="so it needs at least 20 parameters"):
        explored(**CROWDED)
    near = explored(**CROWDED, distance_specific=0.0)  # can be, but no other point of its curve
    shown = markup.curve(near, "forgetting")
    assert shown.count('<p class="notice">') == 1
    assert "at least 20 parameters" in shown
    assert "No critical distance from closed forms: blocks.specific = 1" in markup.numbers(near)


def test_a_point_is_simulated_and_judged():
    """At a family-wise error of 0.001; the seed is fixed."""
    seen: list[float] = []
    outcome = panels.check_point(explored(), lambda _, share: seen.append(share))
    assert seen
    assert panels.verdict_of(outcome) == "holds"
    assert panels.verdict_line(outcome).startswith("16 predictions: 16 hold")
    shown = markup.verdicts(outcome)
    assert '<b class="holds">holds</b>' in shown
    assert "<summary>6 more predictions</summary>" in shown


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"host": "127.0.0.1:80"}, True),
        ({"host": "localhost:80", "origin": "http://localhost:80"}, True),
        ({"host": "127.0.0.1:80", "origin": "http://localhost:80"}, False),
        ({"host": "127.0.0.1:80", "origin": "null"}, False),
        ({"host": "elsewhere.example", "origin": "http://elsewhere.example"}, False),
        ({}, False),
    ],
)
def test_only_its_own_pages_are_answered(headers, own):
    assert is_own(headers) is own


def test_without_marimo_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "marimo", None)
    with pytest.raises(
        ScenarioError, match=r"marimo is not .* pip install 'update-magnitude\[app\]'"
    ):
        serve(0, open_browser=False)


def test_a_port_that_is_taken_is_refused():
    pytest.importorskip("marimo")
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ScenarioError, match=f"--port = {port}: .*; choose another"):
            serve(port, open_browser=False)


def test_all_cells_run():
    pytest.importorskip("marimo")
    from update_magnitude.figures.explore.app import app

    _, found = app.run()
    assert found["settings"].value == first_settings()
    assert found["scenario"] == explored()
    assert found["outcome"] is None
    assert scenarios.parse(tomllib.loads(found["text"])) == found["scenario"]


def test_the_style_sheet_places_cells_that_there_are():
    cells = {
        entry.name
        for entry in ast.walk(ast.parse(PAGE.read_text()))
        if hasattr(entry, "decorator_list")
    }
    named = re.findall(r'data-cell-name="(\w+)"', PAGE.with_name("page.css").read_text())
    assert named
    assert set(named) <= cells


FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.fixture
def browser():
    play = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("there is no chromium")
    with play.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=found, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def address():
    """The page served by a process of its own, which Ctrl-C ends though a page is open."""
    pytest.importorskip("marimo")
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    code = f"from figures.explore.serving import serve; serve({port}, False)"
    command = [sys.executable, "-c", code]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as served:
        try:
            yield served.stdout.readline().split()[0]
            served.send_signal(signal.SIGINT)
            assert served.wait(timeout=60) == 0
        finally:
            served.kill()


@pytest.mark.slow
def test_a_reader_can_use_it(browser, address):
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    wrong: list[str] = []
    page.on("console", lambda entry: wrong.append(entry.text) if entry.type == "error" else None)
    page.on("pageerror", lambda entry: wrong.append(str(entry)))
    page.on(
        "request",
        lambda entry: wrong.append(entry.url) if _is_outside(entry.url, address) else None,
    )
    page.goto(address)
    picture = page.locator("[data-cell-name=forgetting] img")
    number = page.locator("[data-cell-name=numbers] .chosen td").first
    picture.wait_for(timeout=120_000)
    before = picture.get_attribute("src"), number.inner_text()
    page.get_by_role("slider").first.press("ArrowRight")
    for at, old in (("forgetting", before[0]), ("numbers", before[1])):
        page.wait_for_function(
            "([at, old]) => !document.querySelector(`[data-cell-name=${at}]`).innerHTML"
            ".includes(old)",
            arg=[at, old],
            timeout=60_000,
        )
    page.get_by_role("button", name="Simulate this point").click()
    verdict = page.locator(".verdict b")
    verdict.wait_for(timeout=300_000)
    assert verdict.inner_text() == "holds"
    with page.expect_download() as loaded:
        page.get_by_text("Download this scenario").click()
    text = Path(loaded.value.path()).read_text()
    expected = explored(distance_specific=1.05)
    assert scenarios.parse(tomllib.loads(text)) == expected
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.querySelector('#App').scrollWidth") <= 390
    assert wrong == []


@pytest.mark.slow
def test_other_sites_are_refused(address):
    asked = urllib.request.Request(address, headers={"Origin": "https://elsewhere.example"})
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(asked, timeout=60)
    with urllib.request.urlopen(address, timeout=60) as answer:
        assert answer.status == 200


def _is_outside(url: str, address: str) -> bool:
    return not url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))
