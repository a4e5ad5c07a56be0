"""IoU, GIoU and DIoU of the two boxes in settings.json, with every term: `python overlap_of_two.py`."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from engine.detection.boxes import overlap


def main() -> None:
    """Print the terms and the three measures."""
    settings = json.loads(Path("settings.json").read_text())
    for name, value in asdict(overlap(np.array(settings["a"]), np.array(settings["b"]))).items():
        print(f"{name} = {value}")


if __name__ == "__main__":
    main()
