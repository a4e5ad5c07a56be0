"""The layout of the regression page: presets, controls at the left, the chosen part beside them."""

from __future__ import annotations

import streamlit as st

from engine.errors import EngineError
from engine.linear_model.experiment import Experiment
from pages._ui import controls, player
from pages._ui.presets import try_this
from pages._ui.session import keep_in_link
from pages.foundations._regression import data, diagnosis, exact, fit, fit_controls, hill, race, scaling, update
from pages.foundations._regression.landscape import Course, Walk
from pages.foundations._regression.presets import PRESETS
from pages.foundations._regression.view import View

LINKED = {"hill": (View, Walk), "race": (View, Course, Experiment)}  # the settings in the link; else those of a fit


def lay_out() -> None:
    """Draw the page below its title."""
    try_this("preset", PRESETS, Experiment, on_choose=_begin_preset)
    part = controls.control(View, "part", segments=True)
    with st.container(key="workbench"):
        left, right = st.columns([3, 10], gap="medium")
    panel = left.container(key="controls")
    if st.session_state.get("data") == "upload":  # its controls decide what there is to draw
        with panel:
            _controls(part)
        _draw(part, right)
    else:  # the picture first: it is what a change is made for
        _draw(part, right)
        with panel, controls.redrawing("fit" if part == "fit" else ""):
            _controls(part)
    shown = LINKED.get(part, (View, Experiment))
    controls.share(*shown, hidden=tuple(one for one in (Experiment, Walk, Course) if one not in shown))
    if part in LINKED:
        keep_in_link("step", None)  # is the fit's, and written again when the visitor comes back to it


def _draw(part: str, place) -> None:
    with place:
        try:
            _picture(part, data.within_limits(controls.values(Experiment)))
        except EngineError as error:
            st.error(str(error), icon=":material/error:")


def _begin_preset() -> None:
    player.place("start")
    st.session_state.update(part="fit", _branch="")


def _controls(part: str) -> None:
    if part == "hill":
        hill.hill_controls()
        return
    if part == "race" and race.race_controls() != "regression":
        return
    settings = controls.values(Experiment)
    data.data_controls(settings)
    if part in ("fit", "update"):
        fit_controls.method_controls(settings)
    fit_controls.model_controls()
    data.shape_controls(settings)
    fit_controls.fine_controls(settings)
    if part == "fit":
        fit_controls.view_controls(settings)


def _picture(part: str, settings: Experiment) -> None:
    if part == "hill":
        hill.hill_part()
    elif part == "race" and controls.values(Course).course != "regression":
        race.race_part(settings, None)
    elif data.missing(settings):
        st.info("Upload a table with a header row at the left: CSV or TSV. Then choose its target and its features.")
    elif part == "fit":
        player.follow("fit", fit.fit_part)
    else:
        _of_the_fit(part, settings, data.prepared(settings))


def _of_the_fit(part: str, settings: Experiment, ready: data.Prepared) -> None:
    match part:
        case "update":
            update.update_part(settings, ready)
        case "scaling":
            scaling.scaling_part(settings, ready)
        case "exact":
            exact.exact_part(ready)
        case "diagnosis":
            player.follow("diagnosis", lambda: diagnosis.diagnosis_part(settings, ready))
        case "race":
            race.race_part(settings, ready)
