"""The parts "See sound", "Sampling" and "Decibels", what of each stands in the link, and where to start in them."""

from __future__ import annotations

from engine.spectral_analysis.settings import MelSettings, SpectrogramSettings
from pages._ui import controls
from pages._ui.parts import Part
from pages._ui.presets import try_this
from pages.audio._sound import decibels, sampling, see
from pages.audio._sound.apart_settings import Levels
from pages.audio._sound.see_presets import PRESETS
from pages.audio._sound.see_settings import Decibels, Sampling, See
from pages.audio._sound.view import View

SEE = {
    "see": Part(see.see_part, (See, SpectrogramSettings, MelSettings, Levels)),
    "sampling": Part(sampling.sampling_part, (Sampling, See, Levels)),
    "decibels": Part(decibels.decibels_part, (Decibels, See, Levels)),
}


def presets() -> None:
    """Show where to start, while one of these parts is open."""
    if controls.values(View).sound_part in SEE:
        try_this("sound_preset", PRESETS, View, on_choose=lambda: None)
