"""The methods that can paint a pair: Gatys always; those of one pass where their trained files are here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.datasets.style_pictures import KINDS
from engine.errors import EngineError
from engine.weights import Weights, all_weights, load, state
from pages._ui.session import remember
from pages.vision._style_transfer.transfer_settings import ADAIN, ALL, GATYS, JOHNSON

if TYPE_CHECKING:
    from engine.style_transfer.one_pass import OnePass
    from pages.vision._style_transfer.pictures import Chosen

FILES = {JOHNSON: "JOHNSON_", ADAIN: "ADAIN"}  # how the names of their weights begin
STYLE_PX = 512  # in which AdaIN looks at a style picture of size 1


def weights_of(method: str) -> dict[str, Weights]:
    """Return the files of a method that are here, by the kind of style picture that they learned; "" for any."""
    found = [one for one in all_weights() if one.name.startswith(FILES[method]) and state(one) in ("bundled", "here")]
    return {next((kind for kind in KINDS if kind.upper() in one.name), ""): one for one in found}


def used(method: str, pair: Chosen) -> list[Weights]:
    """Return the file that a method paints a pair with, as a list of one; of none where it is not here."""
    files, identity = weights_of(method), pair.styles[0].identity
    if method == ADAIN:
        return list(files.values())[:1]
    return [files[identity[1]]] if identity[0] == "style" and identity[1] in files else []


def offered() -> tuple[str, ...]:
    """Return the methods of which at least one file is here, and "side by side" where there are two."""
    here = [GATYS, *(method for method in FILES if weights_of(method))]
    return (*here, ALL) if len(here) > 1 else tuple(here)


def missing() -> str:
    """Say which methods have no file here, "" where none lacks."""
    names = {JOHNSON: "Johnson’s networks (JOHNSON_….safetensors)", ADAIN: "AdaIN (ADAIN_….safetensors)"}
    absent = [names[method] for method in FILES if not weights_of(method)]
    return f"Not here: {' and '.join(absent)}. Gatys’ method needs no file." if absent else ""


def one_pass(method: str, pair: Chosen, style_scale: float) -> OnePass:
    """Return Johnson or AdaIN, ready for a pair.

    Raises:
        EngineError: its file is not here, or Johnson has not learned this style.
    """
    from engine.style_transfer.one_pass import with_adain, with_johnson

    files = used(method, pair)
    if not files and method == JOHNSON:
        titles = ", ".join(KINDS[kind].title for kind in weights_of(method) if kind)
        raise EngineError(f"A network of Johnson’s has learned one style: {titles or 'none is here'}. Choose it.")
    if not files:
        raise EngineError("AdaIN needs its file, which is not here.")
    network = load(files[0])
    if method == JOHNSON:
        return remember("style-johnson", files[0].name, lambda: with_johnson(network))
    styles = [style.image for style in pair.styles]
    make = lambda: with_adain(network, styles, pair.mix, STYLE_PX * style_scale)  # noqa: E731
    return remember("style-adain", (pair.identity, style_scale), make)
