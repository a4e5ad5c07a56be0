"""Making scenes and clips from a seed.

Scene i of a seed depends on the seed and on i alone, and its layout on the aspect ratio but not on the number of
pixels: scene 7 at 512 is scene 7 at 128, only sharper.

Conventions: `size` is the number of pixels of both sides, or (height, width).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from engine.datasets.drawn_size import MAX_FRAMES, check_whole, checked_size
from engine.datasets.scenes.layout import Item, Layout, layout
from engine.datasets.scenes.render import Scene, render
from engine.runtime.seeds import child_seed, generator

N_OBJECTS = (2, 6)
MAX_OBJECTS = 8


def make_scenes(
    n: int, seed: int, size: int | tuple[int, int] = 128, n_objects: tuple[int, int] = N_OBJECTS
) -> list[Scene]:
    """Return scenes 0 … n − 1 of a seed; `n_objects=(0, 1)` gives at most one object to each.

    Raises:
        InvalidInput: a size, a seed or a number that cannot be used.
    """
    check_whole("n", n, 0, 1_000_000)
    return [make_scene(i, seed, size, n_objects) for i in range(n)]


def make_scene(
    index: int, seed: int, size: int | tuple[int, int] = 128, n_objects: tuple[int, int] = N_OBJECTS
) -> Scene:
    """Return scene `index` of a seed. Errors as in `make_scenes`."""
    check_whole("index", index, 0, 2**31)
    height, width = checked_size(size)
    return render(_layout(f"scene {index}", seed, n_objects, width / height), height, width)


def make_clip(
    seed: int, n_frames: int, size: int | tuple[int, int] = 128, n_objects: tuple[int, int] = (4, 6)
) -> list[Scene]:
    """Return the frames of objects that sway over a ground; the frame after the last is the first again.

    An object may be hidden for a while: then it is not among the frame's labels.

    Raises:
        InvalidInput: as in `make_scenes`.
    """
    check_whole("n_frames", n_frames, 1, MAX_FRAMES)
    height, width = checked_size(size)
    start = _layout("clip", seed, n_objects, width / height)
    chance = generator(child_seed(seed, "motion"))
    paths = torch.rand(len(start.items), 5, generator=chance, dtype=torch.float64).numpy()
    return [render(_moved(start, paths, frame / n_frames), height, width) for frame in range(n_frames)]


def _layout(name: str, seed: int, n_objects: tuple[int, int], aspect: float) -> Layout:
    low, high = n_objects
    check_whole("the least number of objects", low, 0, MAX_OBJECTS)
    check_whole("the greatest number of objects", high, low, MAX_OBJECTS)
    return layout(generator(child_seed(seed, name)), n_objects, aspect)


def _moved(start: Layout, paths: np.ndarray, time: float) -> Layout:
    """Return the layout at `time` in [0, 1) of its loop."""
    return replace(start, items=tuple(_swayed(item, path, time) for item, path in zip(start.items, paths, strict=True)))


def _swayed(item: Item, path: np.ndarray, time: float) -> Item:
    turns = 1 + int(path[0] * 2)  # whole turns to a loop, so that it closes
    x, y, angle = np.sin(2 * np.pi * (turns * time + path[1:4]))
    reach = 0.12 + 0.14 * path[4]
    centre = (item.centre[0] + reach * x, item.centre[1] + 0.7 * reach * y)
    return replace(item, centre=centre, angle=item.angle * 0.5 + 0.17 * angle)
