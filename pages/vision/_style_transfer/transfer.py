"""The part "Transfer": a picture, a style, and what comes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import EngineError
from engine.io.images import encode_jpeg
from pages._ui import controls, player
from pages._ui.session import remember
from pages._ui.wipe import wipe
from pages.vision._style_transfer import masking, pictures, takeaway, transfer_run
from pages.vision._style_transfer.transfer_run import Wanted
from pages.vision._style_transfer.transfer_settings import GATYS, Transfer

if TYPE_CHECKING:
    from engine.style_transfer.transfer import Transferred
    from pages.vision._style_transfer.pictures import Chosen

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
        dabs = masking.mask_part(pair.content)
        wanted = transfer_run.want(pair, controls.values(Transfer), dabs)
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
    _wipe(wanted.pair, latest, f"{held.identity}")
    transfer_run.status(held, GATYS)
    if latest is not None and not growing:
        takeaway.transferred(wanted, latest)
    return growing


def _wipe(pair: Chosen, latest: Transferred | None, identity: str) -> None:
    before = pictures.jpeg("content", pair.content)
    after = before if latest is None else remember("style-after", (identity, latest.step), lambda: shown(latest))
    names = " and ".join(style.name for style in pair.styles)
    wipe(
        "style-wipe",
        before,
        after,
        (pair.content.width, pair.content.height),
        alt=f"{pair.content.name or 'The picture'} in the style of {names}",
        names=("before", "after"),
        height_px=WIPE_PX,
    )


def shown(latest: Transferred) -> bytes:
    """Return the picture of a snapshot as JPEG."""
    return encode_jpeg(latest.picture.float() / 255, 90)
