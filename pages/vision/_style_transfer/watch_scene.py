"""The pictures of the part "Watch it optimise": what the picture is at a step, and how its losses fall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.io.images import encode_jpeg
from pages._ui import player
from pages._ui.live import axis, column, layer, now, panel
from pages._ui.numbers import number
from pages._ui.session import remember

if TYPE_CHECKING:
    from engine.style_transfer.watched import Watched
    from pages.vision._style_transfer.watch_runs import Both, Run

WHILE_GROWING = 6  # pictures that travel with every redrawing
HEIGHT_PX = 380
CURVES = {"J": ("total", "data"), "α J_content": ("acontent", "truth"), "β J_style": ("bstyle", "fit")}


def channels(run: Run) -> dict[str, np.ndarray]:
    """Return the run's numbers at each step that is shown, and which picture belongs to it."""
    steps = player.thin(run.steps, 400)
    kept = shown_pictures(run)
    places = np.array([one.step for one in kept])
    settings = run.settings
    rows = [(one.step, one.losses.total, one.losses.content, one.losses.style, one.losses.variation) for one in steps]
    step, total, content, style, variation = np.array(rows, float).T
    which = np.searchsorted(places, step, "right").clip(1) - 1
    return {
        "step": step,
        "total": total,
        "content": content,
        "style": style,
        "variation": variation,
        "acontent": settings.content_weight * content,
        "bstyle": settings.style_weight * style,
        "which": which.astype(np.float64),
    }


def shown_pictures(run: Run) -> list[Watched]:
    """Return the steps whose pictures travel to the browser: while the run grows, only a few."""
    kept = [one for one in run.steps if one.picture is not None]
    return player.thin(kept, WHILE_GROWING) if run.growing else kept


def scene(found: Both) -> list[dict[str, Any]]:
    """Return the panels: the picture of the run (and that of the one before), and the losses."""
    runs = {"before": found.before, "a": found.run} if found.before else {"a": found.run}
    titles = {"before": "First run", "a": "After the branch" if found.before else "The picture G"}
    span = 4 if found.before else 6
    panels = [_picture(name, titles[name], run, span) for name, run in runs.items()]
    return [*panels, _losses(runs, 12 - span * len(panels))]


def _picture(name: str, title: str, run: Run, span: int) -> dict[str, Any]:
    cache = remember(f"style-watch-jpegs:{name}", run.held.identity, dict)
    kept = shown_pictures(run)
    for one in kept:
        if one.step not in cache:
            cache[one.step] = np.frombuffer(encode_jpeg(one.picture.float() / 255, 88), np.uint8)
    height, width = kept[-1].picture.shape[1:]
    jpegs = [cache[one.step] for one in kept]
    picture = layer("image", run=name, jpegs=jpegs, which=now("which"), extent=[0, width, 0, height])
    x, y = axis("x", 0, width, unit="px"), axis("y", 0, height, unit="px", down=True)
    alt = f"{title} at the step where the player stands"
    look = {"aspect": "equal", "bare": True, "height": HEIGHT_PX, "span": span, "alt": alt}
    return panel(f"picture-{name}", title, x, y, [picture], **look)


def _losses(runs: dict[str, Run], span: int) -> dict[str, Any]:
    values = {name: channels(run) for name, run in runs.items()}
    everything = np.concatenate([values[name][channel] for name in runs for channel, _ in CURVES.values()])
    positive = everything[everything > 0]
    low, high = (positive.min(), positive.max()) if len(positive) else (0.1, 1.0)
    last = max(run.settings.steps for run in runs.values())
    layers = []
    for name in runs:
        for label, (channel, role) in CURVES.items():
            look = {"ghost": True, "dots": False, "width": 2}
            x, y = column("step"), column(channel)
            title = label if name == "a" else f"{label}, first run"
            role = role if name == "a" else "before"
            layers.append(layer("path", role, name=title, run=name, x=x, y=y, legend=name == "a", **look))
    alt = "The losses fall with the steps, on a logarithmic scale"
    axes = (axis("step", 0, last), axis("loss", low / 1.4, high * 1.4, log=True))
    return panel("losses", "Losses", *axes, layers, span=span, height=HEIGHT_PX, alt=alt)


def equations(run: Run) -> list[str]:
    """Return J with the numbers of the step filled in, by the browser."""
    s = run.settings
    a, b, c = (number(v) for v in (s.content_weight, s.style_weight, s.variation_weight))
    return [
        "J(G) = α J_content(G, C) + β J_style(G, S) + γ T(G)",
        f"= {a} · {{a.content}} + {b} · {{a.style}} + {c} · {{a.variation}} = {{a.total}}",
    ]


STATS = (
    {"label": "J", "text": "{a.total}", "help": "what is made small"},
    {
        "label": "J_content",
        "text": "{a.content}",
        "help": "the share of the photograph's features that is missing",
    },
    {"label": "J_style", "text": "{a.style}", "help": "the share of the style's Gram matrices that is missing"},
    {"label": "T", "text": "{a.variation}", "help": "how much neighbouring pixels differ"},
)
