"""The part "Transfer": a picture, a style, and what comes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import EngineError
from engine.io.images import encode_jpeg
from pages._ui import controls, player
from pages._ui.wipe import wipe
from pages.vision._style_transfer import full, masking, methods, networks, pictures, takeaway, transfer_run
from pages.vision._style_transfer.transfer_run import Wanted
from pages.vision._style_transfer.transfer_settings import ADAIN, ALL, GATYS, JOHNSON, METHODS, Transfer

if TYPE_CHECKING:
    from engine.style_transfer.transfer import Transferred
    from pages._ui.model_choice import Chosen as Model

WIPE_PX = 470


def transfer_part(left, right) -> None:
    """Draw the controls at the left, the result at the right."""
    pair = pictures.choose(left, right)
    with left:
        network = _controls(pair)
    with right:
        if pair is None:
            st.info("Bring a picture and a style at the left.", icon=":material/add_photo_alternate:")
            return
        masking.mask_control()
        area = st.container()
        if masking.is_out():
            beside, area = st.columns(2)
            with beside:
                masking.canvas(pair.content)
        wanted = Wanted(pair, controls.values(Transfer), masking.painted(), network)
        with area:
            player.follow("style-transfer", lambda: _results(wanted))


def _controls(pair: pictures.Chosen | None) -> Model:
    """Show the controls that count, and return whose features Gatys' method compares."""
    offered, method = methods.offered(), GATYS
    if len(offered) > 1:
        method = controls.control(Transfer, "style_method", only=offered)
    by_scale = methods.painting(method, pair) != JOHNSON
    for name in ("style_strength", *(["style_of_scale"] if by_scale else []), "style_colours"):
        controls.control(Transfer, name)
    pictures.second_style_controls()
    if missing := methods.missing():
        st.caption(missing)
    if method not in (GATYS, ALL):
        return networks.in_use()
    with st.expander("More about Gatys’ method"):
        for name in ("style_weight_ratio", "style_preview_steps", "style_preview_px", "style_detail_px"):
            controls.control(Transfer, name)
        return networks.feature_network()


def _results(wanted: Wanted) -> bool:
    """Draw what there is so far of the method, or of all of them side by side; return whether more comes."""
    chosen = wanted.settings.style_method
    method = methods.painting(chosen, wanted.pair)
    if method != ALL:
        if (chosen, method) == (JOHNSON, ADAIN):
            st.caption(methods.instead())
        return _result(wanted, method)
    growing = False
    each = [method for method in methods.offered() if method != ALL]
    for column, method in zip(st.columns(len(each)), each, strict=True):
        with column:
            st.markdown(f"**{METHODS[method]}**")
            growing |= _painted(wanted, method)[1]
    return growing


def _result(wanted: Wanted, method: str) -> bool:
    latest, growing = _painted(wanted, method)
    if latest is not None and not growing:
        growing = full.full_part(wanted, method)
        takeaway.transferred(wanted, latest, method)
    return growing


def _painted(wanted: Wanted, method: str) -> tuple[Transferred | None, bool]:
    """Draw a method's picture on a wipe; return its newest snapshot and whether more comes."""
    try:
        held = transfer_run.run(wanted, method)
    except EngineError as error:
        st.error(str(error), icon=":material/error:")
        return None, False
    growing, latest = not player.ended(held), held.job.latest
    _wipe(wanted, latest, method)
    transfer_run.status(held, method)
    return latest, growing


def _wipe(wanted: Wanted, latest: Transferred | None, method: str) -> None:
    content = wanted.pair.content
    before = pictures.jpeg("content", content)
    names = " and ".join(style.name for style in wanted.pair.styles)
    wipe(
        f"style-wipe-{method}",
        before,
        before if latest is None else encode_jpeg(wanted.finished(latest, method).float() / 255, 90),
        (content.width, content.height),
        alt=f"{content.name or 'The picture'} in the style of {names}, by {METHODS[method]}",
        height_px=WIPE_PX,
    )
