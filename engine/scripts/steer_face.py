"""Steer a face as the page did: `python steer_face.py` writes before_after.png and prints what is read in both.

settings.json holds z, how the directions are found, and how far each slider is moved.
"""

import json
from pathlib import Path

import torch

from engine.generative import declarations  # noqa: F401  the networks of this folder
from engine.generative.attributes import Probing
from engine.generative.latent_views import on_sheet
from engine.generative.models import avatar_reader, directions, painter
from engine.io.images import encode_png


def main() -> None:
    """Find the directions, move z, paint, read."""
    torch.set_num_threads(1)
    said = json.loads(Path("settings.json").read_text(encoding="utf-8"))
    found = directions(said["network"], Probing(**said["probing"]))
    z = torch.tensor(said["z"])[None]
    pictures = painter(said["network"], "cpu").paint(torch.cat([z, found.moved(z, said["sliders"])]))
    Path("before_after.png").write_bytes(encode_png(on_sheet(pictures, 2, 2, 8)))
    for name, values in avatar_reader("cpu").probabilities(pictures).items():
        print(f"{name}: {' to '.join(f'{float(row.max()):.3f}' for row in values)}")


if __name__ == "__main__":
    main()
