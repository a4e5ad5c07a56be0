"""One picture through every method of the family, oldest first: `python compare_family.py`. The times are yours."""

from pathlib import Path

from engine.detection.annotate_video import rows_of
from engine.detection.family import compare
from engine.io.images import decode_image


def main() -> None:
    """Print what each method finds, how often its network ran and how long it took."""
    for method in compare(decode_image(Path("picture.png").read_bytes(), "picture.png")):
        timing = method.timing
        print(f"{method.title}: {len(method.detections)} boxes, {timing.passes} passes, {timing.milliseconds:.0f} ms")
        for row in rows_of(method.detections):
            print(f"  {row.label:10} {row.score:.3f}  {row.x0:7.1f} {row.y0:7.1f} {row.x1:7.1f} {row.y1:7.1f}")


if __name__ == "__main__":
    main()
