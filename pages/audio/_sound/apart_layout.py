"""The part "Take it apart" and its views, each with what of it stands in the link."""

from __future__ import annotations

from pages._ui import controls
from pages._ui.parts import Part, Parts
from pages._ui.presets import try_this
from pages.audio._sound import apart, inside, measured
from pages.audio._sound.apart_presets import PRESETS
from pages.audio._sound.apart_settings import Apart, Levels, Method
from pages.audio._sound.view import View

APART = Parts(
    Apart,
    "apart_part",
    {
        "stems": Part(apart.stems_part, (Method, Levels)),
        "measured": Part(measured.measured_part, (Method, Levels)),
        "inside": Part(inside.inside_part, (Method, Levels)),
    },
)


def presets() -> None:
    """Show where to start, while this part is open."""
    if controls.values(View).sound_part == "apart":
        try_this("apart_preset", PRESETS, Method, on_choose=lambda: None)
