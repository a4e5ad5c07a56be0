"""Which model the page uses: the visitor's choice, or the best at hand; and its download at first use."""

from __future__ import annotations

import streamlit as st

from engine.detection import models
from engine.detection.detector import Detector
from engine.detection.settings import Thresholds
from engine.runtime import choose_device
from pages._ui import controls, model_choice
from pages._ui.model_choice import Chosen, sentences
from pages._ui.session import keep_in_link

AUTO = "auto"
SLOW = ("FASTERRCNN_RESNET50_FPN_V2", "RETINANET_RESNET50_FPN_V2", "FCOS_RESNET50_FPN", "MASKRCNN_RESNET50_FPN_V2")


def model_control() -> None:
    """Show the choice of model, and its two thresholds."""
    options = [AUTO, *models.MODELS]
    if "model" not in st.session_state:
        asked = st.query_params.get("model", AUTO)
        st.session_state["model"] = asked if asked in options else AUTO
    st.selectbox(
        "Model", options, format_func=_label, key="model", persist_state="session", help=sentences(models.MODELS)
    )
    keep_in_link("model", None if st.session_state["model"] == AUTO else st.session_state["model"])
    controls.control(Thresholds, "confidence")
    controls.control(Thresholds, "iou")


def chosen(is_scene: bool) -> Chosen:
    """Return the model to use now, fetching what was chosen where that takes no asking.

    Args:
        is_scene: the picture is one of our own scenes, which one model was trained for.

    Raises:
        EngineError: even the model in the box cannot be loaded.
    """
    asked = st.session_state.get("model", AUTO)
    if asked == AUTO:
        asked = in_the_box(is_scene) if is_scene else models.best_at_hand(choose_device())
        if asked == models.IN_THE_BOX:  # small enough to be fetched while the visitor looks at something else
            asked = models.ON_A_CPU
    return model_choice.chosen(models.MODELS, asked, in_the_box(is_scene))


def in_the_box(is_scene: bool) -> str:
    """Return the model that needs no network: for our own scenes the one that was trained for them."""
    return models.FOR_SCENES if is_scene else models.IN_THE_BOX


def class_control(detector: Detector) -> tuple[str, ...]:
    """Show the choice of classes and return the chosen names; empty for all."""
    names = [name for name in detector.names[1:] if name]
    if "only" not in st.session_state:
        st.session_state["only"] = st.query_params.get("only", "").split(",")
    st.session_state["only"] = [name for name in st.session_state["only"] if name in names]
    picked = st.multiselect("Classes", names, key="only", placeholder="all", persist_state="session")
    keep_in_link("only", ",".join(picked) or None)
    return tuple(picked)


def _label(key: str) -> str:
    return "the best at hand" if key == AUTO else models.MODELS[key].title
