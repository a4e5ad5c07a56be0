"""Recording a batch of short sounds: each at its own speed, place, in its own room, over its own line.

    y = line(level · (clip(r · t) ∗ h + noise))

Playing a clip r times as fast moves pitch and formants alike, as a shorter vocal tract with a higher voice does.

Conventions: clips are float (B, n) at `clip_rate_hz`, filled with 0 behind their lengths; a recording is float
(B, window) at `rate_hz`, within [−1, 1]. All choices come from the given generator.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.datasets.recording import channel, noise
from engine.settings import check, integer, real

MU = 255.0
QUIETEST_PEAK_DB = -42.0


@dataclass(frozen=True)
class Recording:
    """How sounds are recorded; shares are probabilities."""

    clip_rate_hz: int = integer(16_000, 1_000, 96_000, label="sample rate of the clips", unit="Hz")
    rate_hz: int = integer(8_000, 1_000, 96_000, label="sample rate of the recording", unit="Hz")
    window: int = integer(8_000, 64, 960_000, label="length of the recording", unit="samples")
    slowest: float = real(0.8, 0.25, 4.0, label="slowest speed")
    fastest: float = real(1.24, 0.25, 4.0, label="fastest speed")
    equaliser_db: float = real(4.5, 0.0, 24.0, label="spread of the equaliser", unit="dB")
    telephone: float = real(0.15, 0.0, 1.0, label="share heard through a telephone's band")
    in_room: float = real(0.5, 0.0, 1.0, label="share in a room")
    noisy: float = real(0.85, 0.0, 1.0, label="share with noise")
    least_snr_db: float = real(6.0, -20.0, 60.0, label="lowest signal-to-noise ratio", unit="dB")
    distorted: float = real(0.25, 0.0, 1.0, label="share that is clipped or coded with 8 bits")
    trimmed: float = real(0.5, 0.0, 1.0, label="share cut out, with nothing before and behind")

    def __post_init__(self) -> None:
        check(self)


def recorded(clips: Tensor, lengths: Tensor, settings: Recording, chance: torch.Generator) -> Tensor:
    """Record clips (B, n) of these lengths (B,); return (B, window) in [−1, 1]."""
    batch_size = len(clips)
    speed = _between(settings.slowest, settings.fastest, batch_size, chance)  # (B, 1)
    coloured = _through_room(clips, speed, settings, chance)
    sound, inside = _placed(coloured, lengths, speed, settings, chance)
    sound = noise.level(sound) * (lengths[:, None] > 0)
    sound = sound + _background(inside, settings, chance)
    return _line(sound, settings, chance)


def _through_room(clips: Tensor, speed: Tensor, settings: Recording, chance: torch.Generator) -> Tensor:
    """Return clips with equaliser, band and room; nothing is left that the new rate could not hold."""
    batch_size, n = clips.shape
    n_fft = n + n // 4  # the end of a room's tail may come round to the start: it is as soft as anything
    n_fft += n_fft % 2
    hz = torch.linspace(0, settings.clip_rate_hz / 2, n_fft // 2 + 1)
    phone = _happens(settings.telephone, batch_size, chance)
    low = torch.where(phone, _between(150, 400, batch_size, chance), _between(15, 110, batch_size, chance))
    highest = 0.49 * settings.rate_hz / speed
    high = highest * torch.where(_happens(0.3, batch_size, chance), _between(0.7, 1, batch_size, chance), 1.0)
    high = torch.where(phone, torch.minimum(high, _between(2800, 3600, batch_size, chance)), high)
    response = channel.equaliser(hz, settings.equaliser_db, batch_size, chance) * channel.band(hz, low, high)
    response = response * (hz * speed < settings.rate_hz / 2)  # what would come back from above as something else
    wet = _between(0.05, 0.7, batch_size, chance) * _happens(settings.in_room, batch_size, chance)
    response = response * (1 + wet * channel.room(n_fft, settings.clip_rate_hz, batch_size, chance))
    return torch.fft.irfft(torch.fft.rfft(clips, n_fft) * response, n_fft)


def _placed(
    clips: Tensor, lengths: Tensor, speed: Tensor, settings: Recording, chance: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return sound (B, window) with each clip somewhere in it at its speed, and where (B, window) there is a clip."""
    step = speed * settings.clip_rate_hz / settings.rate_hz  # clip's samples for one of the window
    n = lengths[:, None] / step  # how long it is in the window
    free = settings.window - n
    start = torch.rand(len(clips), 1, generator=chance) * free  # a clip that is too long loses some of both ends
    t = torch.arange(settings.window) - start
    place = (t * step).clamp(0, clips.shape[1] - 2)
    low = place.long()
    share = place - low
    sound = clips.gather(1, low) * (1 - share) + clips.gather(1, low + 1) * share
    inside = (t >= 0) & (t < n)
    trimmed = _happens(settings.trimmed, len(clips), chance)
    heard = torch.where(trimmed, inside, (t >= 0) & (t * step < clips.shape[1] - 2))
    return sound * heard, inside | ~trimmed


def _background(inside: Tensor, settings: Recording, chance: torch.Generator) -> Tensor:
    """Return noise and hum (B, window) for a sound of level 1, none where a cut-out clip is not."""
    batch_size, n = inside.shape
    snr_db = settings.least_snr_db + (50 - settings.least_snr_db) * torch.rand(batch_size, 1, generator=chance)
    hiss = noise.coloured(batch_size, n, settings.rate_hz, chance) * _happens(settings.noisy, batch_size, chance)
    hum = noise.hum(batch_size, n, settings.rate_hz, chance) * _happens(0.15, batch_size, chance)
    return (hiss + hum * _between(0, 1, batch_size, chance)) * 10 ** (-snr_db / 20) * inside


def _line(sound: Tensor, settings: Recording, chance: torch.Generator) -> Tensor:
    """Return sound at a level of its own; some of it clipped, some coded by the µ-law with 8 bits."""
    batch_size = len(sound)
    peak = sound.abs().amax(1, keepdim=True).clamp(min=1e-8)
    bad = _happens(settings.distorted, batch_size, chance)
    coded = bad & _happens(0.5, batch_size, chance)
    drive = torch.where(bad & ~coded, _between(1, 4, batch_size, chance), 1.0)
    sound = (sound / peak * drive).clamp(-1, 1)
    sound = sound * 10 ** (_between(QUIETEST_PEAK_DB, 0, batch_size, chance) / 20)
    return torch.where(coded, mu_law(sound), sound)


def mu_law(sound: Tensor) -> Tensor:
    """Return what is left of sound after coding with 8 bits by the µ-law: sgn(x) ln(1 + µ|x|) / ln(1 + µ), µ = 255."""
    top = torch.log1p(torch.tensor(MU))
    code = torch.round(torch.sign(sound) * torch.log1p(MU * sound.abs()) / top * 127) / 127
    return torch.sign(code) * torch.expm1(code.abs() * top) / MU


def _between(low: float, high: float, batch_size: int, chance: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(batch_size, 1, generator=chance)


def _happens(probability: float, batch_size: int, chance: torch.Generator) -> Tensor:
    return torch.rand(batch_size, 1, generator=chance) < probability
