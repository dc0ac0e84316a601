"""The interactive page: forgetting and generalization over parameter distance, from theory.

``update-magnitude explore app`` serves it. The cells wire widgets to ``panels`` and ``markup``, and
calculate nothing; ``page.css`` places them by their names.
"""
# mypy: allow-untyped-defs, allow-untyped-decorators, allow-incomplete-defs

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="full", app_title="Update magnitude", css_file="page.css")

with app.setup:
    import marimo as mo

    from update_magnitude.figures.explore import markup, panels
    from update_magnitude.figures.explore.controls import CONTROLS, Range, form, scenario_of
    from update_magnitude.figures.explore.writing import toml_of
    from update_magnitude.scenarios import ScenarioError


@app.cell
def heading():
    """What this is."""
    mo.Html(markup.HEADING)
    return


@app.cell
def controls():
    """What can be set, as one widget whose value is that of all controls by name."""
    settings = mo.Html(form()).batch(
        **{
            name: mo.ui.slider(
                control.low,
                control.high,
                control.step,
                control.value,
                label=control.label,
                include_input=True,
                full_width=True,
            )
            if isinstance(control, Range)
            else mo.ui.dropdown(
                control.among, control.among[0], label=control.label, full_width=True
            )
            for name, control in CONTROLS.items()
        }
    )
    mo.output.replace(settings)
    return (settings,)


@app.cell
def setting(settings):
    """The scenario that is set, or why there is none."""
    scenario = None
    try:
        scenario = scenario_of(settings.value)
    except ScenarioError as _error:
        mo.output.replace(mo.Html(markup.refusal(_error)))
    return (scenario,)


@app.cell
def numbers(scenario):
    """Exact numbers, first: they take no time."""
    mo.stop(scenario is None)
    mo.Html(markup.numbers(scenario))
    return


@app.cell
def forgetting(scenario):
    """Forgetting against parameter distance."""
    mo.stop(scenario is None)
    mo.Html(markup.curve(scenario, "forgetting"))
    return


@app.cell
def generalization(scenario):
    """The generalization error against parameter distance."""
    mo.stop(scenario is None)
    mo.Html(markup.curve(scenario, "generalization"))
    return


@app.cell
def regimes(scenario):
    """Where which strategy forgets less."""
    mo.stop(scenario is None)
    mo.Html(markup.regimes(scenario))
    return


@app.cell
def asking():
    """The button that simulates."""
    simulate = mo.ui.run_button(label="Simulate this point")
    return (simulate,)


@app.cell
def simulation(scenario, simulate):
    """What simulation says, once it is asked; any new setting takes the answer away."""
    mo.stop(scenario is None)
    outcome, _shown = None, markup.lines([panels.BEFORE])
    if simulate.value:
        try:
            with mo.status.spinner(title="simulating", remove_on_exit=True) as _spinner:
                outcome = panels.check_point(
                    scenario, lambda _, share: _spinner.update(subtitle=f"{share:.0%}")
                )
            _shown = markup.verdicts(outcome)
        except ScenarioError as _error:
            _shown = markup.refusal(_error)
    mo.output.replace(mo.Html(markup.card("Does simulation agree?", f"{simulate}{_shown}")))
    return (outcome,)


@app.cell
def file(scenario):
    """The scenario as a file."""
    mo.stop(scenario is None)
    text = toml_of(scenario)
    _button = mo.download(text.encode(), "explored.toml", label="Download this scenario")
    mo.Html(markup.card("Take it with you", f"{_button}{markup.how_to_run(text)}"))
    return (text,)


if __name__ == "__main__":
    app.run()
