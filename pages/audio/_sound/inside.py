"""The view "How it works": each method in a few sentences, with a picture of what it does to the present sound."""

from __future__ import annotations

import streamlit as st

from pages._ui import controls
from pages.audio._sound import inside_masks, inside_networks, sources
from pages.audio._sound.apart_settings import EXPLAINED, IDEAL, MEDIAN, Apart, setting_controls

TEXTS = {
    "median": (
        "In a spectrogram a held tone is a line along time, and a blow is a line along frequency. The median over "
        "neighbouring frames (H) keeps what lasts and forgets a short blow; the median over neighbouring frequencies "
        "(P) keeps what is broad and forgets a single tone. Each point of the mixture goes to the larger of the two, "
        "in shares. Nothing is learned, so a voice that glides, or a bass that is plucked, is divided wrongly."
    ),
    "ideal": (
        "Where the true stems are known, the best mask can be written down: at each point of the spectrogram, which "
        "share of the mixture belongs to a stem. Multiplied with the mixture and turned back into sound, it shows what "
        "any method that only weighs the spectrogram could reach. Even it is not perfect: every stem keeps the phase "
        "of the mixture, and where two sound in one point, they cannot be told apart."
    ),
    "wave_u_net": (
        "A U-Net on the waveform itself: on the way down every second sample is dropped after each convolution, on the "
        "way up the rate is doubled again by interpolation. Skips bring the detail of each level back. The stem "
        "“other” is what the other three leave of the mixture, so the four add up to it."
    ),
    "demucs": (
        "Inspired by Wave-U-Net, with larger strides: five encoders divide the rate by four each. At the bottom a "
        "**bidirectional LSTM** reads the whole chunk forwards and backwards, which tells a bass note from a drum by "
        "what comes before and after. The decoder goes the same way back. GLU gates decide how much passes; there is "
        "no batch normalisation: the weights are scaled at the start instead."
    ),
    "hdemucs": (
        "Hybrid Demucs has two U-Nets: one on the spectrogram, whose strides go over frequency, and one on the "
        "waveform. At the fifth level the waveform has one step a frame, and both are added. LSTMs and local attention "
        "sit in the two deepest levels. On the way up they part again; the spectrum’s stems are turned into sound and "
        "added to the waveform’s."
    ),
    "gtcrn": (
        "For speech against noise, with 48 thousand numbers: the spectrum is gathered into 129 bands as wide as an ear "
        "resolves, two convolutions halve them twice, small recurrent networks look along the bands and along time, "
        "and the result is a complex mask, which may turn the phase as well. Noise is what speech leaves of the sound."
    ),
}


def inside_part(left, right) -> None:
    """Draw the controls at the left, the explanation at the right."""
    with left:
        explained = controls.control(Apart, "explained")
        if explained in ("median", "ideal"):
            sound = sources.choose()
            setting_controls({"median": MEDIAN, "ideal": IDEAL}[explained])
            start = inside_masks.place_control(sound) if sound else 0
    with right:
        st.markdown(f"**{EXPLAINED[explained]}**")
        st.markdown(TEXTS[explained])
        if explained not in ("median", "ideal"):
            inside_networks.network(explained)
        elif sound is None:
            st.info("Bring a sound at the left.", icon=":material/graphic_eq:")
        else:
            inside_masks.masks_of(explained, sound, start)
