"""The part "Faces": its views, what of each stands in the link, and where to start."""

from __future__ import annotations

from engine.generative.steering import Steering
from pages._ui import controls
from pages._ui.parts import Part, Parts
from pages._ui.presets import Preset, try_this
from pages.generative._generative_networks import (
    faces_between,
    faces_plane,
    faces_rebuild,
    faces_sample,
    faces_steer,
)
from pages.generative._generative_networks.faces_settings import (
    Between,
    Faces,
    FaceView,
    PlaneView,
    Probes,
    Rebuilding,
)
from pages.generative._generative_networks.view import View

VIEWS = {
    "sample": Part(faces_sample.sample_view, (Faces,)),
    "steer": Part(faces_steer.steer_view, (Faces, Probes, Steering)),
    "plane": Part(faces_plane.plane_view, (Faces, PlaneView)),
    "between": Part(faces_between.between_view, (Faces, Between)),
    "rebuild": Part(faces_rebuild.rebuild_view, (Rebuilding,)),
}
FACES = Parts(FaceView, "faces_view", VIEWS)
NO_SLIDERS = dict.fromkeys(Steering.__dataclass_fields__, 0.0)
PRESETS = (
    Preset(
        "A crowd",
        "Forty faces that nobody drew. Which of them would you take for a drawn one, and what gives the others away?",
        {},
        {"faces_view": "sample"},
    ),
    Preset(
        "The average",
        "z is cut at ± 0.3. What have all faces in common now, and what was lost?",
        {"face_truncation": 0.3},
        {"faces_view": "sample"},
    ),
    Preset(
        "Beard and hat",
        "Two sliders are moved. What changes that was not asked for? Then set them *softly* apart.",
        {"face": 3},
        NO_SLIDERS | {"faces_view": "steer", "beard_any": 2.5, "hat_any": 2.5, "apart": "no"},
    ),
    Preset(
        "Steer the VAE",
        "The same sliders in another network. Whose directions keep the rest of the face, the GAN's or the VAE's?",
        {"face_network": "vae", "face": 3},
        NO_SLIDERS | {"faces_view": "steer", "beard_any": 2.5, "hat_any": 2.5, "apart": "no"},
    ),
    Preset(
        "Smooth plane",
        "Drag the ring over the VAE's plane. Is there any place where a face jumps? And in the DCGAN's?",
        {"face_network": "vae"},
        {"faces_view": "plane", "plane_axes": "random", "through": "middle", "plane_reach": 3.0},
    ),
    Preset(
        "Straight or round",
        "Look at the faces half-way: which of the two rows stays as sharp as its ends, and why?",
        {},
        {"faces_view": "between", "n_corners": "2"},
    ),
    Preset(
        "Between four",
        "Four faces at the corners of a square. What is in the middle of it?",
        {},
        {"faces_view": "between", "n_corners": "4", "n_between": 7},
    ),
)


def presets() -> None:
    """Show where to start, while this part is open."""
    if controls.values(View).gan_part == "faces":
        try_this("faces_preset", PRESETS, Faces, on_choose=lambda: None)
