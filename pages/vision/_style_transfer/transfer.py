"""The part "Transfer": a picture, a style, and what comes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import EngineError
from engine.io.images import encode_jpeg
from pages._ui import controls, player
from pages._ui.wipe import wipe
from pages.vision._style_transfer import full, masking, pictures, takeaway, transfer_run
from pages.vision._style_transfer.transfer_run import Wanted
from pages.vision._style_transfer.transfer_settings import GATYS, Transfer

if TYPE_CHECKING:
    from engine.style_transfer.transfer import Transferred

WIPE_PX = 470


def transfer_part(left, right) -> None:
    """Draw the controls at the left, the result at the right."""
    pair = pictures.choose(left, right)
    with left:
        _controls()
    with right:
        if pair is None:
            st.info("Bring a picture and a style at the left.", icon=":material/add_photo_alternate:")
            return
        area = st.container()
        if masking.is_out():
            beside, area = st.columns(2)
            with beside:
                masking.canvas(pair.content)
        wanted = transfer_run.want(pair, controls.values(Transfer), masking.painted())
        with area:
            player.follow("style-transfer", lambda: _result(wanted))


def _controls() -> None:
    controls.control(Transfer, "style_strength")
    controls.control(Transfer, "style_of_scale")
    controls.control(Transfer, "style_colours")
    pictures.second_style_controls()
    masking.mask_control()
    with st.expander("More"):
        for name in ("style_weight_ratio", "style_preview_steps", "style_preview_px"):
            controls.control(Transfer, name)


def _result(wanted: Wanted) -> bool:
    """Draw what there is so far, and return whether more comes."""
    try:
        held = transfer_run.run(wanted, GATYS)
    except EngineError as error:
        st.error(str(error), icon=":material/error:")
        return False
    growing, latest = not player.ended(held), held.job.latest
    _wipe(wanted, latest)
    transfer_run.status(held, GATYS)
    if latest is not None and not growing:
        growing = full.full_part(wanted)
        takeaway.transferred(wanted, latest)
    return growing


def _wipe(wanted: Wanted, latest: Transferred | None) -> None:
    content = wanted.pair.content
    before = pictures.jpeg("content", content)
    names = " and ".join(style.name for style in wanted.pair.styles)
    wipe(
        "style-wipe",
        before,
        before if latest is None else encode_jpeg(wanted.finished(latest).float() / 255, 90),
        (content.width, content.height),
        alt=f"{content.name or 'The picture'} in the style of {names}",
        height_px=WIPE_PX,
    )
