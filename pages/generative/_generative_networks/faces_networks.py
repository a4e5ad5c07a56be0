"""What paints the faces: the network chosen, its z, its directions; and one sentence where its file is not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from engine.errors import EngineError, InvalidInput
from engine.generative import models
from engine.generative.attributes import SOFTLY, Probing
from engine.generative.latent_views import face_latents
from engine.weights import get, state
from pages._ui import controls
from pages._ui.session import remember
from pages.generative._generative_networks.faces_settings import MAX_SEED, NETWORKS, OWN, WEIGHTS, Faces, Probes

OWN_FACE = "_faces_own"  # z of the visitor's own face, in the VAE's latent space
TITLES = {name: f"The {NETWORKS[short]} for faces" for short, name in WEIGHTS.items()} | {
    models.CONDITIONAL: "The conditional GAN for digits"
}


@dataclass(frozen=True)
class Chosen:
    """The network in use.

    Attributes:
        settings: which one, and its faces.
        painter: paints pictures of z.
        z: of the faces, (N, L).
    """

    settings: Faces
    painter: Any
    z: Any

    @property
    def name(self) -> str:
        """Of its weights."""
        return WEIGHTS[self.settings.face_network]

    @property
    def identity(self) -> tuple:
        """Tells these faces from others."""
        s = self.settings
        return (s.face_network, s.n_faces, s.face_truncation, s.face_seed)

    def face(self) -> Any:
        """Return z (L,) of the chosen face."""
        own = st.session_state.get(OWN_FACE)
        if self.settings.face == OWN and own is not None and self.settings.face_network == "vae":
            return own
        return self.number(max(self.settings.face, 0))

    def face_identity(self) -> tuple:
        """Tell the chosen face from others."""
        own = st.session_state.get(OWN_FACE) if self.settings.face == OWN else None
        return (*self.identity[::2], self.settings.face_seed, self.settings.face, id(own))

    def number(self, k: int) -> Any:
        """Return z (L,) of face k of the seed, whether it is shown or not."""
        s = self.settings
        return face_latents(s.face_seed, max(k + 1, s.n_faces), self.painter.latent, s.face_truncation)[k]


def why_missing(name: str) -> str:
    """Return one sentence on why a network cannot be used, "" where it can."""
    try:
        is_here = state(get(name)) == "bundled"
    except InvalidInput:
        is_here = False
    return "" if is_here else f"{TITLES[name]} is not here: its file {name}.safetensors is missing on this server."


def chosen() -> Chosen | None:
    """Return the network that the controls say; where its file is missing, say so and return None."""
    settings = controls.values(Faces)
    name = WEIGHTS[settings.face_network]
    why = why_missing(name)
    if why:
        other = next((short for short, weights in WEIGHTS.items() if not why_missing(weights)), "")
        st.info(f"{why} {f'Choose {NETWORKS[other]} meanwhile.' if other else ''}".strip(), icon=":material/info:")
        return None
    painter = models.painter(name)
    z = face_latents(settings.face_seed, settings.n_faces, painter.latent, settings.face_truncation)
    return Chosen(settings, painter, z)


def guarded(draw: Callable[[], bool]) -> Callable[[], bool]:
    """Return a part for `player.follow` in which what a visitor did wrong becomes a sentence."""

    def safe() -> bool:
        try:
            return draw()
        except EngineError as error:
            st.error(str(error), icon=":material/error:")
            return False

    return safe


def probing() -> Probing:
    """Return how directions are found, as the controls say."""
    said = controls.values(Probes)
    softness = SOFTLY if said.apart == "softly" else 0.0
    return Probing(probe=said.probe, apart=said.apart != "no", softness=softness)


def directions(name: str) -> Any:
    """Return the directions of a network; the first visitor who asks waits some seconds."""

    def find() -> Any:
        with st.spinner("Painting 3,000 faces, reading each, and fitting a probe for every attribute."):
            return models.directions(name, probing())

    return remember(f"faces:directions:{name}", probing(), find)


def network_control() -> str:
    """Show the choice of the network."""
    return controls.control(Faces, "face_network", segments=True)


def sampling_controls(with_number: bool = True) -> None:
    """Show the controls of the z that are drawn."""
    network_control()
    with controls.redrawing("faces"):
        if with_number:
            controls.control(Faces, "n_faces")
        controls.control(Faces, "face_truncation")
        controls.control(Faces, "face_seed")


def another_seed() -> None:
    """Draw other faces: for a button."""
    controls.put(Faces, {"face_seed": (controls.values(Faces).face_seed + 1) % (MAX_SEED + 1), "face": 0})
