"""The part "Exact solution": the textbook's normal equation, and a stable way to the same θ."""

from __future__ import annotations

import streamlit as st

from engine.linear_model.closed_form import compare_closed_forms
from engine.linear_model.comparisons import digits_by_degree
from pages._ui import charts
from pages._ui.numbers import number
from pages._ui.session import remember
from pages.foundations._regression.data import Prepared
from pages.foundations._regression.view import theta_name

DEGREES = range(1, 13)
MOST_TERMS = 15


def exact_part(ready: Prepared) -> None:
    """Solve the visitor's problem both ways, and show where the textbook's way loses its digits."""
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("This problem, both ways", anchor=False)
        st.latex(r"\text{textbook: } \theta = (X^T X + \lambda L)^{-1} X^T y")
        st.latex(r"\text{stable: } X = QR,\quad R\,\theta = Q^T y")
        shown = ready.shown
        o = shown.problem.objective
        both = remember("regression:exact", ready.shape, lambda: compare_closed_forms(o.A, o.y, o.l2))
        textbook = [f"{v:.10g}" for v in both.textbook] if both.textbook is not None else ["singular"] * o.n_params
        table = {
            "": [theta_name(j) for j in range(o.n_params)],
            "term": list(shown.problem.names),
            "textbook": textbook,
            "stable": [f"{v:.10g}" for v in both.stable],
            "digits that agree": [f"{v:.1f}" for v in both.textbook_digits],
        }
        st.dataframe({name: column[:MOST_TERMS] for name, column in table.items()}, hide_index=True)
        lost = (
            "no inverse: AᵀA is singular in float64"
            if both.textbook is None
            else f"at least {both.textbook_digits.min():.0f} digits agree"
        )
        kappa, squared = number(both.condition, 3), number(both.condition**2, 3)
        st.markdown(
            f"Condition number κ(X) = **{kappa}**. Forming XᵀX squares it to {squared}, and a float64 carries about "
            f"16 digits: {lost}. Compare degree 9 without and with feature scaling."
        )
    with right:
        st.subheader("Where every true coefficient is 1", anchor=False)
        st.markdown("y = 1 + x + … + xᵈ at x = 0, 1, …, 20, exact in float64. Correct digits of the worst coefficient:")
        _digits_chart()


def _digits_chart() -> None:
    rows = remember("regression:digits", "fixed", lambda: digits_by_degree(DEGREES))
    fig = charts.figure("degree d", "correct digits", 340, yaxis={"range": [-0.5, 16.5]}, xaxis={"dtick": 1})
    for role, name, digits in (
        ("fit", "textbook: (XᵀX)⁻¹Xᵀy", [float(c.textbook_digits.min()) for _, c in rows]),
        ("data", "stable: QR, then SVD of R", [float(c.stable_digits.min()) for _, c in rows]),
    ):
        hover = "degree %{x}: %{y:.1f} digits<extra>" + name + "</extra>"
        style = {"color": charts.color(role), "width": 2.5}
        fig.add_scatter(
            x=list(DEGREES),
            y=digits,
            name=name,
            mode="lines+markers",
            line=style,
            marker={"size": 8},
            hovertemplate=hover,
        )
    charts.show(
        fig,
        "digits",
        "The textbook's formula loses all digits at degree 7; the stable way still has some at degree 11.",
    )
