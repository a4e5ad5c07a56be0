"""The view "Reconstruct": a drawn face, or the visitor's own picture, through the VAE and back."""

from __future__ import annotations

from typing import Any

import streamlit as st

from engine.datasets.avatars import make_avatars
from engine.generative import models
from engine.generative.judging import HELD_OUT, Rebuilt, rebuild, square
from pages._ui import controls, player
from pages._ui.live import live
from pages._ui.pictures import Picture, in_8_bits
from pages._ui.session import remember
from pages._ui.sources import Sources, ask
from pages._ui.tiles import tiles
from pages.generative._generative_networks import faces_networks, faces_takeaway
from pages.generative._generative_networks.faces_picture import face_panel
from pages.generative._generative_networks.faces_settings import OWN, Faces, FaceView, Rebuilding


def drawn(number: int) -> Picture:
    """Return a drawn face that no network was trained on."""
    return Picture(("avatar", number), make_avatars(1, HELD_OUT, number)[0][0], is_drawn=True)


SOURCES = Sources("rebuild", Rebuilding, "rebuild_source", "rebuild_sample", drawn)


def rebuild_view(left, right) -> None:
    """Draw the picture and what comes back at the right, its source at the left."""
    source, picture = SOURCES.choose(left, right)
    with left:
        controls.control(Rebuilding, "rebuild_seed")
    with right:
        why = faces_networks.why_missing(models.VAE)
        if why:
            st.info(why, icon=":material/info:")
        elif picture is None:
            ask(source)
        else:
            _rebuilt(picture)


def _rebuilt(picture: Picture) -> None:
    seed = controls.values(Rebuilding).rebuild_seed
    image = remember("rebuild:image", picture.identity, lambda: in_8_bits(square(picture.image)))
    found = remember("rebuild:found", (picture.identity, seed), lambda: rebuild(models.vae("cpu"), image, seed))
    live(
        "rebuild-live",
        [
            face_panel("given", "x, as the VAE sees it: 64 × 64", image, picture.identity),
            face_panel("back", "x̂ = decoder(μ)", found.picture, (picture.identity, seed)),
        ],
        equations=[
            f"ELBO = E log p(x | z) − KL(q(z | x) ‖ N(0, I)) = {_number(-found.reconstruction)} − {_number(found.kl)} "
            f"= {_number(found.elbo)} nats"
        ],
        stats=_stats(found),
    )
    st.button(
        "Steer this face",
        key="steer_own",
        type="primary",
        icon=":material/tune:",
        on_click=lambda: _steer(found),
    )
    tiles(
        "rebuild-tiles",
        "Other faces from the same q(z | x)",
        found.others,
        title="z = μ + σ ε: eight draws from q(z | x). What stays the same is what the VAE is sure of",
        columns=8,
        most_px=104,
    )
    if not picture.is_drawn:
        st.caption(
            "The VAE knows nothing but cartoon faces. Of a photograph it makes the cartoon that its encoder finds "
            "nearest: look at the colours of hair, skin and ground."
        )
    faces_takeaway.rebuilt(image, found, seed)


def _stats(found: Rebuilt) -> list[dict[str, str]]:
    used = int((found.spread < 0.5).sum())
    return [
        {
            "label": "−log p(x | z)",
            "text": f"{_number(found.reconstruction)} nats",
            "help": "Pixels ± 0.1; of 8 draws.",
        },
        {"label": "KL", "text": f"{_number(found.kl)} nats", "help": "How far q(z | x) is from N(0, I)."},
        {"label": "mean |x − x̂|", "text": f"{100 * found.difference:.1f} %", "help": "Of the range of a pixel."},
        {"label": "‖μ‖", "text": f"{float(found.mean.norm()):.2f}", "help": "Random z: 8.0 ± 0.7. Less: more average."},
        {
            "label": "z in use",
            "text": f"{used} of {len(found.mean)}",
            "help": "Numbers of z with σ below ½: the others hardly depend on the picture.",
        },
    ]


def _number(value: float) -> str:
    return f"{value:,.0f}".replace("-", "−").replace(",", "\u202f")


def _steer(found: Any) -> None:
    st.session_state[faces_networks.OWN_FACE] = found.mean
    controls.put(Faces, {"face_network": "vae", "face": OWN})
    controls.put(FaceView, {"faces_view": "steer"})
    player.redraw_page()
