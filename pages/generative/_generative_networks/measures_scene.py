"""The pictures of the part "Measures": samples at a level, the measures over the levels, features, frequencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.generative.comparison import N_POINTS, Sample, value_names, world_frequencies
from engine.generative.sheets import sheet_jpeg
from engine.generative.spoiling import BLUR, DROPPED, NOISE, TRUNCATION
from engine.generative.training_pictures import GLYPHS
from pages._ui.live import axis, column, frame, layer, now, panel
from pages._ui.session import remember
from pages.generative._generative_networks.measures_settings import NAMES
from pages.generative._generative_networks.measures_table import in_words

if TYPE_CHECKING:
    from pages.generative._generative_networks.measures_part import Levels

SHARES = ("precision", "recall", "density", "coverage")
CURVES = (  # key, title, axis, (channel, role)
    ("frechet", "Fréchet distance: how far apart", "distance", (("frechet", "fit"),)),
    ("fidelity", "Do they look real?", "share", (("precision", "data"), ("density", "truth"))),
    ("diversity", "Is everything there?", "share", (("recall", "validation"), ("coverage", "class 4"))),
)
LABELS = {DROPPED: "modes dropped", TRUNCATION: "truncation t", BLUR: "blur σ, px", NOISE: "noise σ"}
SIDE = 4  # pictures along a side of a sheet
SHEET_PX, CURVE_PX = 300, 190
TOP, BOTTOM = 0.42, 0.95  # of a row: a bar's frame; its name stands above


def channels(levels: Levels) -> dict[str, Any]:
    """Return the numbers of every level found so far, and what each is called."""
    made = [one.made for one in levels.found]
    points = np.stack([_padded(one.sample) for one in made])
    found = {
        "step": np.array([one.step for one in levels.found], np.float64),
        "amount": np.array([one.amount for one in levels.found], np.float64),
        "said": [in_words(levels, one) for one in levels.found],
        "frechet": np.array([one.frechet for one in made], np.float64),
        "point_x": points[..., 0],
        "point_y": points[..., 1],
        "bars": np.stack([100 * one.sample.frequencies.numpy()[_chosen(levels)] for one in made]),
    }
    return found | {name: np.array([getattr(one.shares, name) for one in made], np.float64) for name in SHARES}


def _padded(sample: Sample) -> np.ndarray:
    points = np.full((N_POINTS, 2), np.nan, np.float32)
    points[: len(sample.points)] = sample.points.numpy()
    return points


def _chosen(levels: Levels) -> list[int]:
    """Return the places of the values that are counted, in `value_names`."""
    attribute = "digit" if levels.world == GLYPHS else levels.said.counted
    return [k for k, (name, _) in enumerate(value_names(levels.world)) if name == attribute]


def panels(levels: Levels, identity: str) -> list[dict[str, Any]]:
    """Draw the comparison."""
    return [*_sheets(levels, identity), *(_curve(levels, *one) for one in CURVES), _features(levels), _bars(levels)]


def _sheets(levels: Levels, identity: str) -> list[dict[str, Any]]:
    first = levels.found[0]
    kept = remember("measures:sheets", identity, dict)
    shown = {-1: first.real} | {one.step: one.made.sample for one in levels.found}
    for step, sample in shown.items():
        if step not in kept:
            kept[step] = np.frombuffer(sheet_jpeg(sample.pictures), np.uint8)
    extent = [0, SIDE, 0, SIDE]
    jpegs = [kept[one.step] for one in levels.found]
    made = layer("image", run="a", jpegs=jpegs, which=now("step"), extent=extent)
    real = layer("image", jpeg=kept[-1], extent=extent)
    look = {"aspect": "equal", "bare": True, "height": SHEET_PX, "span": 6}
    places = axis("x", 0, SIDE), axis("y", 0, SIDE, down=True)
    return [
        panel("made", "Measured: {a.said}", *places, [made], alt="sixteen of the pictures of the level", **look),
        panel("real", "Real: what they are measured against", *places, [real], alt="sixteen real pictures", **look),
    ]


def _curve(levels: Levels, key: str, title: str, name: str, curves: tuple) -> dict[str, Any]:
    last = levels.found[0].total_steps
    found, second = channels(levels), levels.found[0].second
    layers, highest = [], 1.0
    for channel, role in curves:
        rest = second.frechet if channel == "frechet" else getattr(second.shares, channel)
        called = "Fréchet distance" if channel == "frechet" else channel
        ends = {"x": np.array([0.0, last]), "y": np.array([rest, rest])}
        look = {"run": "a", "x": column("step"), "y": column(channel), "legend": True, "ghost": True, "width": 1.8}
        layers.append(layer("line", role, name=f"{called} of two real samples", dash=True, width=1.1, **ends))
        layers.append(layer("path", role, name=called, **look))
        highest = max(highest, rest, float(found[channel].max()))
    look = {"span": 4, "height": CURVE_PX, "alt": f"{title} {', '.join(one for one, _ in curves)}, at each level"}
    return panel(key, title, {**axis("level", 0, last), "every": 1}, axis(name, 0, 1.08 * highest), layers, **look)


def _features(levels: Levels) -> dict[str, Any]:
    real = levels.found[0].real.points.numpy()
    every = np.concatenate([real, *(one.made.sample.points.numpy() for one in levels.found)])
    (low_x, low_y), (high_x, high_y) = every.min(0), every.max(0)
    layers = [
        layer("points", "data", name="real", x=real[:, 0], y=real[:, 1], size=2.4, alpha=0.7, legend=True),
        layer("points", "fit", name="measured", run="a", x=frame("point_x"), y=frame("point_y"), size=2.6, legend=True),
    ]
    x, y = axis("1st direction", low_x, high_x), axis("2nd direction", low_y, high_y)
    look = {"span": 6, "height": SHEET_PX, "alt": "features of real and of measured pictures, in two directions"}
    return panel("features", "Features, where real ones differ most", x, y, layers, **look)


def _bars(levels: Levels) -> dict[str, Any]:
    chosen = _chosen(levels)
    names = [value_names(levels.world)[k][1] for k in chosen]
    world = 100 * np.array(world_frequencies(levels.world))[chosen]
    is_digits = levels.world == GLYPHS  # which the axis can name
    rows = np.arange(len(chosen), dtype=np.float64) - ((TOP + BOTTOM) / 2 if is_digits else 0)
    middle = rows + (TOP + BOTTOM) / 2
    zero = np.zeros(len(chosen))
    high = max(float(world.max()), float(channels(levels)["bars"].max()))
    tips = [f"{name}: {share:.0f} % of the world" for name, share in zip(names, world, strict=True)]
    ends = {"x0": zero, "x1": world, "y0": rows + TOP, "y1": rows + BOTTOM}
    layers = [
        layer(
            "segments",
            "fit",
            name="measured",
            run="a",
            x=zero,
            x1=frame("bars"),
            y=middle,
            y1=middle,
            width=9,
            alpha=0.75,
        ),
        layer(
            "boxes",
            "data",
            name="the world",
            text=[""] * len(names) if is_digits else names,
            tips=tips,
            width=1.5,
            fill=0.06,
            **ends,
        ),
    ]
    what = "Digits" if levels.world == GLYPHS else NAMES[levels.said.counted].capitalize()
    y = (
        {**axis("digit", -0.5, 9.5, down=True), "every": 1}
        if is_digits
        else {**axis("", 0, len(chosen), down=True), "plain": True}
    )
    x = axis("share", 0, 1.1 * high, unit="%")
    look = {"span": 6, "height": SHEET_PX, "alt": f"{what}: shares, the world's as frames"}
    return panel("bars", f"{what}: bars, and the world's as frames", x, y, layers, **look)


def stats(levels: Levels) -> list[dict[str, str]]:
    """List the numbers that follow the playhead, each with that of two real samples."""
    second = levels.found[0].second
    told = [
        {
            "label": "Fréchet distance",
            "text": "{a.frechet}",
            "help": f"Two real samples: {second.frechet:.1f}.",
        }
    ]
    for name in SHARES:
        told.append({"label": name, "text": f"{{a.{name}}}", "help": f"Two real: {getattr(second.shares, name):.2f}."})
    each = "; ".join(f"level {one.step}: {in_words(levels, one)}" for one in levels.found).capitalize()
    return [{"label": LABELS[levels.settings.measure_spoil], "text": "{a.amount}", "help": f"{each}."}, *told]
