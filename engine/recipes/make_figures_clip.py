"""The clip of the pose page: six seconds of a drawn person who squats, so that a moving one is always at hand.

`python -m engine.recipes.make_figures_clip --out assets/clips/figures.mp4`
"""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.datasets.figures import make_clip
from engine.io.images import tensor_to_pixels
from engine.io.video import VideoWriter

SEED = 387
ACTION = "squat"
FPS = 25
N_FRAMES = 150
SIZE = (360, 480)


def main() -> None:
    """Draw the frames and write the MP4."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=N_FRAMES)
    chosen = parser.parse_args()
    with VideoWriter(SIZE[1], SIZE[0], FPS) as writer:
        for picture in make_clip(SEED, chosen.frames, SIZE, ACTION).frames:
            writer.add(tensor_to_pixels(picture.image))
        chosen.out.write_bytes(writer.finish())


if __name__ == "__main__":
    main()
