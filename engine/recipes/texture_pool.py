"""Pictures of every kind that is here, for a network to learn to see on.

Photographs out of the wheels, surfaces, drawn scenes and figures, and style pictures. They are cut to squares of
`SIZE_PX` at any scale and kept as bytes, with the number of the source they come from.

Conventions: pictures are uint8 (N, 3, S, S), sources int64 (N,), positions in `SOURCES`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from engine.datasets.content_pictures import CONTENT, GROUNDS, load_content, load_ground
from engine.datasets.figures import make_figure
from engine.datasets.scenes import make_scene
from engine.datasets.style_pictures import KINDS, draw_random
from engine.recipes.training import write
from engine.runtime.seeds import child_seed, generator
from engine.style_transfer.sizes import fit

SIZE_PX = 128
SHIPPED = tuple(name for name, content in CONTENT.items() if content.package in ("skimage", "sklearn"))
SOURCES = (*SHIPPED, *GROUNDS, "scenes", "figures", *KINDS)
_SHARES = {"scenes": 6, "figures": 4}  # how often, against 1 for every other source
_DRAWN_PX = 192


@dataclass(frozen=True)
class Pool:
    """Pictures, and where each comes from."""

    pictures: Tensor
    sources: Tensor


def make_pool(n: int, seed: int, folder: Path | None = None) -> Pool:
    """Return n pictures of a seed; those that `folder` keeps are used, and new ones kept there."""
    path = folder / f"pool_{n}_{seed}_{len(SOURCES)}.pt" if folder else None
    if path is not None and path.exists():
        kept = torch.load(path, weights_only=True)
        return Pool(kept["pictures"], kept["sources"])
    started = time.monotonic()
    pictures, sources = torch.empty(n, 3, SIZE_PX, SIZE_PX, dtype=torch.uint8), torch.empty(n, dtype=torch.int64)
    shares = torch.tensor([float(_SHARES.get(name, 1)) for name in SOURCES])
    for i in range(n):
        chance = generator(child_seed(seed, f"picture {i}"))
        sources[i] = torch.multinomial(shares, 1, generator=chance)
        pictures[i] = (square(SOURCES[sources[i]], chance) * 255).round().byte()
    print(f"{n} pictures after {time.monotonic() - started:.0f} s", flush=True)
    if path is not None:
        write({"pictures": pictures, "sources": sources}, path)
    return Pool(pictures, sources)


def square(source: str, chance: torch.Generator) -> Tensor:
    """Return a square (3, S, S) of a source, cut at any place and scale."""
    picture = _whole(source)(chance)
    smallest = min(picture.shape[1:])
    side = round(SIZE_PX * (smallest / SIZE_PX) ** float(torch.rand((), generator=chance)))
    top, left = (int(torch.randint(n - side + 1, (), generator=chance)) for n in picture.shape[1:])
    return fit(picture[None, :, top : top + side, left : left + side], (SIZE_PX, SIZE_PX))[0]


def _whole(source: str) -> Callable[[torch.Generator], Tensor]:
    if source in KINDS:
        return lambda chance: draw_random(chance, 2 * SIZE_PX, source)
    if source in ("scenes", "figures"):
        make = make_scene if source == "scenes" else make_figure
        return lambda chance: make(0, int(torch.randint(2**31, (), generator=chance)), (_DRAWN_PX, _DRAWN_PX)).image
    return lambda chance: _shipped(source)


@lru_cache
def _shipped(name: str) -> Tensor:
    return load_ground(name) if name in GROUNDS else load_content(name)
