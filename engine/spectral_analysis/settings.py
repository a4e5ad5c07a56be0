"""What a page asks of a picture of sound, and of a tone that is sampled. Importing this brings no torch."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import InvalidInput, constraint
from engine.settings import check, choice, integer, real

WINDOWS = {"hann": "Hann", "hamming": "Hamming", "blackman": "Blackman", "rectangular": "rectangular"}
SCALES = {"linear": "linear (amplitude)", "power": "power", "log": "logarithm of the power", "db": "decibels"}
MEL_SCALES = {"slaney": "Slaney (linear to 1 kHz)", "htk": "HTK (one logarithm)"}
MEL_NORMS = {"area": "equal area", "height": "equal height"}


@dataclass(frozen=True)
class SpectrogramSettings:
    """How a sound is cut into windows, and what is shown of their spectra."""

    window: str = choice("hann", WINDOWS, label="window", help="The softer its ends, the less a tone leaks.")
    window_length: int = integer(
        2048,
        16,
        32768,
        label="window length",
        unit="samples",
        scale="log",
        help="Longer: finer in pitch, coarser in time.",
    )
    hop_length: int = integer(
        512, 1, 32768, label="hop", unit="samples", scale="log", help="From one window to the next; at most a window."
    )
    scale: str = choice("db", SCALES, label="scale", help="Decibels come closest to how loud it sounds.")
    floor_db: float = real(
        -100.0, -200.0, -20.0, label="floor", unit="dB", step=5, help="What is lower is drawn as this."
    )

    def __post_init__(self) -> None:
        check(self)
        if self.hop_length > self.window_length:
            bound = f"at most the window length, {self.window_length} samples"
            raise InvalidInput(constraint("hop", bound, self.hop_length, "Choose a shorter hop or a longer window."))


@dataclass(frozen=True)
class MelSettings:
    """Which filters the mel spectrogram has, and how many coefficients are made of it."""

    n_mels: int = integer(80, 1, 256, label="mel filters", help="How many bands, equally spaced in mel.")
    low_hz: float = real(0.0, 0.0, 20_000.0, label="lowest frequency", unit="Hz", step=10)
    high_hz: float = real(
        20_000.0,
        10.0,
        24_000.0,
        label="highest frequency",
        unit="Hz",
        step=10,
        help="Half the sample rate where that is lower.",
    )
    mel_scale: str = choice("slaney", MEL_SCALES, label="mel scale", help="Which formula makes a mel of a hertz.")
    norm: str = choice("area", MEL_NORMS, label="filters", help="Equal area: noise gives about the same in each band.")
    n_mfcc: int = integer(13, 1, 256, label="coefficients", help="MFCC; at most as many as there are filters.")

    def __post_init__(self) -> None:
        check(self)
        if self.low_hz >= self.high_hz:
            bound = f"below the highest, {self.high_hz:g} Hz"
            raise InvalidInput(constraint("lowest frequency", bound, self.low_hz))
        if self.n_mfcc > self.n_mels:
            bound = f"at most the number of mel filters, {self.n_mels}"
            raise InvalidInput(constraint("coefficients", bound, self.n_mfcc, "Ask for fewer, or for more filters."))


@dataclass(frozen=True)
class ToneSettings:
    """A pure tone, and the rate at which it is sampled."""

    frequency_hz: float = real(1000.0, 1.0, 24_000.0, label="frequency", unit="Hz", step=10)
    sample_rate: int = integer(8000, 1000, 48_000, label="sample rate", unit="Hz", step=100)
    duration_s: float = real(1.0, 0.01, 10.0, label="length", unit="s", step=0.1)
    level_db: float = real(-12.0, -60.0, 0.0, label="peak level", unit="dBFS", step=1)
    phase_deg: float = real(0.0, -180.0, 180.0, label="phase", unit="°", step=5)

    def __post_init__(self) -> None:
        check(self)
