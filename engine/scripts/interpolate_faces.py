"""Go from face to face as the page did: `python interpolate_faces.py` writes between.png and between.mp4.

settings.json names the faces at the corners, the way between them and the number of frames.
"""

import json
from pathlib import Path

import torch

from engine.generative import declarations  # noqa: F401  the networks of this folder
from engine.generative.latent_views import face_latents, on_sheet
from engine.generative.models import painter
from engine.generative.painter import film
from engine.generative.sampling import square, strip, tour
from engine.io.images import encode_png


def main() -> None:
    """Paint the row, or the square of four corners, and the film; print the lengths of z."""
    torch.set_num_threads(1)
    said = json.loads(Path("settings.json").read_text(encoding="utf-8"))
    network = painter(said["network"], "cpu")
    z = face_latents(said["seed"], max(said["corners"]) + 1, network.latent, said["truncation"])
    corners, n, way = z[said["corners"]], said["n_between"], said["way"]
    points = square(corners, n, n, way).flatten(0, 1) if len(corners) == 4 else strip(*corners, n, way)
    Path("between.png").write_bytes(encode_png(on_sheet(network.paint(points), n, 0, 3)))
    Path("between.mp4").write_bytes(film(network.paint(tour(corners, said["film_frames"], way))))
    print("length of z: " + ", ".join(f"{float(one.norm()):.1f}" for one in points))


if __name__ == "__main__":
    main()
