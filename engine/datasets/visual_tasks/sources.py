"""What task pictures are cut from: style pictures drawn once and photographs, kept as bytes.

Conventions: style pictures are uint8 (N, 3, S, S) with their kinds (N,) counted in the order of KINDS; photographs, and
grounds that have no upright, are uint8 (3, H, W) with a shorter side of S. Held-out sources have other seeds and other
photographs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn.functional import interpolate

from engine.datasets.content_pictures import GROUNDS, PHOTOGRAPHS, load_content, load_ground
from engine.datasets.drawn_size import check_whole
from engine.datasets.style_pictures import KINDS, draw_random
from engine.errors import InvalidInput, constraint
from engine.runtime.seeds import child_seed, generator

SIDE_PX = 256
HELD_OUT_PHOTOGRAPHS = ("coffee", "motorcycle")
_STYLES, _KINDS, _PHOTO, _GROUND = "styles", "kinds", "photo.", "ground."


@dataclass(frozen=True)
class Sources:
    """Style pictures with their kinds, photographs, and photographs of grounds."""

    styles: Tensor
    kinds: Tensor
    photographs: tuple[Tensor, ...]
    grounds: tuple[Tensor, ...] = ()

    def save(self, path: Path) -> None:
        """Write all of it as one safetensors file."""
        taken = {_PHOTO: self.photographs, _GROUND: self.grounds}
        named = {f"{kind}{i:03d}": picture for kind, pictures in taken.items() for i, picture in enumerate(pictures)}
        save_file({_STYLES: self.styles, _KINDS: self.kinds, **named}, path)


def load_sources(path: Path) -> Sources:
    """Read what `Sources.save` wrote.

    Raises:
        InvalidInput: the file holds something else.
    """
    tensors = load_file(path)
    if not {_STYLES, _KINDS} <= set(tensors):
        raise InvalidInput(constraint("sources", "a file with styles and kinds", sorted(tensors)))
    taken = [tuple(tensors[name] for name in sorted(tensors) if name.startswith(kind)) for kind in (_PHOTO, _GROUND)]
    return Sources(tensors[_STYLES], tensors[_KINDS], *taken)


def make_sources(n: int, seed: int, held_out: bool = False, side_px: int = SIDE_PX) -> Sources:
    """Draw n style pictures, kinds in turn, and open the photographs: about 0.1 s a picture at 256 px.

    Args:
        n: style pictures.
        seed: with `held_out`, another stream of the same seed.
        held_out: whether these are for measuring: then the photographs are those that training does not see.
        side_px: sides of the style pictures, shorter sides of the photographs.

    Raises:
        InvalidInput: a number or a seed that cannot be used.
    """
    check_whole("n", n, 1, 1_000_000)
    styles, kinds = draw_styles(0, n, seed, held_out, side_px)
    names = HELD_OUT_PHOTOGRAPHS if held_out else [name for name in PHOTOGRAPHS if name not in HELD_OUT_PHOTOGRAPHS]
    photographs = tuple(_shrunk(load_content(name), side_px) for name in names)
    grounds = () if held_out else tuple(_shrunk(load_ground(name), side_px) for name in GROUNDS)
    return Sources(styles, kinds, photographs, grounds)


def draw_styles(first: int, n: int, seed: int, held_out: bool = False, side_px: int = SIDE_PX) -> tuple[Tensor, Tensor]:
    """Return style pictures first … first + n − 1 of a stream, uint8 (n, 3, side_px, side_px), and their kinds (n,).

    Picture i depends on i, the seed and `held_out` alone, so parts may be drawn by several processes and joined.
    """
    stream, names = "held out" if held_out else "training", tuple(KINDS)
    pictures = [
        draw_random(generator(child_seed(seed, f"{stream} style {i}")), side_px, names[i % len(names)])
        for i in range(first, first + n)
    ]
    kinds = torch.arange(first, first + n, dtype=torch.int64) % len(names)
    return torch.stack([_bytes(picture) for picture in pictures]), kinds


def joined(parts: Sequence[Sources]) -> Sources:
    """Return several sources as one; the photographs are the first's."""
    styles, kinds = (torch.cat([getattr(part, name) for part in parts]) for name in ("styles", "kinds"))
    return Sources(styles, kinds, parts[0].photographs, parts[0].grounds)


def _shrunk(picture: Tensor, side_px: int) -> Tensor:
    """Return a photograph whose shorter side is `side_px`, as bytes."""
    factor = side_px / min(picture.shape[1:])
    size = [max(side_px, round(side * factor)) for side in picture.shape[1:]]
    return _bytes(interpolate(picture[None], size, mode="bilinear", antialias=True)[0])


def _bytes(picture: Tensor) -> Tensor:
    return (picture * 255).round().clamp(0, 255).byte()
