"""The clip of assets/clips: six seconds of our own scenes in motion, so that a video is always at hand.

`python -m engine.recipes.make_scenes_clip --out assets/clips/scenes.mp4`
"""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.datasets.scenes import make_clip
from engine.io.images import tensor_to_pixels
from engine.io.video import VideoWriter

SEED = 5
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
        for scene in make_clip(SEED, chosen.frames, SIZE):
            writer.add(tensor_to_pixels(scene.image))
        chosen.out.write_bytes(writer.finish())


if __name__ == "__main__":
    main()
