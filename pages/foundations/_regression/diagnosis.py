"""The part "Diagnosis": residuals, their distribution, the coefficients, and the error against the degree."""

from __future__ import annotations

import numpy as np
import streamlit as st

from engine.linear_model.experiment import Experiment, ValidationRow, validation_curve
from engine.linear_model.features import MAX_COLUMNS, n_polynomial_features
from engine.linear_model.trace import Picture
from engine.metrics.regression import qq_points
from pages._ui import charts, player
from pages._ui.session import remember
from pages.foundations._regression import runs
from pages.foundations._regression.data import Prepared

MOST_POINTS = 2000
MOST_BARS = 30
MOST_NUMBERS = 3_000_000  # in the largest design matrix of the curve over degrees


def diagnosis_part(settings: Experiment, ready: Prepared) -> bool:
    """Draw four pictures of the fit at the end of its run; return whether that is still to come."""
    shown, run = ready.shown, runs.start(settings, ready).run
    if run.growing:
        st.info(player.waiting_note(run.held) or "Computing.")
        return True
    theta, full = run.full.theta[-1], run.full
    left, right = st.columns(2, gap="medium")
    with left:
        _residuals(shown, theta)
        _coefficients(shown, full.original[-1].tolist())
    with right:
        _qq(shown, theta)
        _degrees(settings, ready)
    return False


def _residuals(shown: Picture, theta) -> None:
    problem = shown.problem
    unit = f" ({problem.train.target_unit})" if problem.train.target_unit else ""
    fig = charts.figure(f"predicted {problem.train.target_name}{unit}", f"residual y − h(x){unit}")
    for role, name, part in (("data", "training", problem.train), ("validation", "validation", problem.validation)):
        if part is None:
            continue
        guess = problem.predict(theta, part.X)
        kept = _some(part.n_samples)
        fig.add_scatter(
            x=guess[kept].tolist(),
            y=(part.y - guess)[kept].tolist(),
            mode="markers",
            name=name,
            marker={"color": charts.color(role), "size": 6, "symbol": "circle" if role == "data" else "circle-open"},
            hovertemplate="predicted %{x:.4g}, off by %{y:.4g}<extra>" + name + "</extra>",
        )
    fig.add_hline(y=0, line={"color": charts.color("truth"), "dash": "dash", "width": 1.5})
    st.markdown("**Residuals**: a band without shape means that nothing is left to explain")
    charts.show(fig, "residuals", "Residuals against predictions for training and validation rows.")


def _qq(shown: Picture, theta) -> None:
    problem = shown.problem
    qq = qq_points(problem.train.y - problem.predict(theta, problem.train.X))
    kept = _some(len(qq.ordered))
    x, color = qq.theoretical[kept], charts.color
    fig = charts.figure("normal quantile (standard deviations)", "ordered residual")
    fig.add_scatter(
        x=x.tolist(),
        y=qq.ordered[kept].tolist(),
        mode="markers",
        name="residuals",
        marker={"color": color("data"), "size": 6},
        hovertemplate="normal %{x:.3g} → residual %{y:.4g}<extra></extra>",
    )
    ends = np.array([float(x[0]), float(x[-1])])
    dashed = {"color": color("truth"), "dash": "dash", "width": 1.5}
    fig.add_scatter(
        x=ends, y=qq.intercept + qq.slope * ends, mode="lines", name="normal", line=dashed, hoverinfo="skip"
    )
    st.markdown(f"**Q-Q**: normal noise lies along the line (correlation {qq.correlation:.3f}); outliers bend its ends")
    charts.show(fig, "qq", "Ordered residuals against the quantiles of the normal distribution.")


def _coefficients(shown: Picture, theta: list[float]) -> None:
    names, values = list(shown.problem.names[1:][:MOST_BARS]), theta[1:][:MOST_BARS]
    fig = charts.figure(
        "coefficient on the original column",
        "",
        max(220, 26 * len(names) + 80),
        yaxis={"autorange": "reversed", "type": "category"},
    )
    fig.add_bar(
        width=min(0.7, 0.15 * len(names) + 0.1),
        x=values,
        y=names,
        orientation="h",
        marker={"color": charts.color("fit")},
        hovertemplate="%{y}: %{x:.5g}<extra></extra>",
    )
    more = f" (the first {MOST_BARS} of {len(theta) - 1})" if len(theta) - 1 > MOST_BARS else ""
    st.markdown(f"**Coefficients**{more}: each in units of the target for one unit of its column; θ₀ = {theta[0]:.5g}")
    charts.show(fig, "coefficients", "Fitted coefficients as bars.")


def _degrees(settings: Experiment, ready: Prepared) -> None:
    table = ready.table
    degrees = [d for d in range(1, 13) if _fits(table.n_features, d, table.n_samples)] or [1]
    build = lambda: validation_curve(settings, table, degrees)  # noqa: E731
    rows = remember("regression:degrees", (ready.shape, tuple(degrees)), build)
    st.markdown(f"**Error against degree**, each solved exactly: {_best(rows)}")
    measure = st.segmented_control(
        "Measure", ["RMSE", "R²"], default="RMSE", required=True, key="measure", label_visibility="collapsed"
    )
    unit = f" ({table.target_unit})" if table.target_unit and measure == "RMSE" else ""
    axis = {"type": "log"} if measure == "RMSE" else {"range": [-0.2, 1.05]}
    fig = charts.figure("degree d", measure + unit, 280, xaxis={"dtick": 1}, yaxis=axis)
    for role, name, errors, shares in (
        ("data", "training", [row.rmse_train for row in rows], [row.r2_train for row in rows]),
        ("validation", "validation", [row.rmse_validation for row in rows], [row.r2_validation for row in rows]),
    ):
        if errors[0] is None:
            continue
        fig.add_scatter(
            x=[row.degree for row in rows],
            y=errors if measure == "RMSE" else shares,
            customdata=list(zip(errors, shares, strict=True)),
            name=name,
            mode="lines+markers",
            line={"color": charts.color(role), "width": 2.5},
            hovertemplate="degree %{x}: RMSE %{customdata[0]:.4g}, R² %{customdata[1]:.4f}<extra>" + name + "</extra>",
        )
    fig.add_vline(x=settings.degree, line={"color": charts.color("residual"), "dash": "dot"})
    charts.show(fig, "degrees", "Training and validation error against the degree.")


def _fits(n_features: int, degree: int, n_samples: int) -> bool:
    columns = n_polynomial_features(n_features, degree)
    return columns <= MAX_COLUMNS // 4 and columns * n_samples <= MOST_NUMBERS


def _best(rows: list[ValidationRow]) -> str:
    if rows[0].rmse_validation is None:
        return "keep rows aside to see the validation error"
    best = min(rows, key=lambda row: row.rmse_validation)
    return f"degree {best.degree} does best on the rows kept aside (R² {best.r2_validation:.3f})"


def _some(m: int) -> np.ndarray:
    return np.arange(m) if m <= MOST_POINTS else np.unique(np.linspace(0, m - 1, MOST_POINTS).astype(int))
