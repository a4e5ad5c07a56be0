"""Paint content.png in the style of style_1.png … again, as the page did: `python style_transfer.py`.

settings.json says how; change it, or put other pictures in their places. The result is written to result.png. A run
that branched off from another repeats that one first, up to the step at which it was left.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from torch import Tensor

from engine.io.images import decode_image, encode_png
from engine.style_transfer.gatys import Gatys, GatysSnapshot, optimise
from engine.style_transfer.mask import from_text
from engine.style_transfer.models import ANY_STYLE, FEATURES, JOHNSON
from engine.style_transfer.one_pass import PREVIEW_PX, with_adain, with_johnson
from engine.style_transfer.transfer import Around, Transferred, finished, in_one_pass


def read(path: Path) -> Tensor:
    """Return a picture (3, H, W)."""
    return decode_image(path.read_bytes(), path.name)


def optimised(settings: dict, content: Tensor, styles: list[Tensor]) -> Iterator[GatysSnapshot]:
    """Yield every step: first of the run that was left, if there was one, and then of the one that went on from it."""
    network, left = FEATURES.row(settings["network"]).make(None), None
    for run in (*settings.get("before", ()), settings):
        layers = {name: tuple(run["gatys"][name]) for name in ("content_layers", "style_layers")}
        for one in optimise(network, content, styles, Gatys(**run["gatys"] | layers), settings["mix"], left):
            yield one
            if one.step == run["step"]:
                break
        left = one


def painted(settings: dict, content: Tensor, styles: list[Tensor]) -> Iterator[Transferred | GatysSnapshot]:
    """Yield what the method has after each step."""
    key = settings["network"]
    if settings["method"] == "gatys":
        return optimised(settings, content, styles)
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
        if one.losses and (one.step % 10 == 0 or one.step == settings["step"]):
            print(f"step {one.step:4}  content {one.losses.content:.5f}  style {one.losses.style:.5f}")
    around, dabs = Around(**settings["around"]), from_text(settings["mask"])
    result = finished(content, one.picture, around, dabs).float() / 255
    print(f"mean colour {' '.join(f'{channel:.4f}' for channel in result.mean((1, 2)).tolist())}")
    Path("result.png").write_bytes(encode_png(result))


if __name__ == "__main__":
    main()
