"""The part "The judge": what the DCGAN's discriminator says of drawn faces, of generated ones, and of any picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from engine.datasets.avatars import make_avatars
from engine.generative import models
from engine.generative.judging import HELD_OUT, auc, bins, changed, probability, scatter, scores, square
from engine.generative.latent_views import face_latents, on_sheet
from engine.io.images import encode_png
from engine.io.tables import write_csv
from engine.weights import get
from pages._ui import controls, player
from pages._ui.exports import Export, take_away
from pages._ui.live import axis, layer, live, panel
from pages._ui.pictures import Picture, in_8_bits
from pages._ui.presets import try_this
from pages._ui.scripts import script, weight_files
from pages._ui.session import remember
from pages._ui.sources import Sources, ask
from pages._ui.tiles import tiles
from pages.generative._generative_networks import faces_networks
from pages.generative._generative_networks.faces_picture import face_panel
from pages.generative._generative_networks.faces_rebuild import drawn
from pages.generative._generative_networks.judge_settings import PRESETS, Judging
from pages.generative._generative_networks.view import View

N_SHOWN = 8
ROWS = {"drawn": ("Drawn", "data"), "dcgan": ("DCGAN", "fit"), "vae": ("VAE", "validation")}
BAND = 0.5  # height of a row's points; its histogram stands in the rest


SOURCES = Sources("judge", Judging, "judge_source", "judge_sample", drawn)


def presets() -> None:
    """Show where to start, while this part is open."""
    if controls.values(View).gan_part == "judge":
        try_this("judge_preset", PRESETS, Judging, on_choose=lambda: None)


def judge_part(left, right) -> None:
    """Draw the line of scores at the right, what is judged at the left."""
    source, picture = SOURCES.choose(left, right)
    with left:
        controls.control(Judging, "judge_change")
        with controls.redrawing("judge"):
            controls.control(Judging, "n_judged")
            controls.control(Judging, "judge_seed")
    with right:
        player.follow("judge", faces_networks.guarded(lambda: _judged(source, picture)))


def _judged(source: str, picture: Picture | None) -> bool:
    controls.share(View, Judging)
    why = faces_networks.why_missing(models.DCGAN)
    if why:
        st.info(why, icon=":material/info:")
        return False
    said = controls.values(Judging)
    kinds = remember("judge:kinds", (said.n_judged, said.judge_seed), lambda: _kinds(said))
    mine, image = None, None
    if picture is None:
        ask(source)
    else:
        image = in_8_bits(changed(square(picture.image), said.judge_change))
        mine = float(scores(models.discriminator(models.DCGAN, "cpu"), image[None])[0])
    panels = [_line(kinds, mine)]
    if image is not None:
        panels.append(face_panel("mine", "What D sees: 64 × 64", image, span=4, height=300))
    live("judge-live", panels, stats=_stats(kinds, mine))
    st.caption(
        "D was trained to tell drawn cartoon faces from those of its own generator at that time, and nothing else. Its "
        "score says how like a drawn face a picture looks to it. It cannot tell whether a photograph is real, or "
        "whose picture it is."
    )
    for name in [name for name in ("dcgan", "drawn") if name in kinds]:
        _extremes(name, *kinds[name])
    _take_away(kinds, said, image, mine)
    return False


def _kinds(said: Judging) -> dict[str, tuple[Any, Any]]:
    """Return kind → pictures and their scores, the highest first."""
    judge = models.discriminator(models.DCGAN, "cpu")
    pictures = {"drawn": make_avatars(said.n_judged, HELD_OUT, said.judge_seed * said.n_judged)[0]}
    for name in ("dcgan", "vae"):
        weights = faces_networks.WEIGHTS[name]
        if not faces_networks.why_missing(weights):
            painter = models.painter(weights, "cpu")
            pictures[name] = painter.paint(face_latents(said.judge_seed, said.n_judged, painter.latent))
    found = {}
    for name, shown in pictures.items():
        values, order = scores(judge, shown).sort(descending=True)
        found[name] = (shown[order], values)
    return found


def _line(kinds: dict, mine: float | None) -> dict:
    every = [float(v) for _, values in kinds.values() for v in (values.min(), values.max())]
    every += [] if mine is None else [mine]
    room = 0.06 * (max(every) - min(every) or 1)
    low, high = min(every) - room, max(every) + room
    layers = []
    for row, (name, (_, values)) in enumerate(reversed(kinds.items())):
        title, role = ROWS[name]
        x, y = scatter(values, row + 0.2, 0.25)
        outline_x, outline_y = bins(values, low, high)
        layers.append(layer("line", role, x=outline_x, y=row + 0.4 + BAND * outline_y, width=1.6))
        layers.append(layer("points", role, name=title, legend=True, x=x, y=y, size=2.5, alpha=0.65))
    top = float(len(kinds))
    if low < 0 < high:
        layers.append(
            layer(
                "line", "residual", name="D = ½", x=np.zeros(2), y=np.array([0, top]), dash=True, width=1.2, legend=True
            )
        )
    if mine is not None:
        layers.append(
            layer("line", "text", name="this picture", x=np.full(2, mine), y=np.array([0, top]), width=2.5, legend=True)
        )
    x, y = (
        axis("score s = log D / (1 − D): right, more like a drawn face", low, high),
        {**axis("", 0, top), "plain": True},
    )  # rows, not numbers
    alt = "Scores of " + ", ".join(f"{ROWS[name][0]}: mean {float(v.mean()):.1f}" for name, (_, v) in kinds.items())
    return panel("scores", "Scores", x, y, layers, span=8, height=300, alt=alt)


def _stats(kinds: dict, mine: float | None) -> list[dict[str, str]]:
    tiles_ = []
    if mine is not None:
        below = float((kinds["drawn"][1] < mine).float().mean())
        tiles_ += [
            {"label": "this picture", "text": _score(mine), "help": "Its score s, the logarithm of the odds."},
            {"label": "D = σ(s)", "text": f"{100 * probability(mine):.3g} %", "help": "How like a drawn face to D."},
            {"label": "drawn ones below it", "text": f"{100 * below:.0f} %", "help": "Of the drawn faces on the line."},
        ]
    for name, (_, values) in kinds.items():
        tiles_.append(
            {"label": f"{ROWS[name][0]}, mean s", "text": _score(float(values.mean())), "help": "Mean score."}
        )
    told = auc(kinds["drawn"][1], kinds["dcgan"][1])
    tiles_.append(
        {
            "label": "told apart",
            "text": f"{100 * told:.1f} %",
            "help": "How often a drawn face is scored above one of the DCGAN: 50 % is guessing, 100 % is never wrong.",
        }
    )
    return tiles_


def _score(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _extremes(name: str, pictures: Any, values: Any) -> None:
    chosen = [*range(N_SHOWN // 2), *range(len(pictures) - N_SHOWN // 2, len(pictures))]
    whose = "of the DCGAN" if name == "dcgan" else "among the drawn"
    tiles(
        f"judge-{name}",
        f"Faces {whose}, by score",
        pictures[chosen],
        title=f"Most and least like a drawn face to D, {whose}",
        captions=[f"s {_score(float(values[k]))}" for k in chosen],
        columns=N_SHOWN,
        most_px=104,
    )


def _take_away(kinds: dict, said: Judging, image: Any, mine: float | None) -> None:
    table = {"kind": [], "score": [], "D": []}
    rows = [(ROWS[name][0], float(v)) for name, (_, values) in kinds.items() for v in values]
    rows += [] if mine is None else [("this picture", mine)]
    for kind, score in rows:
        for column, cell in zip(table.values(), (kind, score, probability(score)), strict=True):
            column.append(cell)
    files = {} if image is None else {"picture.png": encode_png(image)}
    settings = {"n": said.n_judged, "seed": said.judge_seed}
    ordered = kinds["dcgan"][0]
    take_away(
        [
            Export("Scores", "scores.csv", lambda: write_csv(table), "Every score, and D."),
            Export("Faces", "judged.png", lambda: encode_png(on_sheet(ordered, 10, 2, 2)), "Generated, best first."),
            script("judge_picture", lambda: (settings, files | weight_files(get(models.DCGAN)))),
        ]
    )
