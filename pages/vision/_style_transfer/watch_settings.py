"""What can be set in the part "Watch it optimise"; the field names are parameters of the link."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import streamlit as st

from engine.settings import check
from engine.style_transfer.gatys import Gatys
from pages._ui import controls
from pages._ui.session import keep_in_link
from pages.vision._style_transfer.transfer_settings import same

if TYPE_CHECKING:
    from engine.style_transfer.features import FeatureNetwork

OF_GATYS = {  # field of the link → field of the engine's settings
    "watch_px": "size_px",
    "watch_alpha": "content_weight",
    "watch_beta": "style_weight",
    "watch_gamma": "variation_weight",
    "watch_steps": "steps",
    "watch_levels": "levels",
    "watch_optimiser": "optimiser",
    "watch_rate": "learning_rate",
    "watch_start": "start",
    "watch_scale": "style_scale",
    "watch_seed": "seed",
}
LAYERS = {"watch_content_layers": "content_layers", "watch_style_layers": "style_layers"}
LABELS = {"watch_content_layers": "Layers of content", "watch_style_layers": "Layers of style"}


@dataclass(frozen=True)
class Watching:
    """How the picture is optimised."""

    watch_start: str = same(Gatys, "start", "content")
    watch_optimiser: str = same(Gatys, "optimiser")
    watch_rate: float = same(Gatys, "learning_rate")
    watch_alpha: float = same(Gatys, "content_weight")
    watch_beta: float = same(Gatys, "style_weight", 20.0)
    watch_gamma: float = same(Gatys, "variation_weight")
    watch_levels: int = same(Gatys, "levels", 2)
    watch_steps: int = same(Gatys, "steps", 120)
    watch_px: int = same(Gatys, "size_px", 192)
    watch_scale: float = same(Gatys, "style_scale")
    watch_seed: int = same(Gatys, "seed")

    def __post_init__(self) -> None:
        check(self)


def gatys_of(settings: Watching, layers: dict[str, tuple[str, ...]]) -> Gatys:
    """Return the engine's settings."""
    values = {OF_GATYS[field.name]: getattr(settings, field.name) for field in fields(settings)}
    return Gatys(**values, **{LAYERS[name]: chosen for name, chosen in layers.items()})


def watch_controls(branched: bool) -> None:
    """Show the controls; where a run branches off, not those that have to stay."""
    fixed = ("watch_px", "watch_levels", "watch_start", "watch_seed") if branched else ()
    optimiser = controls.values(Watching).watch_optimiser
    for field in fields(Watching):
        hidden = field.name == "watch_rate" and optimiser != "adam"
        hidden |= field.name == "watch_seed" and controls.values(Watching).watch_start != "noise"
        if field.name not in fixed and not hidden:
            controls.control(Watching, field.name)


def layer_controls(network: FeatureNetwork) -> None:
    """Show the choice of layers; none chosen means the network's own."""
    for name, label in LABELS.items():
        own = network.content if name == "watch_content_layers" else network.style
        _adopt(name, network)
        st.pills(
            label,
            list(network.layers),
            selection_mode="multi",
            default=list(own) if name not in st.session_state else None,
            key=name,
            persist_state="session",
        )


def layers(network: FeatureNetwork) -> dict[str, tuple[str, ...]]:
    """Return the chosen layers of both kinds, and keep them in the link; () for the network's own."""
    found = {}
    for name in LABELS:
        _adopt(name, network)
        own = network.content if name == "watch_content_layers" else network.style
        chosen = tuple(one for one in network.layers if one in st.session_state.get(name, own))
        found[name] = () if set(chosen) == set(own) else chosen
        keep_in_link(name, ",".join(found[name]) or None)
    return found


def _adopt(name: str, network: FeatureNetwork) -> None:
    """Take the layers of a link, where this session has none yet; and drop those that the network does not have."""
    if name not in st.session_state and name in st.query_params:
        known = [one for one in st.query_params[name].split(",") if one in network.layers]
        if known:
            st.session_state[name] = known
    if name in st.session_state and not set(st.session_state[name]) <= set(network.layers):
        del st.session_state[name]
