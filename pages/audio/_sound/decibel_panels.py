"""The pictures of the part "Decibels": levels over time, ratios over decibels, and waveforms that are added."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.spectral_analysis.decibels import db_to_power, peak_dbfs, power_to_db, rms_dbfs
from engine.spectral_analysis.overview import waveform_overview
from engine.spectral_analysis.superposition import level_of_sum_db
from pages._ui.live import axis, layer, panel
from pages.audio._sound.heat import COLUMNS

if TYPE_CHECKING:
    from pages.audio._sound.decibel_sums import Both

LOWEST_DB = -54.0  # of the meter
REACH_DB = 40.0
LEAST_SUM_DB = -36.0
EXCERPT_S = 0.008
MARKS_DB = (-20, -6, 3, 6, 10, 20)


def decibels(value: float, unit: str = "dBFS", *, sign: bool = False, digits: int = 1) -> str:
    """Write a level, which is −∞ for silence; with `sign` also that of what is louder."""
    text = "−∞" if value == -math.inf else f"{value:{'+' if sign else ''}.{digits}f}".replace("-", "−")
    return f"{text} {unit}"


def signed(value: float, digits: int = 1) -> str:
    """Write a gain with its sign, and no more decimals than it needs."""
    text = f"{value:+.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def level_of(waveform: Any) -> float:
    """Return the RMS of all channels together, in dBFS."""
    return power_to_db(db_to_power(rms_dbfs(waveform)).mean()).item()


def meter(part: Any) -> list[dict[str, str]]:
    """Say peak and RMS of each channel of a sound (C, T)."""
    names = [""] if part.shape[0] == 1 else [" left", " right"]
    found = zip(names, peak_dbfs(part).tolist(), rms_dbfs(part).tolist(), strict=True)
    return [
        {"label": f"{what}{name}", "text": decibels(value), "help": told}
        for name, peak, rms in found
        for what, value, told in (
            ("peak", peak, "The largest sample of the sound as it is; 0 dBFS is full scale."),
            ("RMS", rms, "The root of the mean square; a tone at full scale has −3 dBFS."),
        )
    ]


def heard_levels(before: Any, after: Any) -> list[dict[str, str]]:
    """Say the peaks of what is played."""
    told = "The highest sample of what is played."
    peaks = [decibels(peak_dbfs(one).max().item()) for one in (before, after)]
    return [
        {"label": f"{name} played", "text": peak, "help": told}
        for name, peak in zip(("reference", "changed"), peaks, strict=True)
    ]


def levels_over_time(part: Any, rate: int) -> dict:
    """Draw peak and RMS of a sound (C, T) over time, in dBFS."""
    seen = waveform_overview(part, rate, COLUMNS // 3)
    x = (seen.times_s[:-1] + seen.times_s[1:]).numpy() / 2
    peak = np.maximum(-seen.low.amin(0).numpy(), seen.high.amax(0).numpy())
    rms = seen.rms.square().mean(0).sqrt().numpy()
    in_db = lambda level: np.maximum(20 * np.log10(np.maximum(level, 1e-9)), LOWEST_DB)  # noqa: E731
    layers = [
        layer("line", "before", name="peak", legend=True, x=x, y=in_db(peak), width=1.2),
        layer("line", "data", name="RMS", legend=True, x=x, y=in_db(rms), width=2),
    ]
    y = axis("level", LOWEST_DB, 3.0, unit="dBFS")
    return panel(
        "levels",
        "The sound's level",
        axis("time", 0, part.shape[1] / rate, unit="s"),
        y,
        layers,
        height=130,
        alt="levels over time",
    )


def ratios(gain_db: float) -> dict:
    """Draw how amplitude and power grow with the gain."""
    db = np.linspace(-REACH_DB, REACH_DB, 81)
    marks = np.array(MARKS_DB, float)
    layers = []
    for role, name, per in (("data", "amplitude a / a₀", 20), ("truth", "power p / p₀", 10)):
        layers.append(layer("line", role, name=name, legend=True, x=db, y=10 ** (db / per), width=2))
        tips = [f"{signed(m)} dB: {name} = {10 ** (m / per):.4g}" for m in MARKS_DB]
        layers.append(layer("points", role, name=name, x=marks, y=10 ** (marks / per), size=3, tips=tips))
        layers.append(
            layer("points", "fit", name="this gain", legend=per == 10, x=[gain_db], y=[10 ** (gain_db / per)], size=6)
        )
    x, y = axis("gain", -REACH_DB, REACH_DB, unit="dB"), axis("ratio", 1e-4, 1e4, log=True)
    told = "two straight lines over the gain: the power's is twice as steep as the amplitude's"
    return panel("ratios", "Ratios over decibels", x, y, layers, span=12, height=190, alt=told)


def sums(both: Both, rate: int, phase_deg: float | None, more_db: float) -> list[dict]:
    """Draw a few milliseconds of two sounds and their sum, and how loud a sum is."""
    n = min(round(EXCERPT_S * rate), both.first.shape[1])
    start = min(int(both.first.abs().amax(0).argmax()), both.first.shape[1] - n)
    x = 1000 * np.arange(n) / rate
    named = (("data", "first", both.first), ("class 3", "second", both.second), ("fit", "both at once", both.sum))
    cut = [(role, name, one[0, start : start + n].numpy()) for role, name, one in named]
    high = 1.1 * max(float(np.abs(y).max()) for _, _, y in cut) or 1.0
    layers = [
        layer("line", role, name=name, legend=True, x=x, y=y, width=1.5 + (role == "fit")) for role, name, y in cut
    ]
    excerpt = panel(
        "excerpt",
        "A few milliseconds",
        axis("time", 0, float(x[-1]), unit="ms"),
        axis("amplitude", -high, high),
        layers,
        span=7,
        height=230,
        alt="two waveforms and their sum",
    )
    return [excerpt, _by_phase(phase_deg, more_db)]


def _by_phase(phase_deg: float | None, more_db: float) -> dict:
    degrees = np.linspace(0, 360, 361)
    curve = np.array([max(level_of_sum_db(one), LEAST_SUM_DB) for one in degrees])
    layers = [
        layer("line", "before", name="two equal ones", legend=True, x=degrees, y=curve, width=2),
        layer(
            "line",
            "truth",
            name="unrelated",
            legend=True,
            x=np.array([0.0, 360.0]),
            y=np.full(2, 10 * math.log10(2)),
            width=1.5,
            dash=True,
        ),
    ]
    level = max(more_db, LEAST_SUM_DB) if not math.isnan(more_db) else LEAST_SUM_DB
    if phase_deg is None:
        layers.append(
            layer(
                "segments",
                "fit",
                name="measured",
                legend=True,
                x=[0.0],
                x1=[360.0],
                y=[level],
                y1=[level],
                alpha=1,
                width=3,
            )
        )
    else:
        layers.append(layer("points", "fit", name="measured", legend=True, x=[phase_deg], y=[level], size=6))
    x, y = axis("phase φ", 0, 360, unit="°"), axis("louder by", LEAST_SUM_DB, 9, unit="dB")
    return panel(
        "phase",
        "How much louder",
        x,
        y,
        layers,
        span=5,
        height=230,
        alt="from +6 dB in phase to silence half a turn later",
    )
