"""Paint the face of one z: `python paint_z.py` writes face.png and prints its mean colour.

Change a number of z in settings.json, and see.
"""

import json
from pathlib import Path

import torch

from engine.generative import declarations  # noqa: F401  the networks of this folder
from engine.generative.latent_views import on_sheet
from engine.generative.models import painter
from engine.io.images import encode_png


def main() -> None:
    """Read settings.json, paint, write."""
    torch.set_num_threads(1)
    said = json.loads(Path("settings.json").read_text(encoding="utf-8"))
    picture = painter(said["network"], "cpu").paint(torch.tensor(said["z"])[None])
    Path("face.png").write_bytes(encode_png(on_sheet(picture, 1, 0, 8)))
    print(f"mean colour {', '.join(f'{value:.4f}' for value in picture.mean((0, 2, 3)).tolist())}")


if __name__ == "__main__":
    main()
