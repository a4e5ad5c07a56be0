"""Sound: the course's unit 14."""

from __future__ import annotations

import streamlit as st

from pages._ui.warm_up import bring_in


@st.fragment  # a change draws this page again, and not the menu around it
def main() -> None:
    """Draw the title at once, and the rest when what it computes with is there."""
    with st.container(key="page"):
        st.title("Sound")
        st.markdown("See what a song is made of, and take it apart into drums, bass, voice and the rest.")
        bring_in("pages.audio._sound.layout").draw()


main()
