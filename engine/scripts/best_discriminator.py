"""Train D against the two densities of the page again, and print how near it comes: `python best_discriminator.py`.

settings.json holds the densities, D's training, and the step until which it goes. On another kind of processor sums may
be rounded otherwise.
"""

import json
import math
from pathlib import Path

import torch

from engine.generative.optimal_discriminator import TwoDensities, jensen_shannon, learn


def main() -> None:
    """Print V of the learned D, of the best there is, and how far they are apart."""
    torch.set_num_threads(1)  # as on the page: with more, sums are rounded otherwise
    told = json.loads(Path("settings.json").read_text(encoding="utf-8"))
    settings = TwoDensities(**told["densities"])
    last = next(one for one in learn(settings) if one.step >= told["until"])
    divergence = jensen_shannon(settings)
    print(f"step {last.step}")
    print(f"V(D) {last.value:.6g}")
    print(f"V(D*) {2 * divergence - math.log(4):.6g}")
    print(f"mean |D - D*| {last.difference:.6g}")
    print(f"JSD {divergence:.6g}")


if __name__ == "__main__":
    main()
