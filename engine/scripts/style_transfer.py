"""Paint content.png in the style of style_1.png … again, as the page did: `python style_transfer.py`.

settings.json says how; change it, or put other pictures in their places. The result is written to result.png.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from torch import Tensor

from engine.io.images import decode_image, encode_png
from engine.style_transfer.gatys import Gatys
from engine.style_transfer.mask import from_text
from engine.style_transfer.models import ANY_STYLE, FEATURES, JOHNSON
from engine.style_transfer.one_pass import PREVIEW_PX, with_adain, with_johnson
from engine.style_transfer.transfer import Around, Transferred, by_optimisation, finished, in_one_pass


def read(path: Path) -> Tensor:
    """Return a picture (3, H, W)."""
    return decode_image(path.read_bytes(), path.name)


def painted(settings: dict, content: Tensor, styles: list[Tensor]) -> Iterator[Transferred]:
    """Yield what the method has after each step."""
    key = settings["network"]
    if settings["method"] == "gatys":
        layers = {name: tuple(settings["gatys"][name]) for name in ("content_layers", "style_layers")}
        gatys = Gatys(**settings["gatys"] | layers)
        return by_optimisation(FEATURES.row(key).make(None), content, styles, settings["mix"], gatys)
    if settings["method"] == "johnson":
        method = with_johnson(JOHNSON.row(key).make(None))
    else:
        method = with_adain(ANY_STYLE.row(key).make(None), styles, settings["mix"], settings["style_px"])
    return in_one_pass(method.paint, content, PREVIEW_PX)


def main() -> None:
    """Print the losses every ten steps and at the end, and the mean colour of the result."""
    settings = json.loads(Path("settings.json").read_text())
    content, styles = read(Path("content.png")), [read(path) for path in sorted(Path().glob("style_*.png"))]
    for one in painted(settings, content, styles):
        if one.losses and (one.step % 10 == 0 or one.step == one.total_steps):
            print(f"step {one.step:4}  content {one.losses.content:.5f}  style {one.losses.style:.5f}")
    around, dabs = Around(**settings["around"]), from_text(settings["mask"])
    result = finished(content, one.picture, around, dabs).float() / 255
    print(f"mean colour {' '.join(f'{channel:.4f}' for channel in result.mean((1, 2)).tolist())}")
    Path("result.png").write_bytes(encode_png(result))


if __name__ == "__main__":
    main()
