"""All kinds of style pictures, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.datasets.style_pictures import halftone, stained_glass, swirls
from engine.datasets.style_pictures.kind import Kind

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "swirls": swirls.KIND,
        "stained_glass": stained_glass.KIND,
        "halftone": halftone.KIND,
    }
)
