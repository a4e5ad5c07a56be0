"""A sound for the mixer, some seconds at a time: its beginning at once, the rest of a long one in the background."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.runtime.shelf import shelf
from pages._ui import player
from pages._ui.mixer import Piece
from pages._ui.session import remember
from pages._ui.sounds import address, offer

if TYPE_CHECKING:
    from pages.audio._sound.sources import Sound

PIECE_S = 12.0
AT_ONCE = 2  # pieces; the rest of them is a job
RATES = (8_000, 96_000)  # Hz, at which a browser plays


@dataclass(frozen=True)
class Offered:
    """Which pieces of a long sound can be fetched: the names that they have on the shelf, in their order."""

    step: int
    total_steps: int
    names: tuple[str, ...]


def heard(waveform: Any) -> Any:
    """Return what is played of a waveform (C, T): one or two channels as they are, the mean of more."""
    return waveform if waveform.shape[0] <= 2 else waveform.mean(0, keepdim=True)


def play_rate(sample_rate: int) -> int:
    """Return the nearest rate at which a browser plays."""
    return min(max(sample_rate, RATES[0]), RATES[1])


def offer_rest(waveform: Any, sample_rate: int, size: int) -> Iterator[Offered]:
    """Put the pieces after the first ones on the shelf, one by one."""
    from engine.io.audio import encode_audio

    starts, names = range(AT_ONCE * size, waveform.shape[1], size), ()
    for k, start in enumerate(starts):
        name = shelf().put(encode_audio(heard(waveform[:, start : start + size]), sample_rate, "flac"), ".flac")
        names += (name,)
        yield Offered(k + 1, len(starts), names)


def whole(name: str, sound: Sound) -> tuple[list[Piece], bool]:
    """Return the pieces that there are of a sound, and whether more come: for `player.follow`."""
    rate, n, size = sound.sample_rate, sound.waveform.shape[1], round(PIECE_S * sound.sample_rate)
    ends = [(start / rate, min(start + size, n) / rate) for start in range(0, n, size)]
    starts = range(0, n, size)[:AT_ONCE]
    first = lambda: [offer(heard(sound.waveform[:, k : k + size]), rate) for k in starts]  # noqa: E731
    addresses, more = list(remember(f"{name}:first", sound.identity, first)), False
    if len(ends) > AT_ONCE:
        held = player.run(name, offer_rest, sound.waveform, rate, size, identity=sound.identity)
        more, latest = not player.ended(held), held.job.latest
        addresses += [address(one) for one in latest.names] if latest else []
    return [Piece(*end, (one,)) for end, one in zip(ends, addresses, strict=False)], more


def together(name: str, identity: Any, waveforms: list[Any], sample_rate: int) -> list[Piece]:
    """Offer short sounds of one length, to be played in step."""
    n = min(one.shape[1] for one in waveforms)
    make = lambda: tuple(offer(heard(one[:, :n]), sample_rate) for one in waveforms)  # noqa: E731
    return [Piece(0.0, n / sample_rate, remember(f"{name}:pieces", identity, make))]
