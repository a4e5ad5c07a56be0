"""COCO's ten figures for keypoints of the files in the folders truths and results: `python keypoint_table.py`."""

from pathlib import Path

from engine.datasets.annotation_keypoints import read_keypoint_results, read_keypoint_truths
from engine.metrics.pose_table import OKS_THRESHOLDS, keypoint_table


def main() -> None:
    """Print the figures, a line each, and AP at each threshold."""
    truths = read_keypoint_truths(_files(Path("truths")))
    results = read_keypoint_results(_files(Path("results")), truths)
    table = keypoint_table(truths.truths, results.predictions)
    for name, value in table.figures.items():
        print(f"{name:5} {value:.6f}")
    for threshold, precision in zip(OKS_THRESHOLDS, table.precision, strict=True):
        print(f"AP at OKS {threshold:.2f}: {precision.mean():.6f}")


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


if __name__ == "__main__":
    main()
