"""Whose features are compared: the visitor's choice, fetched where it has to be, or the best network in the box."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from engine.settings import check, choice
from engine.style_transfer.models import FEATURES
from pages._ui import controls, model_choice
from pages._ui.model_choice import Chosen, sentences

BOX = next(iter(FEATURES))  # the best one that comes with Tangent
AUTO = "auto"


@dataclass(frozen=True)
class FeatureChoice:
    """Which network; the field name is a parameter of the link."""

    style_features: str = choice(
        AUTO,
        {AUTO: "the best in the box", **{key: one.title for key, one in FEATURES.items()}},
        label="features",
        help=sentences(FEATURES),
    )

    def __post_init__(self) -> None:
        check(self)


def feature_network() -> Chosen:
    """Show the choice, and return the feature network in use."""
    return in_use(controls.control(FeatureChoice, "style_features"))


def in_use(asked: str = AUTO) -> Chosen:
    """Return the feature network that was asked for, or that of the box until it is here."""
    chosen = model_choice.chosen(FEATURES, BOX if asked == AUTO else asked, BOX)
    if chosen.note:
        st.info(chosen.note, icon=":material/cloud_download:")
    return chosen
