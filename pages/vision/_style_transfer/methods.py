"""The methods that can paint a pair: Gatys always; those of one pass where their trained files are here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import EngineError
from engine.style_transfer import declarations
from engine.style_transfer.models import ADAIN as ANY
from engine.style_transfer.models import ANY_STYLE, FEATURES, JOHNSON
from engine.style_transfer.one_pass import STYLE_PX, with_adain, with_johnson
from engine.weights import state
from pages._ui.session import remember
from pages.vision._style_transfer.transfer_settings import ADAIN, ALL, GATYS
from pages.vision._style_transfer.transfer_settings import JOHNSON as FEED_FORWARD

if TYPE_CHECKING:
    from engine.style_transfer.one_pass import OnePass
    from engine.weights import Weights
    from pages._ui.model_choice import Chosen as Model
    from pages.vision._style_transfer.pictures import Chosen

MISSING = {FEED_FORWARD: "Johnson’s networks (JOHNSON_…_V1)", ADAIN: "AdaIN (ADAIN_V1)"}
PASSES = tuple(MISSING)


def files(method: str) -> dict[str, Weights]:
    """Return the files of a method that are here, by the kind of style picture that they learned; "" for any."""
    declared = declarations.JOHNSON if method == FEED_FORWARD else {"": declarations.ADAIN_V1}
    return {kind: one for kind, one in declared.items() if one is not None and state(one) in ("bundled", "here")}


def used(method: str, pair: Chosen) -> Weights | None:
    """Return the file that a method of one pass paints a pair with; None where there is none."""
    if method == ADAIN:
        return files(method).get("")
    first, *others = (style.identity for style in pair.styles)
    return None if others or first[0] != "style" else files(method).get(first[1])


def painting(chosen: str, pair: Chosen | None) -> str:
    """Return the method that paints a pair: AdaIN instead of Johnson for a style that no network has learned."""
    here = offered()
    if chosen not in here:
        return GATYS
    unknown = chosen == FEED_FORWARD and pair is not None and used(chosen, pair) is None
    return ADAIN if unknown and ADAIN in here else chosen


def instead() -> str:
    """Say why AdaIN paints where Johnson was chosen."""
    return f"Johnson’s networks have learned {learned()}, each alone. AdaIN paints this one."


def learned() -> str:
    """Return the titles of the styles that Johnson's networks have learned, "" for none."""
    return ", ".join(JOHNSON.row(one.name).title for one in files(FEED_FORWARD).values())


def offered() -> tuple[str, ...]:
    """Return the methods of which at least one file is here, and "side by side" where there are two."""
    here = [GATYS, *(method for method in PASSES if files(method))]
    return (*here, ALL) if len(here) > 1 else tuple(here)


def missing() -> str:
    """Say which methods have no file here, "" where none lacks."""
    absent = [said for method, said in MISSING.items() if not files(method)]
    return f"Not here: {' and '.join(absent)}. Gatys’ method needs no file." if absent else ""


def one_pass(method: str, pair: Chosen, style_scale: float) -> OnePass:
    """Return Johnson or AdaIN, ready for a pair.

    Raises:
        EngineError: its file is not here, or Johnson has not learned this style.
    """
    weights = used(method, pair)
    if weights is None and method == FEED_FORWARD:
        raise EngineError(f"A network of Johnson’s has learned one style: {learned() or 'none is here'}. Choose it.")
    if weights is None:
        raise EngineError("AdaIN needs its file, which is not here.")
    if method == FEED_FORWARD:
        return remember("style-johnson", weights.name, lambda: with_johnson(JOHNSON.row(weights.name).make(None)))
    styles = [style.image for style in pair.styles]
    make = lambda: with_adain(ANY_STYLE.row(ANY).make(None), styles, pair.mix, STYLE_PX * style_scale)  # noqa: E731
    return remember("style-adain", (pair.identity, style_scale), make)


def weights_behind(method: str, pair: Chosen, network: Model) -> Weights | None:
    """Return the file behind a result: of Gatys that of its features; None where nothing was trained."""
    return FEATURES.row(network.key).weights if method == GATYS else used(method, pair)
