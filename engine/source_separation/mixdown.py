"""Stems mixed down as a browser does it, and written to files from their pieces on the shelf.

    mono in    left = g · cos(x π/2) · s,  right = g · sin(x π/2) · s,  x = (p + 1) / 2
    stereo in  p ≤ 0:  left = g · (l + r · cos(x π/2)),  right = g · r · sin(x π/2),        x = p + 1
               p > 0:  left = g · l · cos(x π/2),        right = g · (r + l · sin(x π/2)),  x = p
    mix = the sum of all, cut to [−1, 1] only where it is written

g is a track's gain, p its pan from −1 (left) to 1: the graph of the page's mixer, a GainNode and a StereoPannerNode for
each track. A song is never held whole: pieces are read, mixed and encoded one after another.

Conventions: sound is float (C, n). Reference: W3C, Web Audio API, "StereoPannerNode", panning algorithm.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from engine.errors import ResourceLimit
from engine.io.audio import decode_audio, encode_blocks
from engine.runtime.shelf import shelf
from engine.source_separation.song_job import Separation, StemPiece

FORMATS = {"wav": "WAV", "flac": "FLAC", "mp3": "MP3"}
MOST_IN_ZIP = 400_000_000  # bytes, before compression
GONE = (
    "Some pieces of this song are no longer kept: sounds of other visitors needed their room. Take it apart again to "
    "hear and to save it."
)


def pan_matrix(pan: float, n_channels: int) -> Tensor:
    """Return the gains (2, C) with which C channels, one or two, reach left and right."""
    x = (pan + 1) / 2 if n_channels == 1 else (pan + 1 if pan <= 0 else pan)
    a, b = math.cos(x * math.pi / 2), math.sin(x * math.pi / 2)
    if n_channels == 1:
        return torch.tensor([[a], [b]])
    return torch.tensor([[1.0, a], [0.0, b]] if pan <= 0 else [[a, 0.0], [b, 1.0]])


def mixed(sounds: Sequence[Tensor], gains: Sequence[float], pans: Sequence[float]) -> Tensor:
    """Return the mix (2, n) of tracks (C, n)."""
    tracks = zip(sounds, gains, pans, strict=True)
    return sum(gain * (pan_matrix(pan, len(sound)) @ sound) for sound, gain, pan in tracks)


def read(name: str) -> Tensor:
    """Return a sound (C, n) from the shelf.

    Raises:
        ResourceLimit: it is no longer there.
    """
    data = shelf().get(name)
    if data is None:
        raise ResourceLimit(GONE)
    return decode_audio(data, name)[0]


def stem_blocks(pieces: Sequence[StemPiece], stem: int) -> Iterator[Tensor]:
    """Yield a stem (C, n), piece by piece; the last one, −1, is the song itself."""
    return (read(piece.sounds[stem]) for piece in pieces)


def mix_blocks(pieces: Sequence[StemPiece], gains: Sequence[float], pans: Sequence[float]) -> Iterator[Tensor]:
    """Yield the mix (2, n) of the first tracks, as many as there are gains; the song itself is not among them."""
    return (mixed([read(name) for name in piece.sounds[: len(gains)]], gains, pans) for piece in pieces)


def export_stem(found: Separation, stem: int, format: str) -> bytes:
    """Return one stem as a file of one of `FORMATS`. Raises as `read`."""
    return encode_blocks(stem_blocks(found.pieces, stem), found.sample_rate, format)


def export_mix(found: Separation, gains: Sequence[float], pans: Sequence[float], format: str) -> bytes:
    """Return the mix of the stems as a file of one of `FORMATS`. Raises as `read`."""
    return encode_blocks(mix_blocks(found.pieces, gains, pans), found.sample_rate, format)


def export_all(found: Separation, format: str) -> bytes:
    """Return a zip with a file for each stem. Raises as `read`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:  # sound files are packed already
        for k, name in enumerate(found.stems):
            safe = re.sub(r"[^\w -]", "_", name)
            archive.writestr(f"{safe}.{format}", export_stem(found, k, format))
    return buffer.getvalue()


def fits_in_zip(found: Separation, format: str) -> bool:
    """Return whether all stems in this format are few enough bytes to be packed in memory."""
    duration_s = found.pieces[-1].end_s - found.pieces[0].start_s
    as_wav = duration_s * found.sample_rate * 4 * len(found.stems)
    return as_wav * {"wav": 1.0, "flac": 0.7, "mp3": 0.15}[format] <= MOST_IN_ZIP
