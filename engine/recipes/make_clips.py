"""The clips of assets/clips: six seconds of a drawn world in motion, so that a video is always at hand.

`python -m engine.recipes.make_clips scenes --out assets/clips/scenes.mp4`, and the same with `figures`, a person who
squats.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from torch import Tensor

from engine.datasets import figures, scenes
from engine.io.images import tensor_to_pixels
from engine.io.video import VideoWriter

FPS = 25
N_FRAMES = 150
SIZE = (360, 480)


def draw_scenes(n: int) -> Iterable[Tensor]:
    """Return n frames of objects in motion."""
    return (frame.image for frame in scenes.make_clip(5, n, SIZE))


def draw_figures(n: int) -> Iterable[Tensor]:
    """Return n frames of a person who squats."""
    return (frame.image for frame in figures.make_clip(387, n, SIZE, "squat").frames)


WORLDS = {"scenes": draw_scenes, "figures": draw_figures}


def main() -> None:
    """Draw the frames and write the MP4."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", choices=WORLDS)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=N_FRAMES)
    chosen = parser.parse_args()
    with VideoWriter(SIZE[1], SIZE[0], FPS) as writer:
        for image in WORLDS[chosen.world](chosen.frames):
            writer.add(tensor_to_pixels(image))
        chosen.out.write_bytes(writer.finish())


if __name__ == "__main__":
    main()
