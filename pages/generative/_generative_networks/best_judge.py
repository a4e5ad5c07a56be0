"""The part "The best D": a discriminator that learns against two fixed densities, beside the best there is."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
import streamlit as st

from engine.generative.optimal_discriminator import (
    TwoDensities,
    cut_densities,
    cut_points,
    jensen_shannon,
    learn,
    optimal_field,
)
from engine.io.tables import write_csv
from pages._ui import controls, player
from pages._ui.exports import Export, take_away
from pages._ui.live import Command, axis, column, frame, layer, live, panel
from pages._ui.numbers import number
from pages._ui.presets import Preset, try_this
from pages._ui.scripts import script
from pages._ui.session import remember
from pages.generative._generative_networks.plane_scene import EXTENT, SMALL, SQUARE
from pages.generative._generative_networks.view import View

PRESETS = (
    Preset("Overlap", "Two clouds that overlap: how near to V(D*) does D come, and where are they unlike?", {}),
    Preset(
        "Apart",
        "The clouds hardly meet. What is the JSD now, and how would it change if q came a little nearer?",
        {"real_at": -2.0, "made_at": 2.0, "real_spread": 0.3, "made_spread": 0.3},
    ),
    Preset(
        "The same",
        "p and q are equal: the goal of the game. What must D say everywhere, and what is V?",
        {"real_at": 0.0, "made_at": 0.0, "real_spread": 0.8, "made_spread": 0.8},
    ),
    Preset(
        "One in the other",
        "q lies inside p. Where is D above ½? What is it far out, where neither has points?",
        {"real_at": 0.0, "made_at": 0.0, "real_spread": 1.2, "made_spread": 0.4},
    ),
)
NAMES = ("real_at", "real_spread", "made_at", "made_spread", "best_steps", "best_width", "best_seed")


def presets() -> None:
    """Show where to start, while this part is open."""
    if controls.values(View).gan_part == "best":
        try_this("best_preset", PRESETS, TwoDensities, on_choose=lambda: None)


def best_part(left, right) -> None:
    """Draw D and D* at the right, the controls at the left."""
    with right:
        player.follow("best", _learned)
    with left, controls.redrawing("best"):
        for name in NAMES:
            controls.control(TwoDensities, name)


def _learned() -> bool:
    settings = controls.values(TwoDensities)
    controls.share(View, TwoDensities)
    held = player.run("best", learn, settings, identity=settings)
    while held.job.latest is None:
        held.job.wait(0.01)
        if held.job.error:
            raise held.job.error
    growing = not player.ended(held)
    snapshots = held.job.snapshots
    known = remember("best:known", settings, lambda: _known(settings))
    best_value = 2 * known["jsd"] - math.log(4)
    run = {name: np.array([getattr(one, name) for one in snapshots]) for name in ("step", "value", "difference")}
    run |= {name: np.stack([getattr(one, name).numpy() for one in snapshots]) for name in ("field", "cut")}
    live(
        "best-live",
        [
            _map("learned", "D, as it learns", frame("field"), "a", settings),
            _map("best", "D* = p / (p + q)", known["field"], "", settings),
            _cut(known),
            _value(run, best_value, settings.best_steps),
        ],
        {"a": run},
        player=player.bar(held.identity, offers=["reseed", *(["stop"] if growing else [])], growing=growing),
        equations=[
            "V(D) = E_p log D + E_q log(1 − D) = {a.value}",
            f"max V = V(D*) = −log 4 + 2 JSD(p ‖ q) = {number(-math.log(4))} + 2 · {number(known['jsd'])} = "
            f"{number(best_value)}",
        ],
        stats=[
            {"label": "V(D)", "text": "{a.value}", "help": "In nats, integrated over the plane."},
            {"label": "V(D*)", "text": number(best_value), "help": "No discriminator reaches more."},
            {"label": "mean |D − D*|", "text": "{a.difference}", "help": "Where points are: weighted by (p + q) / 2."},
            {"label": "JSD(p ‖ q)", "text": number(known["jsd"]), "help": "From 0 (equal) to log 2 = 0.693 (apart)."},
        ],
        note=player.waiting_note(held),
        on_command=_obey,
    )
    st.caption(
        "D only ever sees samples, and still finds the ratio of the two densities; where there are none, it is free. "
        "Against its best answer, what G minimises in the minimax game is the Jensen–Shannon divergence: where p and q "
        "hardly meet it is flat, and the gradient that reaches G is gone."
    )
    if not growing:
        _take_away(run, known, settings)
    return growing


def _take_away(run: dict, known: dict, settings: TwoDensities) -> None:
    cut = {name: known[name] for name in ("x", "p", "q", "best")} | {"D": run["cut"][-1]}
    values = {name: run[name] for name in ("step", "value", "difference")}
    take_away(
        [
            Export("Cut", "best_d_cut.csv", lambda: write_csv(cut), "p, q, D* and D along the x axis."),
            Export("Values", "best_d_values.csv", lambda: write_csv(values), "V(D) and |D − D*| at every step."),
            script("best_discriminator", lambda: ({"densities": asdict(settings), "until": int(run["step"][-1])}, {})),
        ]
    )


def _known(settings: TwoDensities) -> dict:
    p, q, best = (one.numpy() for one in cut_densities(settings))
    return {
        "jsd": jensen_shannon(settings),
        "field": optimal_field(settings).numpy(),
        "x": cut_points()[:, 0].numpy(),
        "p": p,
        "q": q,
        "best": best,
    }


def _map(key: str, title: str, grid, run: str, settings: TwoDensities) -> dict:
    heat = layer("heat", name="D", run=run, grid=grid, extent=EXTENT, range=[255, 0], ramp="diverging", alpha=0.7)
    rings = [
        layer("circles", role, name=f"{name}: σ and 2 σ", legend=True, width=1.6, halo=True, **_circles(at, spread))
        for role, name, at, spread in (
            ("data", "p", settings.real_at, settings.real_spread),
            ("fit", "q", settings.made_at, settings.made_spread),
        )
    ]
    places = axis("x", *EXTENT[:2]), axis("y", *EXTENT[:2])
    field = {"label": title[:2].strip(","), "map": "bytes"}
    look = SQUARE | {"height": 300}
    return panel(key, title, *places, [heat, *rings], field=field, alt=f"{title} over the plane", **look)


def _circles(at: float, spread: float) -> dict[str, np.ndarray]:
    return {"x": np.array([at, at]), "y": np.zeros(2), "r": np.array([spread, 2 * spread])}


def _cut(known: dict) -> dict:
    top = max(known["p"].max(), known["q"].max())
    layers = [
        layer("line", "data", name="p", x=known["x"], y=known["p"] / top, width=1.2, legend=True, alpha=0.8),
        layer("line", "fit", name="q", x=known["x"], y=known["q"] / top, width=1.2, legend=True, alpha=0.8),
        layer("line", "truth", name="D*", x=known["x"], y=known["best"], dash=True, legend=True),
        layer("line", "text", name="D", run="a", x=known["x"], y=frame("cut"), legend=True),
    ]
    title = "Along the x axis (p and q as parts of the higher peak)"
    return panel(
        "cut", title, axis("x", *EXTENT[:2]), axis("D", 0, 1), layers, alt="D and D* along the x axis", **SMALL
    )


def _value(run: dict, best: float, total: int) -> dict:
    low = min(float(run["value"].min()), best - 0.1)
    ends = np.array([0.0, total])
    layers = [
        layer("line", "truth", name="V(D*)", x=ends, y=np.array([best, best]), dash=True, width=1.5, legend=True),
        layer("path", "text", name="V(D)", run="a", x=column("step"), y=column("value"), ghost=True, legend=True),
    ]
    y = axis("V", max(low, best - 1.5), best + 0.15, unit="nats")
    return panel("value", "V against steps", axis("step", 0, 1.02 * total), y, layers, alt="V at each step", **SMALL)


def _obey(command: Command) -> None:
    if command.name == "reseed":
        controls.put(TwoDensities, {"best_seed": (controls.values(TwoDensities).best_seed + 1) % 10000})
        player.redraw_page()
    elif command.name == "stop":
        player.stop("best")
