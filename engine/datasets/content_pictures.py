"""Content pictures that are always here: photographs inside scikit-image's and scikit-learn's wheels, and drawn ones.

Nothing is fetched: scikit-image's own loader is not used, because it may ask the network; the files are opened by path.

Conventions: a picture is float32 (3, H, W) sRGB in [0, 1], in the file's own size; grey ones have three equal channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from torch import Tensor

from engine.datasets.figures import make_figure
from engine.datasets.scenes import make_scene
from engine.errors import InvalidInput, constraint
from engine.io.images import decode_image

_FOLDERS = {"skimage": "data", "sklearn": "datasets/images"}


@dataclass(frozen=True)
class ContentPicture:
    """Where one picture comes from.

    Attributes:
        title: its name on a screen.
        credit: who made it.
        licence: on what terms it may be used.
        package: "skimage" or "sklearn" for a file of theirs, "scenes" or "figures" for one that is drawn.
        file: the file's name, or "seed, height, width" of the drawing.
        photograph: whether a camera took it of things of everyday size (training crops come from these).
    """

    title: str
    credit: str
    licence: str
    package: str
    file: str
    photograph: bool = True


_CC0 = "CC0"
_FREE = "public domain"
_BY = "CC BY 2.0"
_UNSAID = "shipped by scikit-image, which names no terms"
_OURS = "MIT, as Tangent"

CONTENT: Mapping[str, ContentPicture] = MappingProxyType(
    {
        "cat": ContentPicture("Chelsea the cat", "Stéfan van der Walt", _CC0, "skimage", "chelsea.png"),
        "astronaut": ContentPicture("Eileen Collins", "NASA", _FREE, "skimage", "astronaut.png"),
        "palace": ContentPicture("Summer Palace, Beijing", "danielbuechele, Flickr", _BY, "sklearn", "china.jpg"),
        "coffee": ContentPicture("A cup of coffee", "Rachel Michetti", _CC0, "skimage", "coffee.png"),
        "rocket": ContentPicture("A rocket on its pad", "SpaceX", _FREE, "skimage", "rocket.jpg"),
        "flower": ContentPicture("A dahlia", "vultilion, Flickr", _BY, "sklearn", "flower.jpg"),
        "motorcycle": ContentPicture(
            "A motorcycle", "D. Scharstein and others, Middlebury 2014", _UNSAID, "skimage", "motorcycle_left.png"
        ),
        "cameraman": ContentPicture("A man with a camera", "Lav Varshney", _CC0, "skimage", "camera.png"),
        "moon": ContentPicture("The Moon", "no author named", _UNSAID, "skimage", "moon.png", photograph=False),
        "galaxies": ContentPicture(
            "Hubble's deepest field", "NASA, ESA", _FREE, "skimage", "hubble_deep_field.jpg", photograph=False
        ),
        "tissue": ContentPicture("Stained tissue", "no known author", _FREE, "skimage", "ihc.png", photograph=False),
        "retina": ContentPicture("A retina", "Mikael Häggström", _CC0, "skimage", "retina.jpg", photograph=False),
        "things": ContentPicture("Things", "Tangent", _OURS, "scenes", "22 384 512", photograph=False),
        "people": ContentPicture("People", "Tangent", _OURS, "figures", "14 384 512", photograph=False),
    }
)
PHOTOGRAPHS = tuple(name for name, content in CONTENT.items() if content.photograph)
GROUNDS = ("brick.png", "grass.png", "gravel.png", "coins.png", "ihc.png")  # of scikit-image


def load_content(name: str) -> Tensor:
    """Return a content picture, float32 (3, H, W) in [0, 1].

    Raises:
        InvalidInput: there is no such picture.
    """
    if name not in CONTENT:
        raise InvalidInput(constraint("content", f"one of {', '.join(CONTENT)}", name))
    content = CONTENT[name]
    if content.package in _FOLDERS:
        return _shipped(content.package, content.file)
    seed, height, width = (int(part) for part in content.file.split())
    if content.package == "scenes":
        return make_scene(0, seed, (height, width), (6, 8)).image
    return make_figure(0, seed, (height, width), (1, 3)).image


def load_ground(file: str) -> Tensor:
    """Return one of GROUNDS, photographs of surfaces to train on, float32 (3, H, W) in [0, 1].

    Raises:
        InvalidInput: there is no such picture.
    """
    if file not in GROUNDS:
        raise InvalidInput(constraint("ground", f"one of {', '.join(GROUNDS)}", file))
    return _shipped("skimage", file)


def _shipped(package: str, file: str) -> Tensor:
    folder = Path(find_spec(package).submodule_search_locations[0]) / _FOLDERS[package]
    return decode_image((folder / file).read_bytes(), file)
