"""All kinds of style pictures, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.datasets.style_pictures import (
    batik,
    coloured_pencil,
    contours,
    cubism,
    deco,
    embroidery,
    engraving,
    halftone,
    ink_wash,
    marbling,
    mosaic,
    old_oil,
    palette_knife,
    papercut,
    pastel,
    pointillism,
    stained_glass,
    swirls,
    watercolour,
    woodcut,
)
from engine.datasets.style_pictures.kind import Kind

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "swirls": swirls.KIND,
        "stained_glass": stained_glass.KIND,
        "woodcut": woodcut.KIND,
        "halftone": halftone.KIND,
        "mosaic": mosaic.KIND,
        "ink_wash": ink_wash.KIND,
        "pointillism": pointillism.KIND,
        "watercolour": watercolour.KIND,
        "cubism": cubism.KIND,
        "engraving": engraving.KIND,
        "marbling": marbling.KIND,
        "palette_knife": palette_knife.KIND,
        "deco": deco.KIND,
        "batik": batik.KIND,
        "contours": contours.KIND,
        "papercut": papercut.KIND,
        "embroidery": embroidery.KIND,
        "pastel": pastel.KIND,
        "old_oil": old_oil.KIND,
        "coloured_pencil": coloured_pencil.KIND,
    }
)
