"""Generative networks: the course's unit 15."""

from __future__ import annotations

import streamlit as st

from pages._ui.warm_up import bring_in


@st.fragment  # a change draws this page again, and not the menu around it
def main() -> None:
    """Draw the title at once, and the rest when what it computes with is there."""
    with st.container(key="page"):
        st.title("Generative networks")
        st.markdown("A generator learns to imitate, a discriminator to tell: watch what each does to the other.")
        bring_in("pages.generative._generative_networks.layout").draw()


main()
