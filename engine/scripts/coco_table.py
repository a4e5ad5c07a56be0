"""COCO's twelve figures and VOC's mAP of the files in the folders truths and detections: `python coco_table.py`."""

import json
from pathlib import Path

from engine.datasets.annotations import read_detections, read_truths
from engine.metrics.whole_set import measure_set


def main() -> None:
    """Print the figures, a line each."""
    form = json.loads(Path("settings.json").read_text())["text_form"]
    truth_files, found_files = (_files(Path(name)) for name in ("truths", "detections"))
    truths = read_truths(truth_files, form)
    found = read_detections(found_files, truths, form)
    *_, done = measure_set(truths.truths, found.predictions, truths.format != "COCO")
    for name, value in done.table.figures.items():
        print(f"{name:8} {value:.6f}")
    for threshold, evaluation in done.voc.items():
        print(f"VOC mAP at {threshold:g}: {evaluation.mean_ap:.6f}")


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


if __name__ == "__main__":
    main()
