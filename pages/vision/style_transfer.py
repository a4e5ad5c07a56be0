"""Style transfer: the course's unit 12."""

from __future__ import annotations

import streamlit as st

from pages._ui.warm_up import bring_in


@st.fragment  # a change draws this page again, and not the menu around it
def main() -> None:
    """Draw the title at once, and the rest when what it computes with is there."""
    with st.container(key="page"):
        st.title("Style transfer")
        st.markdown("Paint a photograph in the manner of another picture; then see how three methods do it.")
        bring_in("pages.vision._style_transfer.layout").draw()


main()
