"""A page with nothing but the mixer and two tones in three pieces, for tests/browser/test_mixer.py."""

import base64
import json

import numpy as np
import streamlit as st
import torch

from engine.io.audio import encode_audio
from pages._ui.live import axis, layer, panel
from pages._ui.mixer import Piece, Track, mixer

RATE, PIECE_S = 44_100, 2.0


def tone(frequency_hz: float, start_s: float) -> str:
    """Return a piece of a tone as an address that holds it."""
    t = start_s + torch.arange(round(PIECE_S * RATE)) / RATE
    if st.query_params.get("lost"):
        return "data:audio/flac;base64,AAAA"  # what a server answers that has it no more
    data = encode_audio(0.4 * torch.sin(2 * torch.pi * frequency_hz * t)[None], RATE, "flac")
    return "data:audio/flac;base64," + base64.b64encode(data).decode()


st.set_page_config(layout="wide")
st.button("More", on_click=lambda: st.session_state.update(more=True))
n_pieces = 1 if st.query_params.get("late") and not st.session_state.get("more") else 3
starts = [k * PIECE_S for k in range(n_pieces)]
pieces = [Piece(at, at + PIECE_S, (tone(440, at), tone(880, at), tone(660, at))) for at in starts]
line = layer("line", "data", name="level", x=np.array([0.0, 6.0]), y=np.array([0.0, 1.0]))
panels = [panel("level", "Level", axis("time", 0, 6, unit="s"), axis("level", 0, 1), [line], height=160)]
tracks = [Track("low", "class 0"), Track("high", "class 1"), Track("original", "data", whole=True)]
mix = mixer("mixer", panels, tracks, pieces, 6.0, RATE, token="tones", note="Two tones.")
st.code(json.dumps([mix.region, mix.gains()]), language=None)
