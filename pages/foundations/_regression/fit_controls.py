"""The controls of a fit: method, model, and how the cost is drawn."""

from __future__ import annotations

import streamlit as st

from engine.errors import EngineError
from engine.linear_model.experiment import Experiment
from pages._ui import controls
from pages.foundations._regression import data
from pages.foundations._regression.view import View, theta_name

DESCENTS = ("gradient_descent", "minibatch", "momentum")


def method_controls(settings: Experiment) -> None:
    """Show the method and what steers it."""
    controls.control(Experiment, "method")
    if settings.method in DESCENTS:
        controls.control(Experiment, "alpha")
    if settings.method == "momentum":
        controls.control(Experiment, "momentum")
    if settings.method == "minibatch":
        controls.control(Experiment, "batch")


def model_controls() -> None:
    """Show the controls of the model."""
    controls.control(Experiment, "degree", on_change=lambda: None)  # the list of terms changes with it
    controls.control(Experiment, "scaling")


def fine_controls(settings: Experiment) -> None:
    """Show what is changed less often, two in a row."""
    names = ["ridge", "validation"]
    if settings.method != "normal_equation":
        names += ["steps", "tolerance", "theta0", "theta1"]
    names.append("seed")
    for pair in zip(names[::2], [*names[1::2], None], strict=False):
        for column, name in zip(st.columns(2), pair, strict=True):
            if name:
                with column:
                    controls.control(Experiment, name)


def view_controls(settings: Experiment) -> None:
    """Choose how the cost is drawn, and over which second parameter where there are several."""
    controls.control(View, "cost")
    try:
        names = data.prepared(settings).shown.problem.names
    except EngineError:  # the picture's place says what is missing
        return
    if len(names) > 2:
        st.session_state["term"] = min(controls.values(View).term, len(names) - 1)
        st.selectbox(
            "Drawn over θ₀ and",
            range(1, len(names)),
            format_func=lambda j: f"{theta_name(j)} of {names[j]}",
            key="term",
            persist_state="session",
        )
