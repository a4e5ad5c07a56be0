"""Pictures of the figures world to train on, drawn once: `python -m engine.recipes.figure_pool --folder POOL`.

A picture takes about 75 ms to draw, a step of training much less; so the pictures are kept as bytes, in parts of 250,
each its own file. A drawing that was cut off goes on with the parts that are missing.

Conventions: pictures are square, RGB uint8 (N, 3, 192, 192); the people of all pictures stand in one row, `picture`
saying which picture each is in. Areas are the pixels that can be seen of a person.
"""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.datasets.figures import make_figure
from engine.recipes.pool_parts import joined, pool_command_line, write_part

SIDE_PX = 192
N_PEOPLE = (1, 4)
PART = 250
TRAIN_SEED, HELD_OUT_SEED = 0, 10_000


@dataclass(frozen=True)
class Pool:
    """Pictures and their people.

    Attributes:
        images: (N, 3, 192, 192) uint8.
        picture: (P,) int64, ascending, the picture that a person is in.
        boxes: (P, 4) float32, xyxy in pixels, of what can be seen.
        keypoints: (P, 17, 3) float32, x, y, visibility (2 seen, 1 hidden, 0 outside).
        areas: (P,) float32, px².
    """

    images: Tensor
    picture: Tensor
    boxes: Tensor
    keypoints: Tensor
    areas: Tensor


def draw_part(first: int, n: int, seed: int) -> Pool:
    """Draw pictures first … first + n − 1 of a seed; `picture` counts from 0."""
    figures = [make_figure(first + i, seed, SIDE_PX, N_PEOPLE) for i in range(n)]
    return Pool(
        images=torch.stack([(figure.image * 255).round().byte() for figure in figures]),
        picture=torch.tensor([i for i, figure in enumerate(figures) for _ in figure.ids], dtype=torch.int64),
        boxes=torch.cat([figure.boxes for figure in figures]),
        keypoints=torch.cat([figure.keypoints for figure in figures]),
        areas=torch.cat([figure.masks.flatten(1).sum(1).float() for figure in figures]),
    )


def draw(folder: Path, n: int, seed: int = TRAIN_SEED, n_processes: int = 2) -> None:
    """Draw the parts of pictures 0 … n − 1 that `folder` lacks."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [first for first in range(0, n, PART) if not _file(folder, seed, first).exists()]
    started = time.monotonic()
    with ProcessPoolExecutor(n_processes, get_context("spawn"), partial(torch.set_num_threads, 1)) as pool:
        jobs = [pool.submit(_draw_to, _file(folder, seed, first), first, seed) for first in missing]
        for done, job in enumerate(as_completed(jobs), 1):
            job.result()
            print(f"{done * PART} of {len(jobs) * PART} pictures  {time.monotonic() - started:.0f} s", flush=True)


def load(folder: Path, n: int, seed: int = TRAIN_SEED) -> Pool:
    """Read pictures 0 … n − 1, with n a multiple of 250; a part that is not there raises FileNotFoundError."""
    parts = [load_file(_file(folder, seed, first)) for first in range(0, n, PART)]
    for i, part in enumerate(parts):
        part["picture"] += i * PART
    return joined(Pool, parts)


def _file(folder: Path, seed: int, first: int) -> Path:
    return folder / f"figures_{seed}_{first}.safetensors"


def _draw_to(path: Path, first: int, seed: int) -> None:
    write_part(draw_part(first, PART, seed), path)


def main() -> None:
    """Read the command line and draw."""
    sentence = "Draw the pictures of people that the pose recipes train on."
    draw(*pool_command_line(sentence, "pictures", 16_000, TRAIN_SEED))


if __name__ == "__main__":
    main()
