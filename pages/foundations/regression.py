"""Linear regression: the course's units 1 to 3."""

from __future__ import annotations

import streamlit as st

from engine.errors import EngineError
from engine.linear_model.experiment import Experiment, prepare
from engine.linear_model.trace import picture
from pages._ui import controls, player
from pages._ui.presets import try_this
from pages._ui.session import remember
from pages.foundations._regression import data, diagnosis, exact, fit, hill, race, scaling, update
from pages.foundations._regression.presets import PRESETS
from pages.foundations._regression.view import View


def main() -> None:
    """Lay out the page."""
    st.title("Linear regression")
    st.markdown("A straight line, a curve or a whole table, fitted step by step: see what the cost does at every move.")
    try_this("preset", PRESETS, Experiment, on_choose=lambda: st.session_state.update(_at="start", part="fit", _branch=""))
    part = controls.control(View, "part", segments=True)
    with st.container(key="workbench"):
        left, right = st.columns([3, 10], gap="medium")
    with left, st.container(key="controls"):
        _controls(part)
    with right:
        try:
            _picture(part, data.without_outlier_limit(controls.values(Experiment)))
        except EngineError as error:
            st.error(str(error), icon=":material/error:")


def _controls(part: str) -> None:
    if part == "hill":
        return hill.hill_controls()
    if part == "race":
        race.race_controls()
        if st.session_state["surface"] != "regression":
            return None
    settings = controls.values(Experiment)
    data.data_controls(settings)
    if part in ("fit", "update"):
        fit.method_controls(settings)
    fit.model_controls()
    data.shape_controls(settings)
    fit.fine_controls(settings)
    return None


def _picture(part: str, settings: Experiment) -> None:
    if part == "hill":
        return hill.hill_part()
    loaded = data.load(settings)
    shape = data.shape_of(settings, loaded)
    identity = (shape, settings.theta0, settings.theta1)
    shown = remember("regression:picture", identity, lambda: picture(prepare(settings, loaded.table)))
    if part == "fit":
        player.follow(lambda: fit.fit_part(settings, shown, shape))
    elif part == "update":
        update.update_part(settings, shown, shape)
    elif part == "scaling":
        scaling.scaling_part(settings, loaded)
    elif part == "exact":
        exact.exact_part(shown)
    elif part == "diagnosis":
        diagnosis.diagnosis_part(settings, shown, shape, loaded)
    else:
        race.race_part(settings, shown)
    return None


main()
