"""Object detection: the course's unit 11."""

from __future__ import annotations

import streamlit as st

from pages._ui.warm_up import bring_in


@st.fragment  # a change draws this page again, and not the menu around it
def main() -> None:
    """Draw the title at once, and the rest when what it computes with is there."""
    with st.container(key="page"):
        st.title("Object detection")
        st.markdown("Point a camera, a photo or a video at it and see boxes at once; then look at how they came about.")
        bring_in("pages.vision._object_detection.layout").draw()


main()
