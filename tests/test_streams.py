"""Every random purpose has draws of its own, which nothing but the seed and its name decides."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from sympy import Integer

from update_magnitude import scenarios
from update_magnitude.figures.figure import FIGURES
from update_magnitude.figures.points import Effort
from update_magnitude.paper_checks import PROFILES
from update_magnitude.paper_checks.candidates import formula_candidate
from update_magnitude.paper_checks.candidates.checking import studies
from update_magnitude.paper_checks.claims import builders_of, studies_of
from update_magnitude.paper_checks.claims.sequences import own_studies
from update_magnitude.paper_checks.claims.tails import both_engines
from update_magnitude.paper_checks.questions import ENGINES
from update_magnitude.scenarios import ScenarioError, varied
from update_magnitude.simulations import Estimate, estimates
from update_magnitude.simulations.measures.risks import Risks
from update_magnitude.simulations.reducers import Averages, Samples
from update_magnitude.simulations.runner import Runner
from update_magnitude.simulations.simulation import sample_runner
from update_magnitude.simulations.streams import Stream, named, number_of

CLOSE = scenarios.preset("two-close-tasks")
NEAR = varied(CLOSE, {"tasks.samples": [5, 15]})  # its quantiles are compared too
QUICK = PROFILES["quick"]


def streams_of(study) -> list[Stream]:
    """Those of an experiment or, where it has several, of its parts."""
    experiment = study.experiment
    return list(dict.fromkeys(part.stream for part in getattr(experiment, "parts", [experiment])))


def of_claims(seed: int, names: tuple[str, ...] = (), engines=ENGINES) -> list[Stream]:
    studies = (
        study
        for builder in builders_of(names)
        for study in studies_of(builder, names, seed, engines)
    )
    return [stream for study in studies for stream in streams_of(study)]


def of_a_scenario(seed: int, engines=ENGINES, scenario=NEAR, budget: float = 1e6) -> list[Stream]:
    studies = own_studies(scenario, seed, engines, budget)
    return [stream for study in studies for stream in streams_of(study)]


def of_candidates(seed: int, profile=QUICK) -> list[Stream]:
    candidate = formula_candidate("forgetting", Integer(1), "mine.toml")
    given = (CLOSE, scenarios.preset("two-distant-tasks"))
    asked = (study for scenario in given for study in studies([candidate], scenario, profile, seed))
    return [stream for study in asked for stream in streams_of(study)]


def of_figures(seed: int, effort: Effort, monkeypatch) -> list[Stream]:
    """The streams that figures draw from, noted instead of drawn: all numbers are made up."""
    seen: list[Stream] = []

    def run(self, replicates, progress=None):
        seen.append(self.stream)
        self.made_up = replicates

    def results(self):
        tasks, measure = self.scenarios[0].tasks.count, self.program.measure
        size = (7,)
        if isinstance(measure, Risks):
            size = (len(measure.contrasts), tasks**2 + 3 + 2 * tasks)
        ones = np.ones(size)
        if isinstance(self.program.reducer, Averages):
            return Estimate(ones, ones, 0.0 * ones)
        columns = ones[..., list(self.program.reducer.columns)]
        return Samples(np.linspace(1, 2, 50)[:, None, None] * columns, 0.0)

    monkeypatch.setattr(Runner, "run", run)
    monkeypatch.setattr(Runner, "results", results)
    monkeypatch.setattr(Runner, "replicates", property(lambda self: self.made_up))
    for name, figure in FIGURES.items():
        if name != "z-scores":  # it shows the numbers of a check
            figure.data(effort, seed, lambda *_: None)
    return list(dict.fromkeys(seen))


def everything(seed: int) -> list[Stream]:
    """One stream per random purpose: of simulate, checks, candidates and maps."""
    other = [named(seed), named(seed, "explore", "map", "law")]
    return [*other, *of_claims(seed), *of_a_scenario(seed), *of_candidates(seed)]


def keys(streams: list[Stream]) -> Counter:
    return Counter(tuple(stream.bits.tolist()) for stream in streams)


SEEDS = (0, 1, 2, 2**32 - 1)


@pytest.fixture(scope="module")
def purposes() -> list[str]:
    return [stream.purpose for stream in everything(0)]


@pytest.mark.slow
def test_no_two_purposes_share_a_key_whatever_their_seeds(purposes):
    assert len(purposes) > 90
    assert [stream.purpose for stream in everything(1)] == purposes
    streams = [Stream(seed, purpose) for seed in SEEDS for purpose in purposes]
    assert max(keys(streams).values()) == 1


def test_which_it_would_see_if_a_seed_were_the_next_seed_as_it_was():
    """The negative control: the law engine's draws for a seed are the dense one's for the next."""
    streams = [Stream(seed + place) for seed in (0, 1, 2) for place in (0, 1)]
    assert max(keys(streams).values()) == 2


@pytest.mark.slow
def test_no_purpose_has_the_key_of_a_unit_of_another(purposes):
    """Units are numbered from 0, in 31 bits; names have numbers above."""
    numbers = [int(number_of(purpose)) for purpose in purposes if purpose]
    assert min(numbers) >= 2**31
    assert len(set(numbers)) == len(numbers)


@pytest.mark.slow
def test_nor_do_figures(monkeypatch):
    streams = [of_figures(seed, Effort("quick", 64, 64), monkeypatch) for seed in (0, 1)]
    assert len(streams[0]) == len(streams[1]) > len(FIGURES)
    assert max(keys([*streams[0], *streams[1], *everything(0), *everything(1)]).values()) == 1
    again = of_figures(0, Effort("default", 1024, 256), monkeypatch)
    assert again == streams[0]  # the effort changes how much is drawn, not what


def test_the_stream_of_simulate_is_that_of_the_seed_as_it_always_was():
    """A number of the first version of this project, and that of a sweep's point."""
    import jax

    for seed in (0, 7, 2**32 - 1):
        own = jax.random.key_data(jax.random.key(np.uint32(seed), impl="threefry2x32"))
        assert named(seed).bits.tolist() == own.tolist()


def test_names_have_the_same_numbers_on_every_machine():
    assert int(number_of("check/law")) == 2435245771
    assert named(3, "check", "law").bits.tolist() == [1351959863, 2659083344]


@pytest.mark.parametrize("seed", [-1, 2**32, 1.0, True, "0", None, np.float64(1)])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(ScenarioError, match="a seed is at least 0 and less than 2"):
        named(seed)


class TestAnOptionLeavesOtherPurposesAlone:
    """Draws depend on the seed and the name of the purpose alone."""

    def test_the_claims_and_the_engines_that_are_asked_for(self):
        every = of_claims(0, names=("exact-law", "best-scale"))
        few = of_claims(0, names=("best-scale",), engines=("dense",))
        assert few
        assert set(few) < set(every)
        assert few == [stream for stream in every if stream in few]

    def test_the_engines_of_a_scenario(self):
        every = of_a_scenario(0)
        assert len(every) == 4  # means on both engines, quantiles on both
        assert set(of_a_scenario(0, ("law",))) < set(every)
        assert set(of_a_scenario(0, ("dense",))) < set(every)

    def test_its_title_and_the_budget(self):
        assert of_a_scenario(0, scenario=varied(NEAR, {"title": "mine"})) == of_a_scenario(0)
        assert of_a_scenario(0, budget=1e9) == of_a_scenario(0)

    def test_the_profile_of_candidates(self):
        quick, thorough = of_candidates(0), of_candidates(0, PROFILES["thorough"])
        assert set(quick) <= set(thorough)

    @pytest.mark.parametrize("engine", ["dense", "law"])
    def test_resources_and_more_replicates(self, engine):
        """The first replicates are the same ones: the first unit's measures, one by one."""
        few, more = (sample_runner(CLOSE, named(0, "it"), engine) for _ in range(2))
        few.run_units(2)
        more.run_units(few.replicates + 1)
        assert more.replicates > few.replicates
        assert (more.results().values[: few.replicates] == few.results().values).all()
        found = [
            estimates(CLOSE, 3000, named(0, "it"), engine=engine, **resources)
            for resources in ({}, {"memory": 2**28})
        ]
        np.testing.assert_allclose(found[1].risk.mean, found[0].risk.mean, rtol=1e-11)
        control = estimates(CLOSE, 3000, named(0, "that"), engine=engine)
        assert (control.risk.mean != found[0].risk.mean).all()


def test_both_engines_of_the_exact_law_draw_from_streams_of_their_own():
    both = both_engines(CLOSE, 0, [4], varied(CLOSE, {"tasks.noise": 0.4}))
    dense, law, wrong = (runner.stream for runner in both.parts)
    assert dense.seed == law.seed == 0
    assert dense != law == wrong  # the wrong law is compared on the draws of the right one
