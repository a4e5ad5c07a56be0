"""Paint content.png in the style of style_1.png … again, as the page did: `python style_transfer.py`.

settings.json says how; change it, or put other pictures in their places. The result is written to result.png.
"""

import json
from pathlib import Path

from engine.io.images import decode_image, encode_png
from engine.style_transfer.gatys import Gatys
from engine.style_transfer.mask import from_text
from engine.style_transfer.random_filters import RandomFilters
from engine.style_transfer.transfer import Around, by_optimisation, finished


def read(path: Path):
    """Return a picture (3, H, W)."""
    return decode_image(path.read_bytes(), path.name)


def main() -> None:
    """Print the losses every ten steps and at the end."""
    settings = json.loads(Path("settings.json").read_text())
    styles = [read(path) for path in sorted(Path().glob("style_*.png"))]
    content, around = read(Path("content.png")), Around(**settings["around"])
    gatys = Gatys(**settings["gatys"])
    for one in by_optimisation(RandomFilters(), content, styles, settings["mix"], gatys):
        if one.step % 10 == 0 or one.step == one.total_steps:
            print(f"step {one.step:4}  content {one.losses.content:.5f}  style {one.losses.style:.5f}")
    result = finished(content, one.picture, around, from_text(settings["mask"])).float() / 255
    print(f"mean colour {' '.join(f'{channel:.4f}' for channel in result.mean((1, 2)).tolist())}")
    Path("result.png").write_bytes(encode_png(result))


if __name__ == "__main__":
    main()
