"""The views "Layer by layer" and "α against β": series of pictures, each made by a run of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from engine.errors import EngineError
from engine.io.images import encode_jpeg, encode_png
from engine.style_transfer.series import CONTENT, STYLE, Made, ratios, reconstruct
from pages._ui import controls, player
from pages._ui.exports import Export, take_away
from pages._ui.live import axis, layer, live, panel
from pages._ui.session import remember
from pages.vision._style_transfer import networks, pictures
from pages.vision._style_transfer.inside_settings import InSeries
from pages.vision._style_transfer.transfer_settings import Transfer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pages._ui.player import Held

RATIOS = (0.5, 5.0, 50.0, 500.0)
HEIGHT_PX = 210
EMPTY_PX = (96, 96)


def layers_part(left, right) -> None:
    """Draw what each layer still knows: of the photograph's content, and of the style."""
    with left:
        network = networks.feature_network()
        pair = pictures.choose_small()
        controls.control(InSeries, "series_px")
        controls.control(InSeries, "series_steps")
    if pair is None:
        right.info("Bring a picture and a style in **Transfer**.", icon=":material/add_photo_alternate:")
        return
    settings = controls.values(InSeries).series
    names = tuple(network.model.layers)[:6]
    rows = {
        "From content alone": (pair.content, CONTENT, names),
        "From style alone, up to the layer": (pair.styles[0], STYLE, names),
    }

    def draw() -> bool:
        growing, exports = False, []
        for title, (photo, kind, wanted) in rows.items():
            job = (reconstruct, network.model, photo.image, kind, wanted, settings)
            identity = (photo.identity, network.key, kind, wanted, settings)
            growing |= _row(f"style-{kind}", title, job, identity, wanted, exports)
        st.caption(
            "Each picture begins as noise and only has to agree with the original in that layer. The content of early "
            "layers gives the picture back; Gram matrices give its textures, and not where they were."
        )
        if not growing:
            take_away(exports)
        return growing

    with right:
        player.follow("style-inside-layers", draw)


def strip_part(left, right) -> None:
    """Draw what the ratio of β to α does, as a strip of results."""
    with left:
        network = networks.feature_network()
        pair = pictures.choose_small()
        controls.control(InSeries, "series_px")
        controls.control(InSeries, "series_steps")
        controls.control(Transfer, "style_of_scale")
    if pair is None:
        right.info("Bring a picture and a style in **Transfer**.", icon=":material/add_photo_alternate:")
        return
    series, transfer = controls.values(InSeries), controls.values(Transfer)
    gatys = series.gatys(transfer.style_of_scale)
    images = (pair.content.image, [style.image for style in pair.styles], pair.mix)
    job = (ratios, network.model, *images, gatys, RATIOS)
    names = tuple(f"{ratio:g}" for ratio in RATIOS)

    def draw() -> bool:
        exports: list[Export] = []
        growing = _row("style-ratios", "β/α", job, (pair.identity, network.key, gatys), names, exports)
        st.markdown(
            "J(G) = α J_content + β J_style: only the ratio β/α matters for where the minimum is. From left to right "
            "the style weighs ten times as much each time."
        )
        if not growing:
            take_away(exports)
        return growing

    with right:
        player.follow("style-inside-strip", draw)


def _row(key: str, title: str, job: tuple, identity: tuple, names: Sequence[str], exports: list[Export]) -> bool:
    """Draw a series of pictures and add what can be taken away of it; return whether more comes."""
    try:
        held = player.run(key, *job, identity=identity, heavy=True)
    except EngineError as error:
        st.error(str(error), icon=":material/error:")
        return False
    growing = not player.ended(held)
    latest: Made | None = held.job.latest
    st.markdown(f"**{title}**")
    _progress(key, held)
    made = dict(latest.pictures) if latest is not None else {}
    span = 3 if len(names) % 4 == 0 else 4
    live(f"{key}-live", [{**_panel(key, name, made.get(name), held, latest), "span": span} for name in names])
    for name, picture in made.items():
        make = lambda picture=picture: encode_png(picture.float() / 255)  # noqa: E731
        exports.append(Export(name, f"{key}_{name}.png", make, f"{title}: {name}, as PNG."))
    return growing


def _progress(key: str, held: Held) -> None:
    if player.ended(held):
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"status-{key}"):
        st.progress(held.job.progress or 0.0, text=player.waiting_note(held) or "Starting.")
        st.button("Stop", key=f"stop_{key}", icon=":material/stop:", on_click=player.stop, args=(key,))


def _panel(key: str, name: str, picture, held: Held, latest: Made | None) -> dict:
    if picture is None:
        return panel_of(name, name, None, EMPTY_PX)
    is_last = latest.pictures[-1][0] == name
    identity = (held.identity, latest.step if is_last else "done")
    jpeg = remember(f"{key}-{name}", identity, lambda: encode_jpeg(picture.float() / 255, 88))
    return panel_of(name, name, jpeg, picture.shape[1:])


def panel_of(key: str, title: str, jpeg: bytes | None, size: Sequence[int]) -> dict:
    """Return the panel of one picture; an empty frame where there is none yet."""
    height, width = size
    layers = [] if jpeg is None else [_image(jpeg, width, height)]
    x, y = axis("x", 0, width, unit="px"), axis("y", 0, height, unit="px", down=True)
    return panel(key, title, x, y, layers, aspect="equal", bare=True, height=HEIGHT_PX, alt=title)


def _image(jpeg: bytes, width: int, height: int) -> dict:
    return layer("image", jpeg=np.frombuffer(jpeg, np.uint8), extent=[0, width, 0, height])
