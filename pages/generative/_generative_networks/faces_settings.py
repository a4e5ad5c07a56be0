"""The settings of the part "Faces"; the field names are parameters of the link."""

from __future__ import annotations

from dataclasses import dataclass

from engine.generative.attributes import PROBES, SLIDERS
from engine.generative.models import DCGAN, VAE
from engine.generative.sampling import MAX_PICTURES, NO_TRUNCATION, WAYS
from engine.settings import check, choice, integer, real

NETWORKS = {"dcgan": "DCGAN", "vae": "VAE"}
WEIGHTS = {"dcgan": DCGAN, "vae": VAE}
VIEWS = {
    "sample": "Sample",
    "steer": "Steer",
    "plane": "A plane of z",
    "between": "Interpolate",
    "rebuild": "Reconstruct",
}
MAX_SEED = 9999
OWN = -1  # the number of the visitor's own face, reconstructed by the VAE
CORNERS = "ABCD"
APART = {"no": "no", "softly": "softly", "wholly": "wholly"}


@dataclass(frozen=True)
class FaceView:
    """Which view of the part is open."""

    faces_view: str = choice("sample", VIEWS, label="view")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Faces:
    """Which network paints, which z are drawn, and which of the faces is chosen."""

    face_network: str = choice("dcgan", NETWORKS, label="network")
    n_faces: int = integer(40, 2, MAX_PICTURES, step=2, label="number of faces")
    face_truncation: float = real(
        NO_TRUNCATION, 0.1, NO_TRUNCATION, step=0.1, label="truncation t", help="z is cut at ± t. Small: all alike."
    )
    face_seed: int = integer(0, 0, MAX_SEED, label="seed")
    face: int = integer(0, OWN, MAX_PICTURES - 1, label="chosen face")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Probes:
    """How directions are found, and which one the row of faces follows."""

    probe: str = choice("logistic", PROBES, label="probe")
    apart: str = choice(
        "no",
        APART,
        label="apart from the others",
        help="Take out of each direction what the other attributes' share with it. Softly: what they share most, so "
        "that less else changes and the slider still works. Wholly: all of it, and of some sliders hardly any is left.",
    )
    followed: str = choice(
        "smiling: yes", {slider.name: slider.name.replace("_", " ") for slider in SLIDERS}, label="row of faces along"
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class PlaneView:
    """Which plane of z is seen."""

    plane_axes: str = choice("random", {"random": "random", "attributes": "attributes"}, label="directions")
    plane_seed: int = integer(0, 0, MAX_SEED, label="seed of the plane")
    across: str = choice("smiling: yes", {one.name: one.name.replace("_", " ") for one in SLIDERS}, label="across")
    up: str = choice("hair: curly", {one.name: one.name.replace("_", " ") for one in SLIDERS}, label="up")
    through: str = choice("middle", {"middle": "z = 0", "face": "chosen face"}, label="through")
    plane_reach: float = real(3.0, 0.5, 6.0, step=0.5, label="reach ± r")
    plane_cells: int = integer(9, 3, 15, step=2, label="faces on a side")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Between:
    """The corners, faces of the seed, and the way between them."""

    n_corners: str = choice("2", {"2": "two", "4": "four"}, label="corners")
    way: str = choice("spherical", WAYS, label="way")
    corner_a: int = integer(0, 0, MAX_PICTURES - 1, label="corner A")
    corner_b: int = integer(5, 0, MAX_PICTURES - 1, label="corner B")
    corner_c: int = integer(11, 0, MAX_PICTURES - 1, label="corner C")
    corner_d: int = integer(18, 0, MAX_PICTURES - 1, label="corner D")
    next_corner: str = choice("A", tuple(CORNERS), label="a click below sets corner")
    n_between: int = integer(9, 3, 15, label="faces in a row")
    film_frames: int = integer(48, 12, 240, step=12, label="frames of the film")

    def __post_init__(self) -> None:
        check(self)


REBUILD_SOURCES = {"sample": "Drawn", "picture": "File", "snapshot": "Camera"}


@dataclass(frozen=True)
class Rebuilding:
    """Which picture goes through the VAE."""

    rebuild_source: str = choice("sample", REBUILD_SOURCES, label="picture")
    rebuild_sample: int = integer(3, 0, MAX_SEED, label="number of the drawn face")
    rebuild_seed: int = integer(0, 0, MAX_SEED, label="seed of ε")

    def __post_init__(self) -> None:
        check(self)
