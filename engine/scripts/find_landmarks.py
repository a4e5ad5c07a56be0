"""Train the network that finds four points of a fish, from its seed, as the page did: `python find_landmarks.py`."""

import json
from pathlib import Path

from engine.detection.landmarks import Landmarks, Snapshot, to_safetensors, train


def main() -> None:
    """Print the errors after every so many steps, and write landmarks.safetensors."""
    settings = Landmarks(**json.loads(Path("settings.json").read_text()))
    for progress in train(settings):
        if isinstance(progress, Snapshot):  # the scenes are drawn
            print(f"step {progress.step}: error {progress.error:.4f} of the fish's size, close {progress.close:.4f}")
    Path("landmarks.safetensors").write_bytes(to_safetensors(progress.parameters, settings))


if __name__ == "__main__":
    main()
