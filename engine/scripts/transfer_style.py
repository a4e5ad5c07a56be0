"""Give content.png the style of the style pictures by optimisation, as the page did: `python transfer_style.py`.

settings.json names the features, the settings and how much each style counts. It writes result.png and prints the
losses now and then; the last line is that of the result.
"""

import json
from pathlib import Path

from engine.io.images import decode_image, encode_png
from engine.style_transfer.gatys import Gatys, optimise
from engine.style_transfer.models import FEATURES


def main() -> None:
    """Read settings.json and the pictures, optimise, write the result."""
    said = json.loads(Path("settings.json").read_text())
    read = lambda name: decode_image(Path(name).read_bytes(), name)  # noqa: E731
    layers = {name: tuple(said["settings"][name]) for name in ("content_layers", "style_layers")}
    settings = Gatys(**(said["settings"] | layers))
    network = FEATURES.row(said["features"]).make(None)
    styles = [read(name) for name in said["styles"]]
    for last in optimise(network, read(said["content"]), styles, settings, said["mix"]):
        if last.step % 20 == 0 or last.step == last.total_steps:
            parts = f"content {last.losses.content:.5f}  style {last.losses.style:.5f}"
            print(f"step {last.step:4}  J {last.losses.total:.5f}  {parts}")
    Path("result.png").write_bytes(encode_png(last.picture.float() / 255, {"settings": json.dumps(said)}))


if __name__ == "__main__":
    main()
