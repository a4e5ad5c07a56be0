"""Sample faces as the page did: `python sample_faces.py` writes faces.png and prints what a classifier reads in them.

settings.json names the network and says how many faces, from which seed, at which truncation.
"""

import json
from pathlib import Path

import torch

from engine.datasets.avatars import FREQUENCIES
from engine.generative import declarations  # noqa: F401  the networks of this folder
from engine.generative.latent_views import face_latents, on_sheet
from engine.generative.models import avatar_reader, painter
from engine.io.images import encode_png


def main() -> None:
    """Read settings.json, paint, read, print the share of every attribute's values."""
    torch.set_num_threads(1)
    said = json.loads(Path("settings.json").read_text(encoding="utf-8"))
    network = painter(said["network"], "cpu")
    pictures = network.paint(face_latents(said["seed"], said["n"], network.latent, said["truncation"]))
    Path("faces.png").write_bytes(encode_png(on_sheet(pictures, 8, 2, 4)))
    answers = avatar_reader("cpu").probabilities(pictures)
    for name, values in FREQUENCIES.items():
        for value, share in zip(values, answers[name].mean(0).tolist(), strict=True):
            print(f"{name}: {value} {100 * share:.1f} %")


if __name__ == "__main__":
    main()
