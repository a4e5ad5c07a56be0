"""Measure pictures that are made worse level by level: `python measure_pictures.py` prints all measures of each.

settings.json says whose pictures they are (a network's, or null for drawn ones), of which world and of which side, how
they are made worse, how many there are, and the seed.
"""

import json
from pathlib import Path

import torch

from engine.generative import declarations  # noqa: F401  the networks of this folder
from engine.generative.comparison import Comparing, Measured, compare
from engine.generative.models import painter
from engine.generative.spoiling import in_words


def main() -> None:
    """Read settings.json, compare, print a line for the second real sample and one for each level."""
    torch.set_num_threads(1)
    said = json.loads(Path("settings.json").read_text(encoding="utf-8"))
    settings, world = Comparing(**said["comparing"]), said["world"]
    network = painter(said["network"], "cpu") if said["network"] else None
    found = [one for one in compare(settings, world, network, said["side"]) if one.made]
    print(line("a second real sample", found[0].second))
    for one in found:
        print(line(in_words(settings.measure_spoil, world, one.amount), one.made))


def line(name: str, one: Measured) -> str:
    """Return the measures of a sample as text."""
    shares = [f"{what} {getattr(one.shares, what):.4f}" for what in ("precision", "recall", "density", "coverage")]
    return f"{name}: Fréchet distance {one.frechet:.2f}, {', '.join(shares)}"


if __name__ == "__main__":
    main()
