"""The mask that the visitor paints: where the style applies."""

from __future__ import annotations

import numpy as np

from engine.style_transfer.mask import from_text


def mask_control() -> None:
    """Show the switch of the brush."""


def mask_part(content) -> np.ndarray:
    """Draw the canvas to paint on, while the brush is out; return the dabs."""
    return from_text("")
