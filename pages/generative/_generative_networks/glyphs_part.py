"""The part "Digits": a conditional GAN writes the digits that are asked for, and a classifier reads them."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from engine.generative import models
from engine.generative.asking import Written, write
from engine.generative.latent_views import inked, on_sheet
from engine.io.images import encode_png
from engine.io.tables import write_csv
from engine.weights import get, path_of
from pages._ui import controls, player
from pages._ui.charts import GROUND, scheme
from pages._ui.exports import Export, take_away
from pages._ui.live import axis, layer, live, panel
from pages._ui.presets import try_this
from pages._ui.scripts import script, weight_files
from pages._ui.session import keep_in_link, remember
from pages.generative._generative_networks import faces_networks
from pages.generative._generative_networks.glyphs_settings import (
    ASKED,
    ASKED_AT_FIRST,
    CELL,
    MOST_DIGITS,
    PRESETS,
    Digits,
)
from pages.generative._generative_networks.view import View


def presets() -> None:
    """Show where to start, while this part is open."""
    if controls.values(View).gan_part == "digits":
        try_this("digits_preset", PRESETS, Digits, on_choose=lambda: None)


def glyphs_part(left, right) -> None:
    """Draw what was written at the right, what is asked for at the left."""
    if ASKED not in st.session_state:
        st.session_state[ASKED] = only_digits(st.query_params.get("digits", "")) or ASKED_AT_FIRST
    with left:
        help_ = f"Digits 0 to 9, at most {MOST_DIGITS}; anything else is left out."
        st.text_input("Write this number", key=ASKED, max_chars=40, help=help_, persist_state="session")
        with controls.redrawing("digits"):
            for name in ("n_rows", "same_z", "digit_truncation", "digit_seed"):
                controls.control(Digits, name)
    with right:
        player.follow("digits", faces_networks.guarded(_written))


def only_digits(text: str) -> str:
    """Return the digits of a text, at most `MOST_DIGITS`."""
    return "".join(c for c in text if c in "0123456789")[:MOST_DIGITS]


def _written() -> bool:
    controls.share(View, Digits)
    number = only_digits(st.session_state[ASKED])
    keep_in_link("digits", None if number == ASKED_AT_FIRST else number)
    why = faces_networks.why_missing(models.CONDITIONAL)
    if why or not number:
        st.info(why or "Type a number at the left: its digits are written here.", icon=":material/info:")
        return False
    said = controls.values(Digits)
    found = remember("digits", (number, said), lambda: _write(number, said))
    live("digits-live", [_panel(found, number)], stats=_stats(found, number))
    st.caption(
        "The class goes in beside z, one-hot, in the generator and in the discriminator: so z is left to say *how* a "
        "digit is written. A frame marks what the classifier reads as another digit; hold the pointer over any."
    )
    _take_away(found, number, said)
    return False


def _write(number: str, said: Digits) -> Written:
    painter, reader = models.painter(models.CONDITIONAL, "cpu"), models.glyph_reader("cpu")
    return write(painter, reader, number, said.n_rows, said.digit_seed, said.digit_truncation, said.same_z)


def _panel(found: Written, number: str) -> dict:
    columns, rows = len(number), len(found.pictures) // len(number)
    png = remember("digits:png", (id(found), scheme()), lambda: _png(found, columns))
    width, height = columns * CELL - 2, rows * CELL - 2
    image = layer("image", jpeg=png, extent=[0, width, 0, height])
    left = np.array([k % columns * CELL for k in range(len(found.pictures))], float)
    top = np.array([k // columns * CELL for k in range(len(found.pictures))], float)
    tips = [
        f"asked for {a}, read as {r}\n{100 * sure:.1f} % sure"
        for a, r, sure in zip(found.asked, found.read, found.sure, strict=True)
    ]
    wrong = [int(a != r) for a, r in zip(found.asked, found.read, strict=True)]
    boxes = layer(
        "boxes",
        "bad",
        name="read as another digit",
        x0=left,
        y0=top,
        x1=left + CELL - 2,
        y1=top + CELL - 2,
        alpha=np.array([1.0 if one else 0.004 for one in wrong]),
        width=1.6,
        tips=tips,
    )
    x, y = axis("x", 0, width), axis("y", 0, height, down=True)
    alt = f"{rows} times the number {number}; {sum(wrong)} of {len(wrong)} digits are read as another"
    look = {"aspect": "equal", "bare": True, "span": 12, "height": min(76 * rows, 520), "alt": alt}
    title = "G(z, class): a row is one z" if found.same_z else "G(z, class): every digit has a z of its own"
    return panel("digits", title, x, y, [image, boxes], **look)


def _png(found: Written, columns: int) -> Any:
    colours = [tuple(int(GROUND[scheme()][name][i : i + 2], 16) for i in (1, 3, 5)) for name in ("background", "text")]
    ground = colours[0]
    coloured = inked(found.pictures, *colours)
    return np.frombuffer(encode_png(on_sheet(coloured, columns, 2, 3, ground)), np.uint8)


def _stats(found: Written, number: str) -> list[dict[str, str]]:
    n = len(found.asked)
    right = sum(a == r for a, r in zip(found.asked, found.read, strict=True))
    worst = min(range(n), key=lambda k: found.as_asked[k])
    where = f"row {worst // len(number) + 1}, digit {worst % len(number) + 1}"
    mean = sum(found.as_asked) / n
    return [
        {
            "label": "read as asked for",
            "text": f"{right} of {n}",
            "help": "By a classifier right on 99.98 % of real ones.",
        },
        {"label": "mean confidence", "text": f"{100 * mean:.2f} %", "help": "Of the class that was asked for."},
        {
            "label": "least sure of",
            "text": f"{found.asked[worst]}: {100 * found.as_asked[worst]:.1f} %",
            "help": f"In {where}.",
        },
    ]


def _take_away(found: Written, number: str, said: Digits) -> None:
    weights = get(models.CONDITIONAL)
    columns = len(number)
    table = {
        "row": [k // columns + 1 for k in range(len(found.asked))],
        "asked for": found.asked,
        "read as": found.read,
        "confidence": found.sure,
    }
    settings = {
        "number": number,
        "n_rows": said.n_rows,
        "seed": said.digit_seed,
        "truncation": said.digit_truncation,
        "same_z": said.same_z,
    }
    paper = lambda: encode_png(on_sheet(1 - found.pictures, columns, 2, 4))  # noqa: E731
    take_away(
        [
            Export("Picture", "digits.png", paper, "PNG, black on white, four times as large."),
            Export("Readings", "digits.csv", lambda: write_csv(table), "What was asked for and what is read."),
            Export("Network", path_of(weights).name, path_of(weights).read_bytes, "The trained weights, safetensors."),
            script("ask_digits", lambda: (settings, weight_files(weights, get("GLYPH_READER_V1")))),
        ]
    )
