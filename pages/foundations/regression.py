"""Linear regression: the course's units 1 to 3."""

from __future__ import annotations

import streamlit as st

from engine.errors import EngineError
from engine.linear_model.experiment import Experiment, prepare
from engine.linear_model.trace import Picture, picture
from pages._ui import controls, player
from pages._ui.presets import try_this
from pages._ui.session import remember
from pages.foundations._regression import data, diagnosis, exact, fit, hill, race, scaling, takeaway, update
from pages.foundations._regression.landscape import Course, Walk
from pages.foundations._regression.presets import PRESETS
from pages.foundations._regression.view import View

LINKED = {"hill": (View, Walk), "race": (View, Course, Experiment)}  # the settings in the link; else those of a fit


def main() -> None:
    """Lay out the page."""
    st.title("Linear regression")
    st.markdown("A straight line, a curve or a whole table, fitted step by step: see what the cost does at every move.")
    try_this("preset", PRESETS, Experiment, on_choose=_begin_preset)
    part = controls.control(View, "part", segments=True)
    with st.container(key="workbench"):
        left, right = st.columns([3, 10], gap="medium")
    panel = left.container(key="controls")
    with panel:
        _controls(part)
    with right:
        try:
            _picture(part, data.within_limits(controls.values(Experiment)), panel)
        except EngineError as error:
            st.error(str(error), icon=":material/error:")
    shown = LINKED.get(part, (View, Experiment))
    controls.share(*shown, hidden=tuple(one for one in (Experiment, Walk, Course) if one not in shown))


def _begin_preset() -> None:
    st.session_state.update(_at="start", part="fit", _branch="")


def _controls(part: str) -> None:
    if part == "hill":
        hill.hill_controls()
        return
    if part == "race" and race.race_controls() != "regression":
        return
    settings = controls.values(Experiment)
    data.data_controls(settings)
    if part in ("fit", "update"):
        fit.method_controls(settings)
    fit.model_controls()
    data.shape_controls(settings)
    fit.fine_controls(settings)


def _picture(part: str, settings: Experiment, panel) -> None:
    if part == "hill":
        hill.hill_part()
        return
    if part == "race" and controls.values(Course).course != "regression":
        race.race_part(settings, None)
        return
    loaded = data.load(settings)
    shape = data.shape_of(settings, loaded)
    shown = _prepared(settings, loaded, shape)
    match part:
        case "fit":
            with panel:
                fit.view_controls(shown)
            player.follow("fit", lambda: fit.fit_part(settings, shown, shape))
            takeaway.take_away_part(settings, loaded, shown, shape)
        case "update":
            update.update_part(settings, shown, shape)
        case "scaling":
            scaling.scaling_part(settings, loaded)
        case "exact":
            exact.exact_part(shown)
        case "diagnosis":
            diagnosis.diagnosis_part(settings, shown, shape, loaded)
        case "race":
            race.race_part(settings, shown)


def _prepared(settings: Experiment, loaded: data.Loaded, shape) -> Picture:
    identity = (shape, settings.theta0, settings.theta1)
    return remember("regression:picture", identity, lambda: picture(prepare(settings, loaded.table)))


main()
