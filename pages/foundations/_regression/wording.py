"""What the page says of a fit: how the run ended, the equations and the numbers that follow the playhead."""

from __future__ import annotations

from engine.linear_model.trace import Picture
from pages._ui.numbers import number
from pages.foundations._regression import runs

MOST_TERMS = 6


def story(fitted: runs.Fitted) -> tuple[str, bool]:
    """Say in one sentence how the run ended, and whether that is a warning."""
    trace, settings, shown = fitted.run.full, fitted.settings, fitted.shown
    last, cost = int(trace.step[-1]), float(trace.cost[-1])
    above = cost / shown.lowest - 1 if shown.lowest > 0 else 0.0
    gap = "at its lowest" if above < 5e-5 else f"{above:.2%} above its lowest" if above < 10 else "far above its lowest"
    if settings.method == "normal_equation":
        return f"Solved in one step: J is {gap}.", False
    if trace.status == "converged":
        fall = f"less than ε = {number(settings.tolerance)}" if settings.tolerance else "nothing more"
        return f"Converged at step {last}: J fell by {fall} in one step. J is {gap}.", False
    if trace.status == "diverged":
        limit = 2 * (1 + (settings.momentum if settings.method == "momentum" else 0)) / shown.largest_curvature
        return (
            f"Diverged at step {last}: each step overshoots and J grows. Here α must stay below {number(limit, 3)}.",
            True,
        )
    if trace.status == "exhausted":
        return f"Stopped after {last} steps, before convergence: J is {gap}.", False
    return "", False


def equations(fitted: runs.Fitted) -> list[str]:
    """Write the hypothesis and the cost with the current numbers to be filled in."""
    settings, shown = fitted.settings, fitted.shown
    names = [name.replace("{", "(").replace("}", ")") for name in shown.problem.names]
    terms = [f"{{+a.original:{j}}} {names[j]}" for j in range(1, min(len(names), MOST_TERMS))]
    more = f" + … ({len(names) - MOST_TERMS} more)" if len(names) > MOST_TERMS else ""
    argument = "x" if shown.problem.train.n_features > 1 else shown.problem.train.feature_names[0]
    m = shown.problem.objective.n_samples
    ridge = f" + {settings.ridge:g} Σ θⱼ²" if settings.ridge else ""
    open_, close = ("[", "]") if settings.ridge else ("", "")
    return [
        f"h({argument}) = {{a.original:0}} {' '.join(terms)}{more}",
        f"J(θ) = 1/(2·{m}) {open_}Σ (h(x⁽ⁱ⁾) − y⁽ⁱ⁾)²{ridge}{close} = {{a.cost}}",
    ]


def stats(shown: Picture, second: bool) -> list[dict[str, str]]:
    """List the numbers that follow the playhead."""
    tiles = [
        {
            "label": "cost J",
            "text": "{a.cost}",
            "help": "Half the mean squared error on the training rows, and the penalty.",
        },
        {"label": "slope ‖∇J‖", "text": "{a.gradient_norm}", "help": "Length of the gradient: 0 at the minimum."},
        {
            "label": "R², training",
            "text": "{a.r2_train}",
            "help": "Share of the target's variance that the fit explains.",
        },
        {
            "label": "RMSE, training",
            "text": "{a.rmse_train}",
            "help": "Root of the mean squared error, in the target's unit.",
        },
    ]
    if shown.problem.validation:
        tiles.append({"label": "R², validation", "text": "{a.r2_validation}", "help": "The same on rows kept aside."})
        tiles.append(
            {"label": "RMSE, validation", "text": "{a.rmse_validation}", "help": "The same on rows kept aside."}
        )
    if second:
        tiles.append(
            {"label": "J, first run", "text": "{before.cost}", "help": "The run that this one branched off from."}
        )
    return tiles
