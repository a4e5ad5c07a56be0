"""The networks block by block: the U as a drawing, and a table with the shapes that the present chunk has in them."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from engine.source_separation import demucs, gtcrn, hdemucs, wave_u_net
from engine.source_separation.blocks import BLOCKS, Block
from engine.source_separation.gtcrn import SAMPLE_RATE_HZ as SPEECH_RATE_HZ
from engine.source_separation.separator import SAMPLE_RATE_HZ
from pages._ui.live import axis, layer, live, panel

CHUNKS = {
    "wave_u_net": (wave_u_net.CHUNKING, SAMPLE_RATE_HZ, "2 × {n}"),
    "demucs": (demucs.CHUNKING, SAMPLE_RATE_HZ, "2 × {n}"),
    "hdemucs": (hdemucs.CHUNKING, SAMPLE_RATE_HZ, "2 × {n}"),
    "gtcrn": (gtcrn.CHUNKING, SPEECH_RATE_HZ, "{n}"),
}
ROLES = {"down": "class 0", "bottom": "class 3", "up": "class 2"}
SIDES = {"down": "down: encoder", "bottom": "bottom", "up": "up: decoder"}
TITLES = {
    False: "Encoder left, decoder right; arrows are skips; the wider, the more steps",
    True: "From the left: spectrum down, waveform down, spectrum up, waveform up; skips join the levels",
}
NARROW = "\u202f"  # a space at which no line breaks
ROW_PX = 44  # a box, and its shape above it


def network(name: str) -> None:
    """Draw the blocks of a network, and their table."""
    blocks = BLOCKS[name]()
    chunking, rate, form = CHUNKS[name]
    shape = form.format(n=written(chunking.chunk))
    st.caption(
        f"A chunk is {shape} samples, {chunking.chunk / rate:.1f} s at {rate / 1000:g} kHz. Below: channels × steps of "
        "what each block gives; in a spectrogram channels × rows × frames."
        if name != "gtcrn"
        else f"A chunk is {shape} samples, {chunking.chunk / rate:.1f} s at {rate / 1000:g} kHz. Below: channels × "
        "frames × bands of what each block gives."
    )
    live(f"apart-blocks-{name}", [_drawing(blocks)])
    st.markdown(markdown(blocks))


def markdown(blocks: list[Block]) -> str:
    """Write the blocks as a table."""
    rows = (f"| {_together(one.name)} | {shape(one).replace(' ', NARROW)} | {one.does} |" for one in blocks)
    return "\n".join(["| block | gives | does |", "|---|---:|---|", *rows])


def shape(block: Block) -> str:
    """Write a block's shape: "48 × 49 492"."""
    return " × ".join(written(n) for n in block.shape)


def _together(text: str) -> str:
    return text.replace(" ", "\u00a0")


def written(n: int) -> str:
    """Write a whole number in groups of three digits."""
    return f"{n:,}".replace(",", "\u202f")


def _drawing(blocks: list[Block]) -> dict:
    """Draw the U: a box for each block, as wide as its steps (in powers of two), encoders left, decoders right."""
    depth, lowest = max(one.level for one in blocks), min(one.level for one in blocks)
    sizes = [math.log2(math.prod(one.shape[1:]) + 1) for one in blocks]
    widest = max(sizes)
    has_branches = any(one.branch for one in blocks)
    x0, x1, y0, y1 = [], [], [], []
    for one, size in zip(blocks, sizes, strict=True):
        width = 0.24 + 0.66 * size / widest
        left = _left(one, has_branches) + _beside(one, blocks)
        y = depth - one.level
        x0.append(left)
        x1.append(left + width)
        y0.append(y - 0.46)
        y1.append(y + 0.06)
    boxes = layer(
        "boxes",
        x0=np.array(x0),
        x1=np.array(x1),
        y0=np.array(y0),
        y1=np.array(y1),
        roles=[ROLES[one.side] for one in blocks],
        fill=0.16,
        width=1.5,
        text=[shape(one).replace(" ", "") for one in blocks],
        tips=[f"{one.name}: {shape(one)}. {one.does}" for one in blocks],
    )
    skips = None if has_branches else _skips(blocks, x0, x1, y0)
    return panel(
        "blocks",
        TITLES[has_branches],
        axis("", -2.05, 2.05),
        axis("depth", -0.6, depth - lowest + 0.6),
        [skips, boxes],
        bare=True,
        height=round(ROW_PX * (depth + 1 - lowest + 0.4)),
        alt="the blocks as a U: " + ", ".join(f"{one.name} {shape(one)}" for one in blocks),
    )


def _left(one: Block, has_branches: bool) -> float:
    """Return where a block's box begins: four columns for two branches, two else; the bottom between them."""
    if not has_branches:
        return {"down": -1.9, "bottom": -0.45, "up": 1.0}[one.side]
    branch = {"spectrum": 0.0, "waveform": 1.0, "": 0.5}[one.branch]
    return {"down": -2.0, "bottom": -1.5, "up": 0.0}[one.side] + branch


def _beside(one: Block, blocks: list[Block]) -> float:
    """Return how far a block moves aside where two stand at the bottom."""
    same = [other for other in blocks if (other.side, other.level, other.branch) == (one.side, one.level, one.branch)]
    return 0.0 if len(same) < 2 else (same.index(one) - 0.5) * 1.0


def _skips(blocks: list[Block], x0: list[float], x1: list[float], y0: list[float]) -> dict:
    start, end, height = [], [], []
    for k, one in enumerate(blocks):
        for j, other in enumerate(blocks):
            if one.side == "down" and other.side == "up" and (one.level, one.branch) == (other.level, other.branch):
                start.append(x1[k])
                end.append(x0[j])
                height.append((y0[k] + y0[j]) / 2 + 0.26)
    look = {"y": np.array(height), "y1": np.array(height), "width": 1.2, "head": 5}
    return layer("arrows", "residual", name="skip", x=np.array(start), x1=np.array(end), **look)
