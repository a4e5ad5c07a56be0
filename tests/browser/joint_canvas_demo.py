"""A page with nothing but the joint canvas and a circle round each joint, for tests/browser/test_joint_canvas.py."""

from functools import partial

import numpy as np
import streamlit as st

from pages._ui.joint_canvas import is_moving, joint_canvas
from pages._ui.live import layer

NAMES, BONES = ("hand", "elbow", "shoulder"), ((0, 1), (1, 2))
START = np.array([[100.0, 100.0], [200.0, 100.0], [300.0, 200.0]])


def keep(revision: int, joints: np.ndarray, at: int) -> None:
    if revision != st.session_state.get("revision", 0):
        return
    st.session_state.drawn = joints
    st.session_state.chosen = at


def preset() -> None:
    st.session_state.drawn = START + 50
    st.session_state.revision = st.session_state.get("revision", 0) + 1


def draw() -> None:
    revision = st.session_state.get("revision", 0)
    drawn, chosen = st.session_state.setdefault("drawn", START), st.session_state.get("chosen", -1)
    joints = joint_canvas(
        "pad",
        drawn,
        400,
        300,
        names=NAMES,
        bones=BONES,
        start=START,
        chosen=chosen,
        layers=[layer("circles", "truth", name="near", legend=True, x=drawn[:, 0], y=drawn[:, 1], r=np.full(3, 20.0))],
        height_px=360,
        title="An arm",
        revision=revision,
        on_change=partial(keep, revision),
    )
    st.code(repr(joints.tolist()), language=None)
    st.caption(f"chosen {chosen} moving {is_moving('pad')}")


st.set_page_config(layout="wide")
st.button("Preset", on_click=preset)
draw()
