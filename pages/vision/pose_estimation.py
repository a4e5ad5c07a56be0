"""Pose estimation: the course's unit 16."""

from __future__ import annotations

import streamlit as st

from pages._ui.warm_up import bring_in


@st.fragment  # a change draws this page again, and not the menu around it
def main() -> None:
    """Draw the title at once, and the rest when what it computes with is there."""
    with st.container(key="page"):
        st.title("Pose estimation")
        st.markdown("See a skeleton in a camera, a photo or a video at once; then look at four ways to find it.")
        bring_in("pages.vision._pose_estimation.layout").draw()


main()
