"""A song taken apart as a job: what is finished is put on the shelf piece by piece, and can be heard at once.

Conventions: times in seconds from the first sample of the song; every sound on the shelf is FLAC at the method's rate.
A method of any rate keeps the song's own where sound files and browsers know it, and takes 44.1 kHz else. Of a song
with more than two channels their mean is taken apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import ResourceLimit, constraint
from engine.io.audio import encode_audio
from engine.runtime.shelf import MOST_BYTES, shelf
from engine.source_separation.resampling import resample_steps
from engine.source_separation.separator import SAMPLE_RATE_HZ
from engine.source_separation.ways import Way

COLUMNS_A_SECOND = 25  # of the waveforms to draw
OFFERED_S = 8.0  # length of a piece of a song that is only to be heard
RATES_HZ = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)  # MP3 has no others
BYTES_A_SAMPLE = 2  # of a channel; FLAC hardly ever needs more


@dataclass(frozen=True, eq=False)
class StemPiece:
    """A finished part of a song.

    Attributes:
        start_s, end_s: where it lies.
        sounds: names on the shelf: one for each stem, and last the song itself.
        levels: (S + 1, 2, n) the lowest and the highest sample in each 25th of a second.
    """

    start_s: float
    end_s: float
    sounds: tuple[str, ...]
    levels: Tensor


@dataclass(frozen=True, eq=False)
class Separation:
    """How far a song is taken apart.

    Attributes:
        step, total_steps: samples.
        stems: their names; none where the song is only offered to be heard.
        sample_rate: Hz.
        pieces: all that are finished, in order.
    """

    step: int
    total_steps: int
    stems: tuple[str, ...]
    sample_rate: int
    pieces: tuple[StemPiece, ...] = ()

    @property
    def sounds(self) -> list[str]:
        """All names on the shelf."""
        return [name for piece in self.pieces for name in piece.sounds]


def separate_song(
    way: Way,
    waveform: Tensor,
    sample_rate: int,
    region_s: tuple[float, float] | None = None,
    truth: Mapping[str, Tensor] | None = None,
) -> Iterator[Separation]:
    """Take a song apart.

    Args:
        way: the method.
        waveform: float (C, T).
        sample_rate: of the waveform, Hz.
        region_s: (start, end) of the part to take apart; None for the whole song.
        truth: name → true stem (C, T), where they are known: what ideal masks are made of.

    Raises:
        InvalidInput, ShapeError: no such method, or a sound or a region that cannot be used.
        ResourceLimit: its stems would need more room than the shelf has.
        WeightsError: the method's file cannot be had.
    """
    yield Separation(0, waveform.shape[-1], (), sample_rate)  # the file may take a second to load
    separator = way.make(truth)
    rate = separator.sample_rate_hz or (sample_rate if sample_rate in RATES_HZ else SAMPLE_RATE_HZ)
    _check_room(waveform, sample_rate, rate, len(separator.stems), region_s)
    song, *own = yield from _at_rate([to_stereo(waveform), *(truth or {}).values()], sample_rate, rate)
    mixture = way.mixture_for(song, dict(zip(truth or (), own, strict=True)))
    scale = rate / (separator.sample_rate_hz or SAMPLE_RATE_HZ)  # a method of any rate counts in seconds of 44.1 kHz
    region = None if region_s is None else tuple(at * scale for at in region_s)
    pieces: tuple[StemPiece, ...] = ()
    for part in separator.separate(mixture, region):
        if part.stems.shape[-1]:
            heard = song[:, part.start : part.start + part.stems.shape[-1]].expand(part.stems.shape[1], -1)
            pieces = (*pieces, _piece(torch.cat([part.stems, heard[None]]), part.start, rate))
        yield Separation(part.step, part.total_steps, separator.stems, rate, pieces)


def offer_song(waveform: Tensor, sample_rate: int) -> Iterator[Separation]:
    """Put a song on the shelf as it is, to be heard before it is taken apart."""
    rate = sample_rate if sample_rate in RATES_HZ else SAMPLE_RATE_HZ
    (song,) = yield from _at_rate([to_stereo(waveform)], sample_rate, rate)
    pieces: tuple[StemPiece, ...] = ()
    n_samples, size = song.shape[-1], round(OFFERED_S * rate)
    for start in range(0, n_samples, size):
        pieces = (*pieces, _piece(song[None, :, start : start + size], start, rate))
        yield Separation(min(start + size, n_samples), n_samples, (), rate, pieces)


def to_stereo(waveform: Tensor) -> Tensor:
    """Return a waveform of one or two channels: (C, T) as it is, or the mean of more channels, (1, T)."""
    return waveform if len(waveform) <= 2 else waveform.mean(0, keepdim=True)


def _at_rate(sounds: list[Tensor], rate: int, new_rate: int) -> Iterator[Separation]:
    """Yield that it goes on, and return the sounds at the new rate."""
    found = []
    for sound in sounds:
        for done in resample_steps(sound, rate, new_rate):
            if done is None:
                yield Separation(0, sound.shape[-1], (), rate)
        found.append(done)
    return found


def _check_room(
    waveform: Tensor, sample_rate: int, rate: int, n_stems: int, region_s: tuple[float, float] | None
) -> None:
    duration_s = waveform.shape[-1] / sample_rate if region_s is None else region_s[1] - region_s[0]
    needed = duration_s * rate * 2 * BYTES_A_SAMPLE * (n_stems + 1)
    if needed > MOST_BYTES / 2:  # so that two visitors at once do not drop each other's
        most_s = MOST_BYTES / 2 / (rate * 2 * BYTES_A_SAMPLE * (n_stems + 1))
        got, advice = f"{duration_s:.0f} s", "Take a region of it apart."
        raise ResourceLimit(constraint("What is taken apart at once", f"at most {most_s:.0f} s long", got, advice))


def _piece(sounds: Tensor, start: int, rate: int) -> StemPiece:
    """Put sounds (S + 1, C, n) on the shelf."""
    names = tuple(shelf().put(encode_audio(sound, rate, "flac"), ".flac") for sound in sounds)
    size = max(1, round(rate / COLUMNS_A_SECOND))
    whole = sounds[..., : max(size, sounds.shape[-1] // size * size)]
    parts = whole.unflatten(-1, (-1, min(size, whole.shape[-1])))  # (S + 1, C, columns, size)
    levels = torch.stack([parts.amin((1, 3)), parts.amax((1, 3))], 1)
    return StemPiece(start / rate, (start + sounds.shape[-1]) / rate, names, levels)
