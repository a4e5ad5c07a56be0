"""Draw the small style pictures that the style page shows to choose from: `python -m engine.recipes.style_thumbnails`.

They are drawn once and kept in assets/images/styles, as drawing all of them would let the first visitor wait.
"""

from __future__ import annotations

from pathlib import Path

from engine.datasets.style_pictures import KINDS, StylePicture, draw
from engine.io.images import encode_jpeg

FOLDER = Path(__file__).parents[2] / "assets" / "images" / "styles"
SIDE_PX = 96
QUALITY = 88


def thumbnail(kind: str) -> bytes:
    """Return the best picture of a kind, small, as JPEG."""
    return encode_jpeg(draw(StylePicture(kind, KINDS[kind].hung[0], SIDE_PX)), QUALITY)


def main() -> None:
    """Write a file for each kind, and take away those of kinds that there are no more."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.jpg"):
        if old.stem not in KINDS:
            old.unlink()
    for kind in KINDS:
        (FOLDER / f"{kind}.jpg").write_bytes(thumbnail(kind))
        print(kind)


if __name__ == "__main__":
    main()
