"""Take it away, of the views of faces: pictures, films, tables, and a script for each."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from engine.generative.latent_views import on_sheet
from engine.generative.painter import film
from engine.generative.sampling import square, strip, tour
from engine.generative.steering import Steering, alphas
from engine.io.images import encode_png
from engine.io.tables import write_csv
from engine.weights import get
from pages._ui import controls
from pages._ui.exports import Export, take_away
from pages._ui.scripts import script, weight_files
from pages.generative._generative_networks import faces_networks, faces_reading
from pages.generative._generative_networks.faces_networks import Chosen

LARGER = 8


def steered(found: Chosen, pictures: Any, answers: dict) -> None:
    """Offer the face before and after, what is read in both, and the script."""
    weights = [get(found.name), get("AVATAR_READER_V1")]
    settings = {
        "network": found.name,
        "z": [round(float(value), 6) for value in found.face()],
        "probing": asdict(faces_networks.probing()),
        "sliders": alphas(controls.values(Steering)),
    }
    words = [faces_reading.in_words(answers, k) for k in range(2)]
    table = {
        "attribute": list(words[0]),
        "before": [value for value, _ in words[0].values()],
        "after": [value for value, _ in words[1].values()],
        "sure before": [sure for _, sure in words[0].values()],
        "sure after": [sure for _, sure in words[1].values()],
    }
    take_away(
        [
            Export("Face", "face.png", lambda: encode_png(on_sheet(pictures[1:], 1, 0, LARGER)), "PNG, steered."),
            Export("Both", "before_after.png", lambda: encode_png(on_sheet(pictures, 2, 2, LARGER)), "Before, after."),
            Export("Readings", "readings.csv", lambda: write_csv(table), "What is read in both."),
            script("steer_face", lambda: (settings, weight_files(*weights))),
        ]
    )


def plane(found: Chosen, cells: Any, picture: Any, at: tuple[float, float], plane: Any) -> None:
    """Offer the grid, the face and its z."""
    z = plane.origin + at[0] * plane.across + at[1] * plane.up
    columns = round(len(cells) ** 0.5)
    said = {"network": found.name, "x": at[0], "y": at[1], "z": [round(float(value), 6) for value in z]}
    take_away(
        [
            Export("Plane", "plane.png", lambda: encode_png(on_sheet(cells, columns, 0, 2)), "PNG, every face."),
            Export("Face", "plane_face.png", lambda: encode_png(on_sheet(picture[None], 1, 0, LARGER)), "At the ring."),
            Export("z", "z.json", lambda: json.dumps(said, indent=1).encode(), "The numbers that the face is made of."),
            script("paint_z", lambda: (said, weight_files(get(found.name)))),
        ]
    )


def between(found: Chosen, corners: Any, said: Any, numbers: list[int]) -> None:
    """Offer the row or the square, the film and the script."""
    paint = found.painter.paint

    def picture() -> bytes:
        if len(corners) == 4:
            points = square(corners, said.n_between, said.n_between, said.way).flatten(0, 1)
        else:
            points = strip(corners[0], corners[1], said.n_between, said.way)
        return encode_png(on_sheet(paint(points), said.n_between, 0, 3))

    settings = {
        "network": found.name,
        "seed": found.settings.face_seed,
        "truncation": found.settings.face_truncation,
        "corners": numbers,
        "way": said.way,
        "n_between": said.n_between,
        "film_frames": said.film_frames,
    }
    label = "Square" if len(corners) == 4 else "Row"
    take_away(
        [
            Export(label, "between.png", picture, "PNG, three times as large."),
            Export(
                "Film", "between.mp4", lambda: film(paint(tour(corners, said.film_frames, said.way))), "MP4, 24 /s."
            ),
            script("interpolate_faces", lambda: (settings, weight_files(get(found.name)))),
        ]
    )


def rebuilt(image: Any, found: Any, seed: int) -> None:
    """Offer the picture and what came back, μ and σ, and the script."""
    both = image.new_empty(2, *image.shape)
    both[0], both[1] = image, found.picture
    table = {"mean": found.mean.tolist(), "standard deviation": found.spread.tolist()}
    name = faces_networks.WEIGHTS["vae"]
    files = lambda: {"face.png": encode_png(image)} | weight_files(get(name))  # noqa: E731
    take_away(
        [
            Export("Both", "rebuilt.png", lambda: encode_png(on_sheet(both, 2, 2, LARGER)), "The picture and x̂."),
            Export("z", "z.csv", lambda: write_csv(table), "μ and σ of q(z | x)."),
            script("rebuild_face", lambda: ({"seed": seed}, files())),
        ]
    )
