"""The view "Stems": the stems in a mixer while the rest is computed, a region of them, and files to take away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from engine.errors import EngineError
from engine.source_separation.mixdown import FORMATS, export_all, export_mix, export_stem, fits_in_zip
from pages._ui import controls, player
from pages._ui.exports import Export, take_away
from pages._ui.live import axis, layer, panel
from pages._ui.mixer import Mix, Piece, Track, mixer
from pages._ui.scripts import safe_name
from pages._ui.sounds import address
from pages.audio._sound import apart_run, apart_script
from pages.audio._sound.apart_run import Chosen, clock
from pages.audio._sound.apart_settings import Apart

if TYPE_CHECKING:
    from engine.source_separation.song_job import Separation

ROLES = {"drums": "class 1", "bass": "class 2", "other": "class 3", "vocals": "class 0"}
ROLES |= {"percussive": "class 1", "harmonic": "class 2", "speech": "class 0", "noise": "class 7"}
OTHER_ROLES = ("class 0", "class 1", "class 2", "class 3", "class 4")
HEIGHT_PX, ALONE_PX = 92, 200
LEAST_REGION_S = 0.05


def stems_part(left, right) -> None:
    """Draw the controls at the left, the stems at the right."""
    with left:
        chosen = apart_run.choose()
    with right:
        if chosen is None:
            st.info("Bring a sound at the left.", icon=":material/graphic_eq:")
            return
        if chosen.note:
            st.info(chosen.note, icon=":material/cloud_download:")
        player.follow("apart-stems", lambda: _stems(chosen))


def _stems(chosen: Chosen) -> bool:
    """Draw what there is so far, and return whether more comes."""
    try:
        held = apart_run.run(chosen)
    except EngineError as error:
        st.error(str(error), icon=":material/error:")
        return False
    growing, latest = not player.ended(held), held.job.latest
    if apart_run.status(held, chosen):
        mix = _mixer(chosen, latest, held.identity)
        _regions(chosen, mix.region)
        if latest.stems and not growing:
            _take_away(chosen, latest, mix)
    return growing


def roles(stems: tuple[str, ...]) -> list[str]:
    """Return the colour of each stem: its kind's, or one after another where a name is not known."""
    if all(stem in ROLES for stem in stems):
        return [ROLES[stem] for stem in stems]
    return [OTHER_ROLES[k % len(OTHER_ROLES)] for k in range(len(stems))]


def _mixer(chosen: Chosen, found: Separation, token: str) -> Mix:
    start = chosen.start_s
    tracks = [Track(name, role) for name, role in zip(found.stems, roles(found.stems), strict=True)]
    tracks.append(Track("original", "data", whole=bool(tracks)))
    pieces = [
        Piece(one.start_s - start, one.end_s - start, tuple(address(name) for name in one.sounds))
        for one in found.pieces
    ]
    return mixer(
        "apart",
        [waveform(track, k, found, start, chosen.duration_s) for k, track in enumerate(tracks) if not track.whole],
        tracks,
        pieces,
        chosen.duration_s,
        found.sample_rate,
        token=token,
        note="Drag over a waveform to choose a region.",
    )


def waveform(track: Track, k: int, found: Separation, start_s: float, duration_s: float) -> dict:
    """Draw sound k of the pieces as its lowest and highest samples, from `start_s` on."""
    x, low, high = [], [], []
    for piece in found.pieces:
        levels = piece.levels[k].numpy()  # (2, n)
        edges = np.linspace(piece.start_s, piece.end_s, levels.shape[1] + 1) - start_s
        x.append((edges[:-1] + edges[1:]) / 2)
        low.append(levels[0])
        high.append(levels[1])
    bars = {"x": np.concatenate(x), "y": np.concatenate(low), "y1": np.concatenate(high)}
    shown = layer("segments", track.role, name=track.name, alpha=0.85, width=1, **bars)
    look = {"height": HEIGHT_PX if found.stems else ALONE_PX, "alt": f"the waveform of {track.name}"}
    time, amplitude = axis("time", 0, duration_s, unit="s"), axis("amplitude", -1, 1)
    return panel(track.name, track.name.capitalize(), time, amplitude, [shown], bare=True, **look)


def _regions(chosen: Chosen, region: tuple[float, float] | None) -> None:
    """Offer to take the region that is chosen in the mixer apart, and the whole."""
    with st.container(horizontal=True, key="apart-regions"):
        if region is not None and region[1] - region[0] >= LEAST_REGION_S:
            start, end = (chosen.start_s + at for at in region)
            _take(chosen, f"Take {clock(start)} to {clock(end)} apart", "take_region", (start, end))
        if chosen.waits or chosen.region_s is not None:
            _take(chosen, f"Take the whole apart, {clock(chosen.sound.duration_s)}", "take_whole", None)


def _take(chosen: Chosen, label: str, key: str, region_s: tuple[float, float] | None) -> None:
    st.button(label, key=key, icon=":material/call_split:", on_click=chosen.take, args=(region_s,))


def _take_away(chosen: Chosen, found: Separation, mix: Mix) -> None:
    format = controls.control(Apart, "save_as")
    name = safe_name(chosen.sound.name.rsplit(".", 1)[0]).lower()
    n_stems = len(found.stems)
    gains, pans = mix.gains()[:n_stems], [fader.pan for fader in mix.faders[:n_stems]]
    exports = [
        Export(
            "My mix",
            f"{name}_mix.{format}",
            lambda: export_mix(found, gains, pans, format),
            "With the faders, pans, mutes and solos as they are set; what is above full scale is cut.",
        )
    ]
    if fits_in_zip(found, format):
        pack = lambda: export_all(found, format)  # noqa: E731
        exports.append(Export("All stems", f"{name}_stems.zip", pack, f"A zip of {n_stems} files."))
    for k, stem in enumerate(found.stems):
        make = lambda k=k: export_stem(found, k, format)  # noqa: E731
        exports.append(Export(stem.capitalize(), f"{name}_{safe_name(stem)}.{format}", make, f"{FORMATS[format]}."))
    exports.append(apart_script.of(chosen))
    take_away(exports)
    if not fits_in_zip(found, format):
        st.caption(f"All stems of so long a sound are too much for one file as {FORMATS[format]}: choose MP3.")
