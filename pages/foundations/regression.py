"""Linear regression: the course's units 1 to 3."""

from __future__ import annotations

import streamlit as st

from pages._ui.warm_up import bring_in


@st.fragment  # a change draws this page again, and not the menu around it
def main() -> None:
    """Draw the title at once, and the rest when what it computes with is there."""
    with st.container(key="page"):
        st.title("Linear regression")
        st.markdown(
            "A straight line, a curve or a whole table, fitted step by step: see what the cost does at every move."
        )
        bring_in("pages.foundations._regression.layout").lay_out()


main()
