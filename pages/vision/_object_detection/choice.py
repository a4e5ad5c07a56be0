"""Which model the page uses: the visitor's choice, or the best at hand; and its download at first use."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from engine.detection import models
from engine.detection.detector import Detector
from engine.detection.settings import Thresholds
from engine.errors import EngineError
from engine.runtime import choose_device
from pages._ui import controls
from pages._ui.fetching import fetched
from pages._ui.session import keep_in_link

AUTO = "auto"
SLOW = ("FASTERRCNN_RESNET50_FPN_V2", "RETINANET_RESNET50_FPN_V2", "FCOS_RESNET50_FPN", "MASKRCNN_RESNET50_FPN_V2")


@dataclass(frozen=True)
class Chosen:
    """The model in use.

    Attributes:
        key: in `models.MODELS`.
        detector: ready to use.
        note: why it is this one, where it is not the one asked for.
    """

    key: str
    detector: Detector
    note: str = ""


def model_control() -> None:
    """Show the choice of model, and its two thresholds."""
    options = [AUTO, *models.MODELS]
    if "model" not in st.session_state:
        asked = st.query_params.get("model", AUTO)
        st.session_state["model"] = asked if asked in options else AUTO
    st.selectbox("Model", options, format_func=_label, key="model", persist_state="session", help=_help())
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
    if models.is_here(asked):
        try:
            return Chosen(asked, models.get(asked).make(None))
        except EngineError as error:  # a damaged file
            return _instead(asked, str(error), is_scene)
    why = fetched(models.get(asked).weights, models.get(asked).title)
    return _instead(asked, why, is_scene) if why else Chosen(asked, models.get(asked).make(None))


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


def _help() -> str:
    return "  \n".join(f"**{one.title}**: {one.sentence}" for one in models.MODELS.values())


def _instead(asked: str, why: str, is_scene: bool) -> Chosen:
    key = in_the_box(is_scene)
    using = models.MODELS[key].title
    return Chosen(
        key, models.MODELS[key].make(None), f"{models.get(asked).title} is not here. {why} Until then: {using}."
    )
