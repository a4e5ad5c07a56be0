"""Train the network that says what there is and where, from its seed, as the page did: `python localise_object.py`."""

import json
from pathlib import Path

from engine.detection.localisation import Localisation, Snapshot, to_safetensors, train


def main() -> None:
    """Print the measures after every so many steps, and write localisation.safetensors."""
    settings = Localisation(**json.loads(Path("settings.json").read_text()))
    for progress in train(settings):
        if not isinstance(progress, Snapshot):  # still drawing the scenes
            continue
        measures = progress.held_out
        print(
            f"step {progress.step}: mean IoU {measures.mean_iou:.4f}, right class {measures.class_accuracy:.4f}, "
            f"right p_c {measures.object_accuracy:.4f}"
        )
    Path("localisation.safetensors").write_bytes(to_safetensors(progress.parameters, settings))


if __name__ == "__main__":
    main()
