"""The view "Steer": sliders for what a face has, found by linear probes, and what each of them changes besides."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from engine.generative import models
from engine.generative.attributes import MAIN, SLIDERS
from engine.generative.steering import FIELDS, MEASURED_ALPHA, Steering, along, alphas, measure
from pages._ui import controls, player
from pages._ui.live import live
from pages._ui.tiles import tiles
from pages.generative._generative_networks import faces_networks, faces_reading, faces_takeaway
from pages.generative._generative_networks.faces_picture import face_panel
from pages.generative._generative_networks.faces_settings import NETWORKS, Faces, FaceView, Probes
from pages.generative._generative_networks.view import View

AT_ONCE = [name for name, slider in FIELDS.items() if slider.value in ("any", MAIN.get(slider.attribute))]
N_ALONG = 9
MEASURED = "_faces_measured"  # (network, probe, apart) → mean disentanglement, of what this visitor measured


def steer_view(left, right) -> None:
    """Draw the face before and now at the right, the sliders at the left."""
    with left:
        faces_networks.network_control()
        here, there = st.columns(2, gap="small")
        here.button("All to 0", key="sliders_zero", on_click=lambda: controls.reset(Steering, {}), width="stretch")
        there.button("Next face", key="next_face", on_click=_next_face, width="stretch")
        controls.control(Probes, "apart")
        with controls.redrawing("steer"):
            for name in AT_ONCE:
                controls.control(Steering, name)
            for attribute in dict.fromkeys(slider.attribute for slider in SLIDERS):
                _group(attribute)
        controls.control(Probes, "probe")
    with right:
        player.follow("steer", faces_networks.guarded(_steered))


def _group(attribute: str) -> None:
    more = [name for name, slider in FIELDS.items() if slider.attribute == attribute and name not in AT_ONCE]
    if more:
        with st.expander(attribute.replace("_", " ").capitalize()):
            for name in more:
                controls.control(Steering, name)


def _next_face() -> None:
    said = controls.values(Faces)
    controls.put(Faces, {"face": (max(said.face, -1) + 1) % said.n_faces})


def _steered() -> bool:
    controls.share(View, FaceView, Faces, Probes, Steering)
    found = faces_networks.chosen()
    if found is None:
        return False
    directions = faces_networks.directions(found.name)
    z = found.face()
    moved = directions.moved(z[None], alphas(controls.values(Steering)))
    pictures = found.painter.paint(_stacked(z, moved))
    answers = faces_reading.read(pictures)
    before = {name: values[:1] for name, values in answers.items()}
    number = found.settings.face
    live(
        "steer-live",
        [
            face_panel("before", "Your face, rebuilt" if number < 0 else f"Face {number + 1}", pictures[0]),
            face_panel("now", "Steered", pictures[1]),
        ],
        stats=faces_reading.tiles_of(answers, 1, before),
        note=_length(z, moved[0]),
    )
    _row_along(found, directions, moved[0])
    growing = _table(found, directions)
    faces_takeaway.steered(found, pictures, answers)
    return growing


def _stacked(z: Any, moved: Any) -> Any:
    both = moved.new_empty(2, len(z))
    both[0], both[1] = z, moved[0]
    return both


def _length(z: Any, moved: Any) -> str:
    usual = len(z) ** 0.5
    return f"‖z‖ = {float(z.norm()):.1f}, steered {float(moved.norm()):.1f}; of random z it is {usual:.1f} ± 0.7."


def _row_along(found: faces_networks.Chosen, directions: Any, z: Any) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = controls.control(Probes, "followed")
    rows = along(z, directions.of(name), N_ALONG)
    pictures = found.painter.paint(rows)
    captions = [f"{alpha:+.0f}".replace("-", "−") if alpha else "0" for alpha in np.linspace(-4, 4, N_ALONG)]
    tiles(
        "along-tiles",
        f"The face along {name}",
        pictures,
        captions=captions,
        title=f"z + α d, d leads to “{name.replace('_', ' ')}”; α from −4 to 4",
        columns=N_ALONG,
        most_px=96,
    )


def _table(found: faces_networks.Chosen, directions: Any) -> bool:
    """Show what every slider does, as it is measured; return whether that goes on."""
    st.subheader("What else changes", anchor="what-else-changes")
    said = controls.values(Probes)
    identity = (found.name, said.probe, said.apart)
    reader = models.avatar_reader("cpu")
    painter = models.painter(found.name, "cpu")
    held = player.run("effects", measure, painter, reader, directions, identity=identity, wait_s=0.05)
    latest = held.job.latest
    growing = not player.ended(held)
    if growing:
        st.progress(held.job.progress or 0.0, text=player.waiting_note(held) or "Measuring.")
    if latest is None:
        return growing
    widths = {"slider": st.column_config.TextColumn(width="medium")}
    st.dataframe(_columns(latest), hide_index=True, height=330, column_config=widths)
    st.caption(
        f"Measured on 100 faces that were not used to find the directions, from α = −{MEASURED_ALPHA:g} to "
        f"+{MEASURED_ALPHA:g}. Disentanglement = own / (own + others): 1 where nothing else changes, ½ where every "
        "other attribute changes as much as the one that was meant. Fit: how well a linear model of z tells the "
        "attribute; near 0 the slider has little to hold on to."
    )
    if not growing and latest.step == latest.total_steps:
        measured = st.session_state.setdefault(MEASURED, {})
        measured[identity] = latest.disentanglement
        st.markdown(_compared(measured))
    return growing


def _columns(table: Any) -> dict[str, list]:
    rows = sorted(table.rows, key=lambda row: -row.disentanglement)
    return {
        "slider": [row.name.replace("_", " ") for row in rows],
        "fit": [round(row.fit, 2) for row in rows],
        "own %": [round(100 * row.own, 1) for row in rows],
        "others %": [round(100 * row.leak, 1) for row in rows],
        "disentanglement": [round(row.disentanglement, 2) for row in rows],
        "changes most besides": [f"{row.most[0].replace('_', ' ')} ({100 * row.most[1]:.0f} %)" for row in rows],
    }


def _compared(measured: dict) -> str:
    short = {weights: NETWORKS[name] for name, weights in faces_networks.WEIGHTS.items()}
    said = [
        f"**{value:.2f}** {short[name]}, {probe}, {'as found' if apart == 'no' else f'{apart} apart'}"
        for (name, probe, apart), value in measured.items()
    ]
    more = " Choose another network, or *softly* apart from the others, to compare." if len(said) == 1 else ""
    return f"Mean disentanglement: {'; '.join(said)}.{more}"
