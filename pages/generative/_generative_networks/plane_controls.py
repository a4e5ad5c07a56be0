"""The controls of the game on the plane: one settings object, in the order in which one would change things."""

from __future__ import annotations

import streamlit as st

from engine.generative.duel_settings import Game
from engine.generative.plane_data import DRAWN
from pages._ui import controls

WITH_BETA1, WITH_BETA2 = ("adam", "momentum"), ("adam", "rmsprop")


def game_controls() -> None:
    """Show every control of the game that matters now."""
    data = controls.control(Game, "plane_data")
    if data == DRAWN:
        controls.control(Game, "point_spread")
    loss = controls.control(Game, "game_loss")
    if loss == "wasserstein":
        controls.control(Game, "penalty")
    _pair("d_steps", "g_steps")
    _pair("d_rate", "g_rate")
    controls.control(Game, "head_start")
    _player("Discriminator D", "d")
    _player("Generator G", "g")
    with st.expander("Latent z, batches, rounds"):
        for name in ("latent_size", "latent_kind", "game_batch", "rounds"):
            controls.control(Game, name)
    controls.control(Game, "game_seed")


def _player(title: str, who: str) -> None:
    with st.expander(title):
        kind = controls.control(Game, f"{who}_optimiser")
        if kind in WITH_BETA1:
            controls.control(Game, f"{who}_beta1")
        if kind in WITH_BETA2:
            controls.control(Game, f"{who}_beta2")
        for name in ("depth", "width", "activation"):
            controls.control(Game, f"{who}_{name}")


def _pair(*names: str) -> None:
    for column, name in zip(st.columns(len(names), gap="small"), names, strict=True):
        with column:
            controls.control(Game, name)
