"""Take it away: the region as a sound, its pictures, their values, and the script that computes its numbers again."""

from __future__ import annotations

import io
from dataclasses import asdict
from typing import TYPE_CHECKING

import streamlit as st

from engine.io.audio import encode_audio
from engine.spectral_analysis.overview import frame_count
from engine.spectral_analysis.sampling import resample
from pages._ui.exports import Export, take_away
from pages._ui.scripts import script
from pages.audio._sound import see_png
from pages.audio._sound.heat import COLUMNS, cepstrum, heat_csv, mfcc_heat, windows_per_column
from pages.audio._sound.see_pieces import heard

if TYPE_CHECKING:
    from pages.audio._sound.heat import Heat
    from pages.audio._sound.see import Shown

MP3_RATES = (8_000, 48_000)  # Hz
MOST_WINDOWS = 4 * COLUMNS  # of which the pictures leave none out: the script, which looks at all, finds the same
MOST_CELLS = 30_000_000  # windows × bins of the script


def draw(shown: Shown) -> None:
    """Offer what is shown."""
    last = shown.heats[-1]
    name = {"spectrogram": "spectrogram", "mel": "mel_spectrogram", "mfcc": "mfcc"}[shown.picture]
    what = "region" if shown.region else "sound"
    exports = [
        Export("WAV", f"{what}.wav", lambda: encode_audio(_part(shown), shown.sound.sample_rate, "wav"), "16 bits."),
        Export(
            "FLAC",
            f"{what}.flac",
            lambda: encode_audio(_part(shown), shown.sound.sample_rate, "flac"),
            "The same, smaller.",
        ),
        Export("MP3", f"{what}.mp3", lambda: _mp3(shown), "Smallest; not to the last bit."),
        Export("Picture", f"{name}.png", lambda: _png(shown, last), f"The {last.title} with its axes."),
    ]
    if shown.picture != "mfcc":
        exports.append(
            Export("Values", f"{name}.csv", lambda: heat_csv(last), "The picture's values: a row a column of it.")
        )
    told = "A row for each window that is drawn."
    exports.append(Export("MFCC", "mfcc.csv", lambda: heat_csv(_mfcc(shown)), told))
    few = _fits(shown)
    if few:
        exports.append(script("see_sound", lambda: (_of_script(shown), {"sound.wav": _exact(shown)})))
    take_away(exports)
    if not few:
        st.caption(
            f"A script that computes these numbers again comes with a part of at most {MOST_WINDOWS} windows: choose a "
            "region on the picture, or a longer hop."
        )


def _part(shown: Shown):
    return shown.sound.waveform[:, slice(*shown.span)]


def _mp3(shown: Shown) -> bytes:
    rate = shown.sound.sample_rate
    allowed = min(max(rate, MP3_RATES[0]), MP3_RATES[1])
    part = heard(_part(shown))
    if rate not in (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000):
        allowed = min((16000, 48000), key=lambda one: abs(one - allowed))
        part = resample(part, rate, allowed)
    return encode_audio(part, allowed, "mp3")


def _png(shown: Shown, last: Heat) -> bytes:
    buffer = io.BytesIO()
    see_png.picture(last, f"{last.title}: {shown.sound.name}").save(buffer, "PNG")
    return buffer.getvalue()


def _mfcc(shown: Shown) -> Heat:
    rate = shown.sound.sample_rate
    found = shown.cepstrum or cepstrum(shown.sound.waveform, rate, shown.settings, shown.mel, shown.span)
    return mfcc_heat(found, rate, shown.settings, shown.span)


def _fits(shown: Shown) -> bool:
    n = frame_count(shown.span[1] - shown.span[0], shown.settings)
    return n <= MOST_WINDOWS and n * (shown.settings.window_length // 2 + 1) <= MOST_CELLS


def _of_script(shown: Shown) -> dict:
    every = windows_per_column(shown.settings, shown.span[1] - shown.span[0])
    return {
        "every": every,
        "first": every // 2,
        "window": shown.settings.window,
        "window_length": shown.settings.window_length,
        "hop_length": shown.settings.hop_length,
        "floor_db": shown.settings.floor_db,
        "mel": asdict(shown.mel),
    }


def _exact(shown: Shown) -> bytes:
    """Write what the windows see, half a window more at each end, as floating-point WAV: to the last bit."""
    import soundfile

    around, n = shown.settings.window_length // 2, shown.sound.waveform.shape[1]
    start, stop = shown.span
    part = shown.sound.waveform[:, max(start - around, 0) : stop + around]
    missing = (max(around - start, 0), max(stop + around - n, 0))
    samples = part.new_zeros(part.shape[0], stop - start + 2 * around)
    samples[:, missing[0] : samples.shape[1] - missing[1]] = part
    buffer = io.BytesIO()
    soundfile.write(buffer, samples.T.numpy(), shown.sound.sample_rate, format="WAV", subtype="FLOAT")
    return buffer.getvalue()
