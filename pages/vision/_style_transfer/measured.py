"""The part "Measured": what a judge says who took no part, from the models' cards."""

from __future__ import annotations

import streamlit as st

from engine.weights import all_weights, state
from pages._ui.gallery import ROOT
from pages.vision._style_transfer import methods

SAID = (
    "**Judged by features it never saw.** A network that no method was trained with looks at the photograph, the style "
    "picture and the result. *Closed* is the share of the style distance between photograph and style picture that the "
    "result has bridged; *cost* is how far its content has gone from the photograph’s."
)
EQUATIONS = (
    r"\text{closed} = 1 - \frac{D_{style}(\text{result}, S)}{D_{style}(C, S)},\qquad "
    r"\text{cost} = D_{content}(\text{result}, C)",
    r"D_{style}(x, y) = \frac{1}{L} \sum_l \frac{\lVert G_l(x) - G_l(y) \rVert}{\lVert G_l(y) \rVert},\qquad "
    r"D_{content}(x, y) = \frac{1}{L} \sum_l \frac{\lVert F_l(x) - F_l(y) \rVert}{\lVert F_l(y) \rVert}",
)
PREFIXES = ("TEXTURE_VGG", "ADAIN_", "JOHNSON_")


def measured_part(left, right) -> None:
    """Draw the tables of the cards of what is here."""
    with left:
        st.caption("The figures are those of the models’ cards.")
    with right:
        st.markdown(SAID)
        for equation in EQUATIONS:
            st.latex(equation)
        tables = _tables()
        for name, table in tables.items():
            st.markdown(f"**{name}**")
            st.markdown(table)
        if not tables:
            st.info(
                "No trained model of this page is here yet, so there is nothing judged. Gatys’ method on random "
                "filters needs no file; its losses are in **Watch it optimise**.",
                icon=":material/table_chart:",
            )
            st.caption(methods.missing())


def _tables() -> dict[str, str]:
    """Return the tables in the cards of the models of this page that are here, by the models' names."""
    found = {}
    for weights in all_weights():
        card = ROOT / weights.card
        if weights.name.startswith(PREFIXES) and state(weights) in ("bundled", "here") and card.is_file():
            rows = [line for line in card.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
            figures = " · ".join(f"{name} {value:g}" for name, value in weights.metrics.items())
            if rows or figures:
                found[weights.name] = "\n".join(rows) or figures
    return found
