"""The parts of the sound page, and what of each stands in the link."""

from __future__ import annotations

from pages._ui.parts import Parts, lay_out
from pages.audio._sound import apart_layout, recognise, see_layout
from pages.audio._sound.view import View

PARTS = {
    **see_layout.SEE,
    "recognise": recognise.RECOGNISE,
    "apart": apart_layout.APART,
}


def draw() -> None:
    """Draw the page below its title."""
    see_layout.presets()
    apart_layout.presets()
    recognise.presets()
    lay_out(Parts(View, "sound_part", PARTS))
