"""What public functions say where their question has no meaning: one clear line, never a value.

Every name that a public module exports is in the table below, or in the list of those that take no
arguments a user could get wrong; a new name that is in neither fails the first test.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from sympy import Symbol

import update_magnitude as um
from update_magnitude import figures, paper_checks, scenarios, simulations, theory
from update_magnitude.figures.explore.asking import read_axis
from update_magnitude.figures.explore.maps import regime_map
from update_magnitude.figures.explore.optimum import best_scale, optimum_of
from update_magnitude.figures.points import EFFORTS
from update_magnitude.paper_checks import PROFILES, candidates
from update_magnitude.scenarios import Axis, axis, parse, varied
from update_magnitude.simulations import sweeps
from update_magnitude.theory.results.symbols import norm_S

MODULES = (
    um,
    scenarios,
    theory,
    simulations,
    sweeps,
    paper_checks,
    candidates,
    figures,
    import_module("update_magnitude.figures.explore"),
)
# Tables and plain records: they ask and answer nothing.
RECORDS = {
    *("Scenario", "ScenarioError", "Blocks", "Optima", "Step", "Tasks", "Updates", "SIGNALS"),
    *("Features", "EVIDENCE"),
    *("CriticalDistance", "DamagedError", "NoClosedFormError", "TwoTaskValues", "BestCount"),
    *("Drift", "Means", "Totals", "Family"),
    *("Estimate", "Simulation", "Summary", "CLAIMS", "Verdict", "PROFILES"),
    *(
        "Profile",
        "Candidate",
        "MEASURES",
        "FIGURES",
        "Figure",
        "Made",
        "preset_names",
        "theorem_names",
    ),
    "theorems",
}

CLOSE = scenarios.preset("two-close-tasks")
THREE = scenarios.preset("three-blocks")
INITIALIZED = varied(CLOSE, {"updates.strategy": "initialized"})
HYBRID = varied(CLOSE, {"updates.strategy": "hybrid"})
RESET = varied(CLOSE, {"updates.strategy": "reinitialized"})
NEAR = varied(CLOSE, {"tasks.samples": [5, 16]})
SAME = varied(CLOSE, {"optima.distance.specific": 0.0})
ONE = parse(
    CLOSE.document()
    | {
        "tasks": {"count": 1, "samples": 5, "noise": 0.3},
        "updates": {"strategy": "initialized"},
        "optima": {"norm": {"shared": 0.2, "specific": 2.0}},
    }
)
GRAM = varied(
    CLOSE, {"optima": {"gram": {"shared": [[1, 0.4], [0.4, 2]], "specific": [[1, 0], [0, 1]]}}}
)
QUICK, LAW = PROFILES["quick"], {"engine": "law"}
DISTANCE = "optima.distance.specific"
SCENARIO = r"a scenario is needed, as load and preset return; here is "
REPLICATES = r"replicates = .*two replicates at least, for a single one has no standard error"
NAN = math.nan


def sweep(**changes: Any) -> sweeps.Sweep:
    axis = sweeps.Axis("tasks.noise", (0.0, 0.5))
    given = {"title": "it", "scenario": CLOSE.document(), "axes": (axis,), "engines": ("law",)}
    return sweeps.Sweep(**({"replicates": 100, "seed": 0} | given | changes))


def candidate(measure: str = "forgetting", formula: Any = 1) -> candidates.Candidate:
    return candidates.formula_candidate(measure, formula, "mine.toml")


def check(formulas: Any, given: Any, **changes: Any) -> Any:
    return candidates.check_candidates(formulas, given, **({"profile": QUICK, "seed": 0} | changes))


def predicting(function: Any, given: Any = CLOSE) -> Any:
    return candidates.check_function(function, [given], QUICK, 0)


def grid(*axes: Any, scenario: Any = CLOSE) -> Any:
    return theory.totals(scenarios.family(scenario, axes))


def make(name: Any = figures.FIGURES["drift"], formats: Any = ("png",), **changes: Any) -> Any:
    given = {"folder": "nowhere", "formats": formats, "effort": EFFORTS["quick"], "seed": 0}
    return figures.make(name, **(given | {"watch": lambda *_: None} | changes))


Case = tuple[Callable[[], Any], str]
CASES: dict[str, list[Case]] = {
    "load": [
        (lambda: scenarios.load("two-close-task"), "no preset of that name; did you mean two-cl"),
        (lambda: scenarios.load(""), "names no file and no preset"),
        (lambda: scenarios.load(None), "None names no file and no preset"),
        (lambda: sweeps.load("nowhere.toml"), r"nowhere\.toml: no such file"),
        (lambda: sweeps.load(None), "a sweep = None: the name of a file is needed"),
    ],
    "load_document": [(lambda: scenarios.load_document("x"), "no such file, and no preset")],
    "preset": [
        (lambda: scenarios.preset("two-close"), "no preset of that name; did you mean two-close-"),
        (
            lambda: scenarios.preset("README.md"),
            "no preset of that name; presets: held-shared-block",
        ),
        (lambda: scenarios.preset([]), r"\[\]: no preset of that name"),
    ],
    "parse": [
        (lambda: parse(None), "a scenario = None: a table with the keys blocks, tasks, optima"),
        (lambda: parse({}), "blocks is missing; a scenario needs it"),
        (lambda: parse(CLOSE.document() | {"blocks": {1: 4}}), "the name of a block is a text"),
        (lambda: parse(CLOSE.document() | {"title": 3}), "title = 3: a text in quotes is needed"),
    ],
    "varied": [
        (lambda: varied("two-close-tasks", {}), SCENARIO + "str 'two-close-tasks'"),
        (lambda: varied(CLOSE, None), "changes = None: a table of values by their keys is needed"),
        (lambda: varied(CLOSE, {3: 3}), "3 = 3: unknown key; known here: blocks, tasks"),
        (lambda: varied(CLOSE, {"tasks.sample": 3}), "unknown key; did you mean samples?"),
        (lambda: varied(GRAM, {DISTANCE: 1.0}), "there is no such key in this scenario"),
        (lambda: varied(CLOSE, {"tasks.count": 0}), "a sequence has at least 1 task"),
        (lambda: varied(CLOSE, {"tasks.samples": []}), r"a number, or 2 numbers \(one per task"),
        (lambda: varied(CLOSE, {"tasks.noise": NAN}), "tasks.noise = nan: a finite number is n"),
        (lambda: varied(CLOSE, {"tasks.samples": np.bool_(True)}), "True: a whole number is need"),
    ],
    "changed": [
        (lambda: scenarios.changed(None, {}), "document = None: a table of values"),
        (lambda: scenarios.changed({}, {"tasks.noise": 1}), "there is no such key"),
    ],
    "coordinates": [(lambda: scenarios.coordinates("x"), SCENARIO)],
    "critical_distance": [
        (lambda: theory.critical_distance(CLOSE, "G"), "measure = 'G': it is one of forgetting, s"),
        (lambda: theory.critical_distance(CLOSE, ["G"]), "measure = .*it is one of forgetting"),
        (lambda: theory.critical_distance("x"), SCENARIO),
        (lambda: theory.critical_distance(SAME), "the same point, so the step .* no direction"),
        (lambda: theory.critical_distance(ONE), "here tasks.count = 1"),
        (lambda: theory.critical_distance(THREE), "here tasks.count = 4"),
        (lambda: theory.critical_distance(GRAM), "for a step orthogonal to the first optimum"),
        (lambda: theory.critical_distance(NEAR), "here m = 16 and n = 16"),
        (
            lambda: theory.critical_distance(
                varied(CLOSE, {"updates.specific": ["shared", "specific"]})
            ),
            "no block is frozen, so frozen and initialized training are the same",
        ),
    ],
    "two_task_rounding": [
        (lambda: theory.two_task_rounding(ONE), "here tasks.count = 1"),
        (lambda: theory.two_task_rounding({}), SCENARIO),
    ],
    "two_task_values": [
        (lambda: theory.two_task_values(ONE), "here tasks.count = 1"),
        (lambda: theory.two_task_values(HYBRID), "its trainable blocks depend on the data"),
        (lambda: theory.two_task_values(RESET), "here updates.strategy = 'reinitialized'"),
        (lambda: theory.two_task_values(NEAR), "here m = 16 and n = 16"),
        (lambda: theory.two_task_values({}), SCENARIO),
    ],
    "two_task_arguments": [
        (lambda: theory.two_task_arguments(THREE), "here tasks.count = 4"),
        (lambda: theory.two_task_arguments(None), SCENARIO),
    ],
    "best_count": [
        (lambda: theory.best_count("risk", 20, 5, 1.0), "measure = 'risk': it is one of forgett"),
        (lambda: theory.best_count("mean", NAN, 5, 1.0), "P = nan: .*a size is a whole number"),
        (lambda: theory.best_count("mean", 20, True, 1.0), "n = True: .*a size is a whole number"),
        (lambda: theory.best_count("mean", 20, 5, NAN), "drift = nan: a finite number is needed"),
        (lambda: theory.best_count("mean", 20, 5, 1.0, NAN), "overlap = nan: a finite number"),
        (lambda: theory.best_count("mean", 20, 5, 1.0, 0.0, -1.0), "sigma = -1.0: a standard de"),
        (lambda: theory.best_count("mean", 20, 5, 1.0, alpha=math.inf), "alpha = inf: a finite"),
    ],
    "drift": [
        (lambda: theory.drift(ONE), "a drift is between two tasks"),
        (lambda: theory.drift(RESET), "a drift is between two tasks"),
        (lambda: theory.drift(HYBRID), "its trainable blocks depend on the data"),
        (lambda: theory.drift("x"), SCENARIO),
    ],
    "Axis": [
        (lambda: grid(Axis("tasks.noise", 3.0)), "tasks.noise = 3.0: a list of values"),
        (
            lambda: grid(Axis("tasks.noise", [0.0, NAN])),
            "tasks.noise = nan: a finite num",
        ),
        (lambda: sweeps.Axis("tasks.noise", ()), "a list of values is needed, one at least"),
        (lambda: sweeps.Axis("tasks.noise", 3), "a list of values is needed, one at least"),
        (lambda: sweeps.Axis("tasks.samples", np.array([3, 3])), "= 3: it is there twice"),
        (lambda: sweeps.Axis(3, (1,)), "axis = 3: a text in quotes is needed"),
    ],
    "axis": [
        (
            lambda: axis("tasks.noise", range(0)),
            r"tasks.noise = \[\]: a list of numbers is",
        ),
        (
            lambda: axis("tasks.noise", []),
            "tasks.noise = .*: a list of numbers is needed",
        ),
        (lambda: axis("tasks.noise", [[1, 2]]), r"= \[1, 2\]: a finite number is needed"),
        (lambda: axis("tasks.samples", [NAN, 1]), "nan: a finite number is needed"),
        (lambda: axis("tasks.noise", [True, False]), "True: a finite number is needed"),
        (lambda: axis("tasks.noise", ["a"]), "'a': a finite number is needed"),
        (lambda: axis(3, [1, 2]), "axis = 3: a text in quotes is needed"),
    ],
    "library": [(lambda: scenarios.library("nothing"), "not in the library")],
    "family": [
        (lambda: scenarios.family(CLOSE, "tasks.noise"), "a table of fields and their values"),
        (lambda: scenarios.family(CLOSE, 3), "axes = 3: a table of fields and their values"),
        (lambda: scenarios.family(CLOSE, None), "axes = None: a table of fields and their"),
        (lambda: scenarios.family(CLOSE, {"tasks.noise": 3}), "tasks.noise = 3: a list of values"),
        (lambda: scenarios.family(CLOSE, {"tasks.noise": [0, -1]}), "at least 0"),
        (lambda: grid(*[axis("tasks.noise", [0, 1])] * 2), "two axes vary it"),
        (lambda: grid(axis("tasks.nois", [0, 1])), "unknown key; did you mean noise"),
        (lambda: grid(axis("title", [0, 1])), "a text in quotes is needed"),
        (lambda: grid(Axis("optima", [1]), STEPS), "two axes vary it"),
        (lambda: grid(axis(DISTANCE, [0, 1]), scenario=GRAM), "there is no such key"),
        (lambda: grid(axis("tasks.samples", [-1, 5])), "at least 1 sample"),
        (lambda: grid(scenario=HYBRID), "its trainable blocks depend on the data"),
        (lambda: grid(scenario="x"), SCENARIO),
    ],
    "best_penalty": [
        (lambda: theory.best_penalty("G", 2.0, 1.0, 1.0), "measure = 'G': it is one of risk, for"),
        (lambda: theory.best_penalty("risk", -1.0, 1.0, 1.0), "gamma = -1.0: a ratio of sizes is"),
        (lambda: theory.best_penalty("risk", 0.0, 1.0, 1.0), "gamma = 0.0: a ratio of sizes is ab"),
        (lambda: theory.best_penalty("risk", "2", 1.0, 1.0), "gamma = '2': a finite number is"),
        (lambda: theory.best_penalty("risk", 2.0, NAN, 1.0), "drift = nan: a finite number is"),
        (lambda: theory.best_penalty("forgetting", 2.0, 1.0, -1.0), "noise = -1.0: a variance is"),
        (lambda: theory.best_penalty("risk", 2.0, 1.0, 1.0, NAN), "overlap = nan: a finite numb"),
    ],
    "predict": [
        (lambda: theory.predict(HYBRID), "its trainable blocks depend on the data"),
        (lambda: theory.predict("two-close-tasks"), SCENARIO),
        (lambda: theory.predict(None), SCENARIO),
    ],
    "means": [
        (lambda: theory.means(HYBRID), "its trainable blocks depend on the data"),
        (lambda: theory.means("two-close-tasks"), SCENARIO),
    ],
    "document": [(lambda: theory.document(HYBRID), "its trainable blocks depend on the data")],
    "undefined": [(lambda: theory.undefined("x", theory.means(CLOSE)), SCENARIO)],
    "totals": [
        (lambda: theory.totals(HYBRID), "its trainable blocks depend on the data"),
        (lambda: theory.totals("x"), SCENARIO),
    ],
    "theorem": [
        (lambda: theory.theorem("optimal-count"), "no theorem of that name; the closest are opt"),
        (lambda: theory.theorem(None), "None: no theorem of that name"),
        (lambda: theory.theorem("optimal-count-forgetting")(), "missing or unknown: eta, n, xi"),
        (lambda: theory.theorem("inverse-chi-square")(nu=None), "nu = None: a number is needed"),
        (lambda: theory.theorem("inverse-chi-square")(nu="3"), "nu = '3': a number is needed"),
        (lambda: theory.theorem("inverse-chi-square")(nu=True), "nu = True: a number is needed"),
        (
            lambda: theory.theorem("optimal-count-forgetting")(n=[1, 2], xi=[1, 2, 3], eta=1),
            r"arrays of shapes that do not go together: n \(2,\), xi \(3,\)",
        ),
        (lambda: theory.theorem("optimal-count-forgetting").at({"n": 8}), "need a value of it"),
        (lambda: um.theorem("optimal-count"), r"; um\.theorems\(\) lists all of them"),
        (
            lambda: um.theorem("two-task-risk-explicit").evaluate(THREE),
            "two-task-risk-explicit: the scenario “three bl.*” has no n_1: .*tasks.count = 4",
        ),
        (
            lambda: um.theorem("inverse-chi-square").evaluate(CLOSE),
            "no scenario says what the argument nu is; give it",
        ),
        (lambda: um.theorem("haar-mean").evaluate(CLOSE, p=3), "takes m, n; unknown: p"),
        (lambda: um.theorem("haar-mean").evaluate("x"), SCENARIO),
    ],
    "simulate": [
        (lambda: simulations.simulate("two-close-tasks", 10), SCENARIO),
        (lambda: simulations.simulate(CLOSE, 1), REPLICATES),
        (lambda: simulations.simulate(HYBRID, 10, **LAW), "use the dense engine"),
    ],
    "sweep": [
        (lambda: um.sweep(CLOSE, "nowhere", 100), "family = .*: a family is needed"),
        (lambda: um.sweep(um.family(CLOSE, {}), "nowhere", 1), REPLICATES),
    ],
    "estimates": [
        *(
            (
                lambda count=count, engine=engine: simulations.estimates(
                    CLOSE, count, engine=engine
                ),
                REPLICATES,
            )
            for count in (1, 0, -5, 2.5, NAN, True, "10", None, np.int64(1), np.array(1))
            for engine in ("dense", "law")
        ),
        (lambda: simulations.estimates("two-close-tasks", 10), SCENARIO),
        (lambda: simulations.estimates(HYBRID, 10, **LAW), "use the dense engine"),
        (lambda: simulations.estimates(CLOSE, 10, engine="lawn"), "'lawn' is no engine; engines:"),
        (lambda: simulations.estimates(CLOSE, 10, 1.5), "seed = 1.5: a seed is at least 0 and le"),
        (lambda: simulations.estimates(CLOSE, 10, memory=NAN), "memory = nan: a finite number"),
        (lambda: simulations.estimates(CLOSE, 10, memory="4"), "memory = '4': a finite number"),
        (lambda: simulations.estimates(CLOSE, 10, chunk=1.5), "chunk = 1.5: a whole number is nee"),
    ],
    "Experiment": [
        *(
            (lambda count=count, engine=engine: experiment(engine=engine).run(count), REPLICATES)
            for count in (1, 0, -5, 2.5, True, None)
            for engine in ("dense", "law")
        ),
        (lambda: experiment([]), r"scenarios = \[\]: a list of one scenario at least"),
        (lambda: experiment(CLOSE), "scenarios: a list is needed"),
        (lambda: experiment([CLOSE, THREE]), "the same blocks and samples"),
        (lambda: experiment([CLOSE, THREE], **LAW), "the same number of tasks and of blocks"),
        (lambda: experiment(contrasts=[[1.0, 1.0]]), "one number for each of 1 scenarios"),
        (lambda: experiment(contrasts=[[NAN]]), "one number for each of 1 scenarios"),
        (lambda: experiment(contrasts=3), "one number for each of 1 scenarios"),
        (lambda: experiment().results(), "there are no results yet; run some replicates first"),
    ],
    "Sweep": [
        (
            lambda: sweep(axes=(Axis("tasks.noise", (1,)),) * 2),
            "tasks.noise: two axes vary it",
        ),
        (lambda: sweep(engines="law"), "engines = 'law': a list is needed, of dense, law"),
        (lambda: sweep(engines=()), r"engines = \(\): a list is needed"),
        (lambda: sweep(engines=("lawn",)), "engines = 'lawn': it is one of dense, law"),
        (lambda: sweep(replicates=1), REPLICATES),
        (lambda: sweep(seed=-1), "seed = -1: a seed is at least 0"),
        (lambda: sweep(title=3), "title = 3: a text in quotes is needed"),
        (lambda: sweep(scenario=CLOSE), r"the tables of one, such as scenario.document\(\)"),
        (lambda: sweep(scenario={}).points, "at tasks.noise = 0.0: .*there is no such key"),
    ],
    "run": [
        (lambda: sweeps.run(None, "nowhere"), "sweep = None: a sweep is needed"),
        (lambda: sweeps.run(sweep(), __file__), "it cannot be read and written to"),
    ],
    "read": [
        (lambda: sweeps.read("nowhere"), "nowhere: there is no sweep in it"),
        (lambda: sweeps.read(None), "folder = None: the name of a folder is needed"),
    ],
    "judge": [
        (lambda: paper_checks.judge([], "quick"), "profile = 'quick': one of PROFILES is needed"),
    ],
    "check_claims": [
        (lambda: paper_checks.check_claims(["drifts"], QUICK, 0), "claim = 'drifts': it is one of"),
        (lambda: paper_checks.check_claims("drift", QUICK, 0), "a list of claims is needed"),
        (lambda: paper_checks.check_claims(["drift"], "quick", 0), "one of PROFILES is needed"),
        (lambda: paper_checks.check_claims(["drift"], QUICK, -1), "seed = -1: a seed is at least"),
        (lambda: paper_checks.check_claims(["drift"], QUICK, 0, engines=()), "a list is needed"),
        (
            lambda: paper_checks.check_claims(["drift"], QUICK, 0, engines=("lawn",)),
            "engine = 'lawn': it is one of law, dense",
        ),
    ],
    "check_scenario": [
        (lambda: paper_checks.check_scenario("x", QUICK, 0), SCENARIO),
        (lambda: paper_checks.check_scenario(HYBRID, QUICK, 0), "its trainable blocks depend on"),
        (lambda: paper_checks.check_scenario(CLOSE, "quick", 0), "one of PROFILES is needed"),
        (lambda: paper_checks.check_scenario(CLOSE, QUICK, 0, engines="law"), "a list is needed"),
    ],
    "formula_candidate": [
        (lambda: candidate("G"), "measure = 'G': it is one of forgetting, second_risk, general"),
        (lambda: candidate(formula="n_2"), "expression = 'n_2': a formula of SymPy is needed"),
        (lambda: candidate(formula=True), "expression = True: a formula of SymPy is needed"),
        (lambda: candidate(formula=Symbol("z")), "expression = 'z': no such symbol: z"),
        (lambda: candidate(formula=norm_S).value(THREE), "here tasks.count = 4"),
        (
            lambda: candidate("risk[0, 1]"),
            r"measure = 'risk\[0, 1\]': it is one of forgetting, sec",
        ),
    ],
    "check_candidates": [
        (lambda: check([], [CLOSE]), "candidates = .*a list is needed, of one Candidate at least"),
        (lambda: check(candidate(), [CLOSE]), "a list is needed, of one Candidate at least"),
        (lambda: check([candidate()], []), "scenarios = .*a list is needed, of one Scenario at"),
        (lambda: check([candidate()], ["two-close-tasks"]), "a list is needed, of one Scenario at"),
        (lambda: check([candidate()], [CLOSE, NEAR]), "two scenarios have it; give each a title"),
        (lambda: check([candidate()], [ONE]), "a single task has no forgetting"),
        (lambda: check([candidate("second_risk", norm_S)], [ONE]), "counted from 1 to 1"),
        (lambda: check([candidate("generalization", norm_S)], [ONE]), "here tasks.count = 1"),
        (
            lambda: check([candidate(formula=norm_S)], [THREE]),
            "those that train at task 2 .S. and .* held .C.",
        ),
        (lambda: check([candidate("risk[5, 1]")], [THREE]), "tasks are counted from 1 to 4"),
        (lambda: check([candidate()], [HYBRID]), "its trainable blocks depend on the data"),
        (lambda: check([candidate()], [CLOSE], seed=-1), "seed = -1: a seed is at least 0"),
    ],
    "check_function": [
        (lambda: predicting("x"), "prediction = 'x': a function of the scenario is needed"),
        (
            lambda: predicting(lambda s: 1.0),
            "the prediction returned 1.0 for “two close tasks”: a d",
        ),
        (
            lambda: predicting(lambda s: {}),
            "the prediction returned {} for .*: a dictionary of num",
        ),
        (lambda: predicting(lambda s: None), "returned None for .*: a dictionary of numbers is"),
        (
            lambda: predicting(lambda s: {"forgeting": 1}),
            "returned forgeting = 1 for .*did you mean forgetting",
        ),
        (lambda: predicting(lambda s: {7: 1}), "returned 7 = 1 for .*: it is one of forgetting"),
        (lambda: predicting(lambda s: {"forgetting": NAN}), "forgetting = nan .*: its mean is fin"),
        (lambda: predicting(lambda s: {"forgetting": "1"}), "forgetting = '1' .*: numbers are nee"),
        (lambda: predicting(lambda s: {"forgetting": True}), "forgetting = True .*: numbers are n"),
        (lambda: predicting(lambda s: {"forgetting": None}), "forgetting = None .*: numbers are n"),
        (lambda: predicting(lambda s: {"forgetting": 1j}), "forgetting = 1j .*: numbers are need"),
        (
            lambda: predicting(lambda s: {"forgetting": [1.0, 2.0]}),
            r"its shape is \(2,\), and one number is needed",
        ),
        (
            lambda: predicting(lambda s: {"risk": [1.0, 2.0]}),
            r"its shape is \(2,\), and \(2, 2\) is needed",
        ),
        (
            lambda: predicting(lambda s: {"risk": [[1.0], [1.0, 2.0]]}),
            r"returned risk = \[\[1.0\], \[1.0, 2.0\]\] for .*: numbers are needed",
        ),
        (
            lambda: predicting(lambda s: {"risk": [[1, 2], [3, NAN]]}),
            r"risk\[2, 2\] = nan .*finite",
        ),
        (lambda: predicting(lambda s: {"risk[3, 1]": 1}), "tasks are counted from 1 to 2"),
        (
            lambda: predicting(lambda s: {"risk[2, 2]": 1, "second_risk": 1}),
            r"returned risk\[2, 2\] twice",
        ),
        (lambda: predicting(lambda s: {"forgetting": 1}, ONE), "a single task has no forgetting"),
        (lambda: predicting(lambda s: {"forgetting": 1}, HYBRID), "its trainable blocks depend on"),
        (lambda: predicting(lambda s: {"forgetting": 1}, "x"), "a list is needed, of one Scenario"),
    ],
    "check": [
        (
            lambda: um.check(profile="fast"),
            "profile = 'fast': it is one of quick, default, thorough",
        ),
        (lambda: um.check(CLOSE, engines=("gpu",)), "engine = 'gpu': it is one of law, dense"),
        (lambda: um.check(CLOSE, engines="law"), "engines = 'law': a list is needed"),
        (lambda: um.check("two-tasks-risk"), "claim = 'two-tasks-risk': it is one of"),
        (lambda: um.check(7), "what = 7: a scenario, several, or names of claims are needed"),
        (lambda: um.check([]), r"what = \[\]: a scenario, several, or names of claims"),
        (lambda: um.check([CLOSE, "drift"]), "a scenario, several, or names of claims are needed"),
        (lambda: um.check([CLOSE, CLOSE]), "'two close tasks': this scenario is given twice"),
        (lambda: um.check(CLOSE, seed=-1), "seed = -1: a seed is at least 0"),
        (lambda: um.check(HYBRID), "its trainable blocks depend on the data"),
        (lambda: um.check("drift", prediction=len), "a prediction is judged in a scenario: give"),
        (lambda: um.check(CLOSE, prediction=7), "prediction = 7: a function of the scenario is"),
    ],
    "scenario": [  # and more in test_arrays
        (lambda: um.scenario(optima=[1.0], samples=5, noise=0.1), r"an array \[T, P\] of numbers"),
    ],
    "read_candidates": [
        (lambda: candidates.read_candidates("nowhere.toml"), r"nowhere\.toml: no such file"),
        (lambda: candidates.read_candidates(None), "candidates = None: the name of a file is"),
    ],
    "make": [
        (lambda: make("drift"), "figure = 'drift': one of FIGURES is needed; they are one-task"),
        (lambda: make(formats=["bmp"]), "'bmp' is no format; known: png, pdf, svg"),
        (lambda: make(effort="quick"), "effort = 'quick': one of EFFORTS is needed"),
        (lambda: make(seed=-1), "seed = -1: a seed is at least 0"),
    ],
    "best_update": [
        (
            lambda: theory.best_update(CLOSE, "G"),
            "measure = 'G': it is one of risk, generalization",
        ),
        (lambda: theory.best_update("x"), SCENARIO),
        (lambda: theory.best_update(ONE, "forgetting"), "forgetting compares tasks"),
    ],
    "optimum_of": [
        (lambda: optimum_of(ONE), "the best update weighs an old task against a new one"),
        (lambda: optimum_of("x"), SCENARIO),
        (lambda: best_scale(CLOSE, "G"), "measure = 'G': it is one of forgetting, generalization"),
        (lambda: best_scale(ONE, "forgetting"), "forgetting compares tasks; give at least 2"),
    ],
    "regime_map": [
        (lambda: regime_map(CLOSE, NOISE, STEPS, "G"), "measure = 'G': a map has one of"),
        (lambda: regime_map(CLOSE, NOISE, NOISE), "the axes of a map are two different fields"),
        (lambda: regime_map(CLOSE, NOISE, None), "y = None: an axis is needed"),
        (lambda: regime_map("x", NOISE, STEPS), SCENARIO),
        (lambda: regime_map(ONE, NOISE, STEPS), "forgetting compares tasks; give at least 2"),
        (lambda: regime_map(CLOSE, NOISE, STEPS, strategies=["frozen"]), "two different strateg"),
    ],
    "read_axis": [
        (lambda: read_axis("tasks.nois", "--x", CLOSE, 3), "did you mean tasks.noise"),
        (lambda: read_axis("title", "--x", CLOSE, 3), "a map varies numbers, and this is none"),
        (lambda: read_axis(f"{DISTANCE}=0:x", "--x", CLOSE, 3), "is no range; two numbers"),
    ],
}
NOISE, STEPS = axis("tasks.noise", [0, 1]), axis(DISTANCE, [0.5, 1])


def experiment(given: Any = None, **options: Any) -> simulations.Experiment:
    return simulations.Experiment([CLOSE] if given is None else given, 0, **options)


def exported(module: Any) -> set[str]:
    if module is um:
        return set(um.__all__) - {"__version__", *um._ROOMS}
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, type(um)) and name != "annotations"
    } - {"TYPE_CHECKING", "Any"}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_public_name_is_asked_something_without_meaning(module):
    assert exported(module) <= CASES.keys() | RECORDS


@pytest.mark.parametrize(
    ("ask", "message"),
    [case for cases in CASES.values() for case in cases],
    ids=[f"{name}-{number}" for name, cases in CASES.items() for number in range(len(cases))],
)
def test_a_question_without_meaning_has_one_clear_line_for_an_answer(ask, message):
    with pytest.raises((ValueError, TypeError, KeyError)) as found:
        ask()
    assert re.search(message, str(found.value)), str(found.value)
    assert "\n" not in str(found.value)


def test_an_error_of_these_is_a_scenario_error_which_commands_report_with_status_2():
    with pytest.raises(um.ScenarioError):
        theory.two_task_values(ONE)
    assert issubclass(theory.NoClosedFormError, um.ScenarioError)
