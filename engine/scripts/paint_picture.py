"""Paint content.png in one pass, as the page did: `python paint_picture.py` writes result.png, of the same size.

settings.json names the model, and for one of any style the style pictures and how much each counts.
"""

import json
from pathlib import Path

from engine.io.images import decode_image, encode_png
from engine.style_transfer import adain, johnson
from engine.style_transfer.full_size import Painting, paint_picture
from engine.style_transfer.models import ANY_STYLE, JOHNSON
from engine.style_transfer.sizes import longest


def main() -> None:
    """Read settings.json and the pictures, paint, write the result."""
    said = json.loads(Path("settings.json").read_text())
    read = lambda name: decode_image(Path(name).read_bytes(), name)  # noqa: E731
    if said["model"] in JOHNSON:
        network, context_px = JOHNSON.row(said["model"]).make(None), johnson.CONTEXT_PX
        make = lambda small, strength: johnson.painter(network, small, strength)  # noqa: E731
    else:
        network, context_px = ANY_STYLE.row(said["model"]).make(None), adain.CONTEXT_PX
        pictures = [longest(read(name)[None], said["style_px"])[0] for name in said["styles"]]
        styles = [adain.style_moments(network, picture) for picture in pictures]
        mix = tuple(said["mix"])
        make = lambda small, strength: adain.painter(network, small, styles, adain.Mix(mix, strength))  # noqa: E731
    mask = read(said["mask"])[0] if said["mask"] else None
    for last in paint_picture(read(said["content"]), make, context_px, Painting(**said["settings"]), mask):
        print(f"tile {last.step} of {last.total_steps}")
    result = last.picture
    Path("result.png").write_bytes(encode_png(result.float() / 255, {"settings": json.dumps(said)}))
    print(f"mean colour {', '.join(f'{value:.2f}' for value in result.float().mean((1, 2)).tolist())}")


if __name__ == "__main__":
    main()
