"""The view "Gram matrix": of the photograph, the style picture and the result, entry by entry."""

from __future__ import annotations

import numpy as np
import streamlit as st

from engine.errors import EngineError
from engine.style_transfer.gram_view import GramView, gram_view
from pages._ui import controls, player
from pages._ui.gram_canvas import gram_canvas
from pages._ui.numbers import number
from pages._ui.session import remember
from pages.vision._style_transfer import masking, networks, pictures, transfer_run
from pages.vision._style_transfer.inside_settings import layer_control
from pages.vision._style_transfer.transfer_run import Wanted
from pages.vision._style_transfer.transfer_settings import GATYS, Transfer


def gram_part(left, right) -> None:
    """Draw the choice of layer at the left, the matrices at the right."""
    with left:
        network = networks.feature_network()
        pair = pictures.choose_small()
        layer = layer_control(network.model)
        controls.control(Transfer, "style_weight_ratio")
    with right:
        if pair is None:
            st.info("Bring a picture and a style in **Transfer**.", icon=":material/add_photo_alternate:")
            return
        wanted = Wanted(pair, controls.values(Transfer), masking.dabs(), network)
        player.follow("style-inside-gram", lambda: _matrices(wanted, layer))


def _matrices(wanted: Wanted, layer: str) -> bool:
    try:
        held = transfer_run.run(wanted, GATYS)
    except EngineError as error:
        st.error(str(error), icon=":material/error:")
        return False
    growing, latest = not player.ended(held), held.job.latest
    transfer_run.status(held, GATYS)
    if latest is None:
        return growing
    settings = wanted.settings
    shown = (wanted.pair.content.image, wanted.pair.styles[0].image, latest.picture.float() / 255)
    identity = (wanted.identity, layer, latest.step)
    size_px = settings.style_preview_px
    view = remember("style-gram", identity, lambda: gram_view(wanted.network.model, layer, shown, 1, size_px))
    names = ("the photograph", "the style", "the result")
    gram_canvas(
        "style-gram", names, view.grams, view.maps, view.features, view.n_features, strongest(view), f"{identity[:2]}"
    )
    st.markdown(_sentence(view, layer))
    return growing


def strongest(view: GramView) -> tuple[int, int]:
    """Return the entry off the diagonal that is largest in the style picture."""
    off = np.where(np.eye(len(view.features), dtype=bool), -1.0, view.grams[1])
    i, j = np.unravel_index(int(off.argmax()), off.shape)
    return (int(min(i, j)), int(max(i, j)))


def _sentence(view: GramView, layer: str) -> str:
    """Say how far the photograph's and the result's matrices are from the style's."""
    style = view.grams[1]
    far = [float(((one - style) ** 2).sum() / max((style**2).sum(), 1e-12)) for one in (view.grams[0], view.grams[2])]
    n = len(view.features)
    said = "" if n == view.n_features else f" Of {view.n_features} features the {n} strongest in the style are shown."
    return (
        f"**{layer}**: G = F Fᵀ / (C · H · W) says which features go together, and not where. From the style's matrix, "
        f"the photograph's is Σ (G − A)² / Σ A² = {number(far[0], 3)} away, the result's {number(far[1], 3)}.{said}"
    )
