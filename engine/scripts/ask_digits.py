"""Ask the conditional GAN for digits: `python ask_digits.py` writes digits.png and prints what is read in it.

settings.json holds the number, how often it is written and from which z.
"""

import json
from pathlib import Path

import torch

from engine.generative import declarations  # noqa: F401  the networks of this folder
from engine.generative.asking import write
from engine.generative.latent_views import on_sheet
from engine.generative.models import CONDITIONAL, glyph_reader, painter
from engine.io.images import encode_png


def main() -> None:
    """Write the number, read it, print every row."""
    torch.set_num_threads(1)
    said = json.loads(Path("settings.json").read_text(encoding="utf-8"))
    found = write(painter(CONDITIONAL, "cpu"), glyph_reader("cpu"), **said)
    n = len(said["number"])
    Path("digits.png").write_bytes(encode_png(on_sheet(1 - found.pictures, n, 2, 4)))
    for row in range(said["n_rows"]):
        print("read as " + "".join(str(digit) for digit in found.read[row * n : (row + 1) * n]))
    print(f"mean confidence {100 * sum(found.as_asked) / len(found.as_asked):.2f} %")


if __name__ == "__main__":
    main()
