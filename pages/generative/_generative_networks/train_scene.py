"""The pictures of a training: what the same z gives along the time line, real ones beside it, losses, right answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.generative.sheets import sheet_jpeg
from pages._ui import player
from pages._ui.live import axis, column, layer, now, panel
from pages._ui.session import remember
from pages.generative._generative_networks.train_runs import Run

WHILE_GROWING = 6  # sheets that travel with every redrawing
SIDE = 4  # pictures along a side of a sheet
HEIGHT_PX, SMALL_PX = 360, 170
CURVES = {  # channel → (panel, name, role)
    "loss_d": ("losses", "L_D", "data"),
    "loss_g": ("losses", "L_G", "fit"),
    "right_real": ("right", "real ones", "data"),
    "right_fake": ("right", "generated ones", "fit"),
    "reconstruction": ("losses", "reconstruction", "data"),
    "KL": ("kl", "KL", "fit"),
}
TITLES = {"losses": "Losses", "right": "What D judges rightly", "kl": "KL, from code to prior"}


def terms_of(run: Run) -> tuple[str, ...]:
    """Return the names of what is measured at each step."""
    return (
        ("reconstruction", "KL") if run.settings.network == "vae" else ("loss_d", "loss_g", "right_real", "right_fake")
    )


def shown(run: Run) -> list:
    """Return the snapshots whose sheets travel to the browser: while the run grows, only a few."""
    return player.thin(run.painted, WHILE_GROWING) if run.growing else run.painted


def channels(run: Run) -> dict[str, np.ndarray]:
    """Return the numbers at each step, and which sheet belongs to it."""
    snapshots = player.thin(run.snapshots)
    steps = np.array([one.step for one in snapshots], np.float64)
    places = np.array([one.step for one in shown(run)])
    found = {"step": steps, "which": (np.searchsorted(places, steps, "right").clip(1) - 1).astype(np.float64)}
    for name in terms_of(run):
        scale = 100 if name.startswith("right") else 1
        values = [one.terms.get(name, np.nan) for one in snapshots]
        found[name] = scale * filled(np.array(values, np.float64))
    return found


def filled(values: np.ndarray) -> np.ndarray:
    """Put the next number where there is none yet: before the first step nothing is measured."""
    for k in range(len(values) - 2, -1, -1):
        if np.isnan(values[k]):
            values[k] = values[k + 1]
    return np.nan_to_num(values)


def panels(run: Run, real: np.ndarray) -> list[dict[str, Any]]:
    """Draw a training."""
    return [_samples(run), real_panel(real), *_curves(run, channels(run))]


def real_panel(jpeg: np.ndarray) -> dict[str, Any]:
    """Draw the first sixteen of the real pictures."""
    return _sheet("real", "Real: some of what it learns from", [layer("image", jpeg=jpeg, extent=[0, SIDE, 0, SIDE])])


def _samples(run: Run) -> dict[str, Any]:
    cache = remember("train-sheets", run.started.number, dict)
    for one in shown(run):
        if one.step not in cache:
            cache[one.step] = np.frombuffer(sheet_jpeg(one.samples), np.uint8)
    jpegs = [cache[one.step] for one in shown(run)]
    picture = layer("image", run="a", jpegs=jpegs, which=now("which"), extent=[0, SIDE, 0, SIDE])
    return _sheet("samples", "Generated: the same sixteen z all along", [picture])


def _sheet(key: str, title: str, layers: list[dict]) -> dict[str, Any]:
    inner = np.arange(1, SIDE, dtype=np.float64)
    ends = np.zeros(SIDE - 1), np.full(SIDE - 1, float(SIDE))
    look = {"role": "background", "width": 3}
    lines = [
        layer("segments", x=inner, y=ends[0], x1=inner, y1=ends[1], **look),
        layer("segments", x=ends[0], y=inner, x1=ends[1], y1=inner, **look),
    ]
    places = axis("x", 0, SIDE), axis("y", 0, SIDE, down=True)
    look = {"aspect": "equal", "bare": True, "height": HEIGHT_PX, "span": 6}
    return panel(key, title, *places, [*layers, *lines], alt=f"{title}, sixteen pictures", **look)


def _curves(run: Run, values: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    names = terms_of(run)
    steps = axis("step", 0, 1.01 * run.settings.steps)
    drawn = []
    for key in dict.fromkeys(CURVES[name][0] for name in names):
        own = [name for name in names if CURVES[name][0] == key]
        layers = [
            layer("path", CURVES[n][2], name=CURVES[n][1], run="a", x=column("step"), y=column(n), **_LINE) for n in own
        ]
        y = axis("share", 0, 105, unit="%") if key == "right" else _range(np.concatenate([values[n] for n in own]))
        look = {"span": 6, "height": SMALL_PX, "alt": f"{TITLES[key]} at each step"}
        drawn.append(panel(key, TITLES[key], steps, y, layers, **look))
    return drawn


_LINE = {"legend": True, "ghost": True, "width": 1.5, "dots": False}


def _range(values: np.ndarray) -> dict:
    """Return an axis for these values that a few far ones do not stretch."""
    low, high = np.quantile(values, [0.0, 0.985])
    pad = 0.08 * max(high - low, 0.1)
    return axis("nats", min(0.0, low), high + pad)


def stats(run: Run) -> list[dict[str, str]]:
    """List the numbers that follow the playhead."""
    if run.settings.network == "vae":
        return [
            {"label": "reconstruction", "text": "{a.reconstruction}", "help": "Nats a picture, for what it lacks."},
            {"label": "KL", "text": "{a.KL}", "help": "Nats a picture that its code tells."},
        ]
    half = "½ of the answers would be right by guessing."
    return [
        {"label": "L_D", "text": "{a.loss_d}", "help": "Nats; 2 log 2 = 1.386 when D cannot tell at all."},
        {"label": "L_G", "text": "{a.loss_g}", "help": "Nats; log 2 = 0.693 when D cannot tell at all."},
        {"label": "D right, real", "text": "{a.right_real} %", "help": f"Real pictures that D takes for real. {half}"},
        {"label": "D right, generated", "text": "{a.right_fake} %", "help": f"Generated ones it sees through. {half}"},
    ]


def equations(run: Run) -> list[str]:
    """Write what is made small with its current numbers."""
    if run.settings.network == "vae":
        return [f"L = reconstruction + β KL = {{a.reconstruction}} + {run.settings.beta:g} · {{a.KL}}"]
    return [
        "L_D = −E log D(x) − E log(1 − D(G(z))) = {a.loss_d}",
        "L_G = −E log D(G(z)) = {a.loss_g}",
    ]
