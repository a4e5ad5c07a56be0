"""What the part "Inside" shows; the field names are parameters of the link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from engine.settings import check, choice
from engine.style_transfer.gatys import Gatys
from engine.style_transfer.series import Series
from pages._ui.session import keep_in_link
from pages.vision._style_transfer.transfer_settings import same

if TYPE_CHECKING:
    from engine.style_transfer.features import FeatureNetwork

VIEWS = {"gram": "Gram matrix", "layers": "Layer by layer", "strip": "α against β"}
LAYER = "inside_layer"


@dataclass(frozen=True)
class Inside:
    """Which view is open."""

    inside_view: str = choice("gram", VIEWS, label="view")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class InSeries:
    """How the pictures of a series are made."""

    series_px: int = same(Series, "size_px")
    series_steps: int = same(Series, "steps")

    def __post_init__(self) -> None:
        check(self)

    @property
    def series(self) -> Series:
        """The settings of reconstructions."""
        return Series(self.series_px, self.series_steps)

    def gatys(self, style_scale: float) -> Gatys:
        """The settings of a strip of results."""
        return Gatys(size_px=self.series_px, steps=self.series_steps, levels=2, style_scale=style_scale)


def layer_control(network: FeatureNetwork) -> str:
    """Show the choice of a layer of the network and return its name, which stands in the link."""
    names = list(network.layers)
    first = names[min(1, len(names) - 1)]
    if st.session_state.get(LAYER, st.query_params.get(LAYER, first)) not in names:
        st.session_state[LAYER] = first
    elif LAYER not in st.session_state:
        st.session_state[LAYER] = st.query_params.get(LAYER, first)
    layer = st.selectbox("Layer", names, key=LAYER, persist_state="session", help="Deeper layers see larger parts.")
    keep_in_link(LAYER, None if layer == first else layer)
    return layer
