"""What the numbers of a spectrogram, a mel spectrogram and MFCC mean: the equations with the present values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from engine.spectral_analysis.cepstrum import from_coefficients
from engine.spectral_analysis.decibels import db_to_power, peak_dbfs, power_to_db, rms_dbfs
from engine.spectral_analysis.mel import MelFilters, hz_to_mel, mel_filters
from engine.spectral_analysis.overview import frame_count
from engine.spectral_analysis.settings import WINDOWS, MelSettings, SpectrogramSettings
from pages._ui import controls
from pages._ui.live import axis, layer, live, panel
from pages._ui.numbers import number
from pages._ui.session import remember
from pages.audio._sound import heat
from pages.audio._sound.see_settings import See

if TYPE_CHECKING:
    from pages.audio._sound.see import Shown

APART = {"hann": 2, "hamming": 2, "blackman": 3, "rectangular": 1}  # bins; two peaks nearer than that run into one
DRAWN_COSINES = 4


def draw(shown: Shown) -> None:
    """Draw the equations and the numbers below the pictures, and what the filters or the cosines look like."""
    panels, equations = {"spectrogram": _spectrogram, "mel": _mel, "mfcc": _mfcc}[shown.picture](shown)
    live("see-numbers", panels, equations=equations, stats=_stats(shown))


def decibels(value: float, unit: str = "dBFS") -> str:
    """Write a level, which is −∞ for silence."""
    return f"−∞ {unit}" if value == -math.inf else f"{value:.1f} {unit}".replace("-", "−")


def levels(shown: Shown) -> tuple[float, float]:
    """Return the peak, and the RMS of all channels together, of what is shown, in dBFS."""
    part = shown.sound.waveform[:, slice(*shown.span)]
    measure = lambda: (peak_dbfs(part).max().item(), power_to_db(db_to_power(rms_dbfs(part)).mean()).item())  # noqa: E731
    return remember("see:levels", (shown.sound.identity, shown.span), measure)


def filters_of(shown: Shown) -> MelFilters:
    """Return the mel filters of what is shown."""
    return mel_filters(shown.mel, shown.settings.window_length, shown.sound.sample_rate)


def _stats(shown: Shown) -> list[dict[str, str]]:
    (peak, rms), drawn = levels(shown), shown.heats[0]
    n_samples = shown.span[1] - shown.span[0]
    wide = heat.windows_per_column(shown.settings, n_samples)
    stats = [
        ("peak", decibels(peak), "The largest sample; 0 dBFS is full scale."),
        ("RMS", decibels(rms), "The root of the mean square of all samples; a tone at full scale has −3 dBFS."),
        ("sample rate", f"{number(shown.sound.sample_rate / 1000, 5)} kHz", "Samples a second in each channel."),
        ("channels", str(shown.sound.waveform.shape[0]), "The pictures show their mean power."),
        ("windows", f"{frame_count(n_samples, shown.settings):,}".replace(",", " "), "In what is shown."),
        ("in a column", f"{wide} window{'s' * (wide > 1)}", "The highest of at most four of them is drawn."),
    ]
    if shown.picture != "mfcc":
        where, level = drawn.strongest_hz, drawn.values.max()
        stats.append(
            (
                "strongest",
                f"{number(where, 3)} Hz",
                f"The highest cell of the picture: {number(level, 3)} {drawn.unit}.",
            )
        )
    return [{"label": label, "text": text, "help": told} for label, text, told in stats]


def _spectrogram(shown: Shown) -> tuple[list[dict], list[str]]:
    n, hop, rate = shown.settings.window_length, shown.settings.hop_length, shown.sound.sample_rate
    bin_hz, bins, m = rate / n, n // 2 + 1, APART[shown.settings.window]
    finer = " (finer than set, for a region so short)" if hop < controls.values(SpectrogramSettings).hop_length else ""
    return [], [
        f"Δf = fₛ / N = {rate} Hz / {n} = {number(bin_hz)} Hz from one bin to the next",
        f"N / fₛ = {n} / {rate} Hz = {number(1000 * n / rate)} ms in one window: what is nearer in time is seen as one",
        f"Δt = H / fₛ = {hop} / {rate} Hz = {number(1000 * hop / rate)} ms from one window to the next{finer}",
        f"n_fft = N = {n}: N / 2 + 1 = {bins} bins from 0 to fₛ / 2 = {number(rate / 2000)} kHz",
        f"{WINDOWS[shown.settings.window]}: two tones are told apart from about {m} Δf = {number(m * bin_hz, 3)} Hz on",
    ]


def _mel(shown: Shown) -> tuple[list[dict], list[str]]:
    mel, rate, n = shown.mel, shown.sound.sample_rate, shown.settings.window_length
    filters, bin_hz = filters_of(shown), rate / n
    corners, narrow, empty = filters.corners_hz, filters.narrow(bin_hz), filters.empty()
    low, high = hz_to_mel(corners[[0, -1]], mel.mel_scale).tolist()
    top = number(corners[-1].item(), 5)
    formula = "15 + 27 ln(f / 1000 Hz) / ln 6.4" if mel.mel_scale == "slaney" else "2595 log₁₀(1 + f / 700 Hz)"
    if mel.mel_scale == "slaney" and corners[-1] < 1000:
        formula = "3 f / 200 Hz"
    width = lambda k: number((corners[k + 2] - corners[k]).item() / 2, 3)  # noqa: E731
    return [_bank(filters, narrow.numpy(), bin_hz)], [
        f"m(f) = {formula}:  m({top} Hz) = {number(high)} mel",
        f"Δm = ({number(high)} − {number(low)}) / (M + 1) = {number(high - low)} / {mel.n_mels + 1} = "
        f"{number((high - low) / (mel.n_mels + 1), 3)} mel from one filter to the next",
        f"at half its height the first is {width(0)} Hz wide, the last {width(mel.n_mels - 1)} Hz; a bin is "
        f"Δf = {number(bin_hz)} Hz",
        f"{int(narrow.sum())} of {mel.n_mels} filters are narrower than a bin; {int(empty.sum())} let nothing through",
    ]


def _bank(filters: MelFilters, narrow: np.ndarray, bin_hz: float) -> dict:
    corners = filters.corners_hz.numpy()
    begin, middle, end = corners[:-2], corners[1:-1], corners[2:]
    peak = 2 / (end - begin) if controls.values(MelSettings).norm == "area" else np.ones(len(middle))
    layers = []
    for which, role, name in (
        (~narrow, "data", "filter"),
        (narrow, "fit", f"narrower than a bin, {number(bin_hz, 3)} Hz"),
    ):
        if which.any():
            a, b, c, top = begin[which], middle[which], end[which], peak[which]
            x, x1 = np.concatenate([a, b]), np.concatenate([b, c])
            y, y1 = np.concatenate([0 * top, top]), np.concatenate([top, 0 * top])
            layers.append(
                layer(
                    "segments", role, name=name, legend=True, x=x / 1000, x1=x1 / 1000, y=y, y1=y1, alpha=1, width=1.2
                )
            )
            layers.append(layer("points", role, name=f"middle of a {name}", x=b / 1000, y=top, size=2))
    is_log = controls.values(See).frequency_axis == "log"
    low = max(corners[0], 20.0) / 1000 if is_log else 0
    x = axis("frequency", low, corners[-1] / 1000, unit="kHz", log=is_log)
    told = f"{len(middle)} triangles, equally spaced in mel: narrow at low frequencies, wide at high ones"
    return panel(
        "bank", "The mel filters", x, axis("weight", 0, 1.06 * peak.max()), layers, span=12, height=170, alt=told
    )


def _mfcc(shown: Shown) -> tuple[list[dict], list[str]]:
    m, k, found = shown.mel.n_mels, shown.mel.n_mfcc, shown.cepstrum
    mean, level = found.coefficients.mean(1), found.levels_db.mean(1)
    kept = from_coefficients(mean, m)
    off = (kept - level).square().mean().sqrt().item()
    few = ",  ".join(f"c{heat.subscript(i)} = {number(mean[i].item())}" for i in range(min(k, 4)))
    return [_cosines(m, min(k, DRAWN_COSINES)), _kept(level.numpy(), kept.numpy(), k)], [
        "Lₘ = 10 log₁₀ Σₖ Hₘ[k] |X[k]|²,  nowhere more than 80 dB below the highest",
        f"cₖ = √(2 / M) Σₘ Lₘ cos(π k (m + ½) / M),  M = {m},  k = 0 … {k - 1};  c₀ with √(1 / M)",
        f"mean over time:  {few}{' …' * (k > 4)}",
        f"{k} of {m} coefficients give the mean column back to within {number(off, 3)} dB (RMS)",
    ]


def _cosines(m: int, n: int) -> dict:
    x = np.linspace(0, m - 1, 200)
    names = [f"class {i}" for i in range(n)]
    layers = [
        layer("line", role, name=f"k = {i}", legend=True, x=x + 1, y=np.cos(np.pi * i * (x + 0.5) / m), width=1.8)
        for i, role in enumerate(names)
    ]
    look = {"span": 6, "height": 180, "alt": f"the first {n} cosines over {m} bands"}
    return panel(
        "cosines", "The first cosines", axis("band", 1, m), axis("cos(π k (m + ½) / M)", -1.1, 1.1), layers, **look
    )


def _kept(level: np.ndarray, kept: np.ndarray, k: int) -> dict:
    x = np.arange(1, len(level) + 1)
    low, high = min(level.min(), kept.min()) - 3, max(level.max(), kept.max()) + 3
    layers = [
        layer("line", "data", name="L, mean over time", legend=True, x=x, y=level, width=1.5),
        layer("line", "fit", name=f"of {k} cosines", legend=True, x=x, y=kept, width=2),
    ]
    look = {"span": 6, "height": 180, "alt": f"the mean levels of the bands, and what {k} coefficients keep of them"}
    return panel(
        "kept", "What is kept", axis("band", 1, len(level)), axis("level", low, high, unit="dB"), layers, **look
    )
