"""Send face.png through the VAE and back, as the page did: `python rebuild_face.py` writes rebuilt.png."""

import json
from pathlib import Path

import torch

from engine.generative import declarations  # noqa: F401  the networks of this folder
from engine.generative.judging import rebuild
from engine.generative.latent_views import on_sheet
from engine.generative.models import vae
from engine.io.images import decode_image, encode_png


def main() -> None:
    """Read face.png, rebuild, print the terms of the bound."""
    torch.set_num_threads(1)
    said = json.loads(Path("settings.json").read_text(encoding="utf-8"))
    image = decode_image(Path("face.png").read_bytes(), "face.png")
    found = rebuild(vae("cpu"), image, said["seed"])
    Path("rebuilt.png").write_bytes(encode_png(on_sheet(torch.stack([image, found.picture]), 2, 2, 8)))
    print(f"reconstruction {found.reconstruction:.1f} nats, KL {found.kl:.1f} nats, ELBO {found.elbo:.1f} nats")


if __name__ == "__main__":
    main()
