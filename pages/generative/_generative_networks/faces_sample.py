"""The view "Sample": many faces from one seed, and the chosen one large, with what a classifier reads in it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from engine.generative.latent_views import on_sheet
from engine.io.images import encode_png
from engine.io.tables import write_csv
from engine.weights import get, path_of
from pages._ui import controls, player
from pages._ui.exports import Export, take_away
from pages._ui.live import live
from pages._ui.scripts import script, weight_files
from pages._ui.session import remember
from pages._ui.tiles import tiles
from pages.generative._generative_networks import faces_networks, faces_reading
from pages.generative._generative_networks.faces_picture import face_panel
from pages.generative._generative_networks.faces_settings import Faces, FaceView
from pages.generative._generative_networks.view import View


def sample_view(left, right) -> None:
    """Draw the faces at the right, what they are drawn from at the left."""
    with left:
        faces_networks.sampling_controls()
        st.button("Other faces", key="other_faces", icon=":material/casino:", on_click=faces_networks.another_seed)
    with right:
        player.follow("faces", faces_networks.guarded(_faces))


def _faces() -> bool:
    controls.share(View, FaceView, Faces)
    found = faces_networks.chosen()
    if found is None:
        return False
    pictures, answers = remember("faces:sample", found.identity, lambda: _painted(found))
    k = min(max(found.settings.face, 0), len(pictures) - 1)
    grid, beside = st.columns([7, 4], gap="medium")
    with grid:
        titles = remember("faces:titles", found.identity, lambda: _titles(answers, len(pictures)))
        many = len(pictures) > 60
        tiles(
            "face-tiles",
            "Faces; choose one",
            pictures,
            identity=found.identity,
            titles=titles,
            side_px=44 if many else 60,
            chosen=k,
            on_choose=lambda at: controls.put(Faces, {"face": at}),
        )
    with beside:
        one = {name: values[k : k + 1] for name, values in answers.items()}
        live("face-live", [face_panel("chosen-face", f"Face {k + 1}", pictures[k], (*found.identity, k), span=12)])
        st.button(
            "Steer this face", key="steer_it", type="primary", icon=":material/tune:", on_click=_steer, width="stretch"
        )
    live("face-read", [], stats=faces_reading.tiles_of(one))
    st.caption(
        f"Each face is painted from {found.painter.latent} random numbers z, and nobody drew it. What the chosen one "
        "has is read by a classifier of our own; hold the pointer over an answer to see how sure it is."
    )
    with st.expander("Are they as varied as the world they imitate?"):
        st.dataframe(faces_reading.shares(answers), hide_index=True, height=300)
    _take_away(found, pictures, answers)
    return False


def _painted(found: faces_networks.Chosen) -> tuple[Any, dict]:
    pictures = found.painter.paint(found.z)
    return pictures, faces_reading.read(pictures)


def _titles(answers: dict, n: int) -> list[str]:
    return [faces_reading.title_of(answers, k) for k in range(n)]


def _steer() -> None:
    controls.put(FaceView, {"faces_view": "steer"})
    player.redraw_page()


def _take_away(found: faces_networks.Chosen, pictures: Any, answers: dict) -> None:
    weights = get(found.name)
    said = found.settings
    settings = {
        "network": found.name,
        "n": said.n_faces,
        "truncation": said.face_truncation,
        "seed": said.face_seed,
    }
    take_away(
        [
            Export("Faces", "faces.png", lambda: encode_png(on_sheet(pictures, 8, 2, 4)), "PNG, four times as large."),
            Export("Shares", "shares.csv", lambda: write_csv(faces_reading.shares(answers)), "What is read in them."),
            Export("Network", path_of(weights).name, path_of(weights).read_bytes, "The trained weights, safetensors."),
            script("sample_faces", lambda: (settings, weight_files(weights, get("AVATAR_READER_V1")))),
        ]
    )
