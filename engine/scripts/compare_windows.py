"""A sliding window crop by crop, and the same network all at once: `python compare_windows.py`. The times are yours."""

from pathlib import Path

from engine.detection.two_ways import Comparison, compare_ways
from engine.io.images import decode_image


def main() -> None:
    """Print passes and times of both ways, and how far their scores are apart."""
    *_, done = compare_ways(decode_image(Path("picture.png").read_bytes(), "picture.png"))
    if isinstance(done, Comparison):
        for name, timing in (("crop by crop", done.slid), ("fully convolutional", done.convolved)):
            print(f"{name}: {timing.passes} passes, {timing.milliseconds:.0f} ms")
        print(f"largest difference of a score: {done.largest_difference:.1e}")
        print(f"largest chance of an object: {float(done.chance.max()):.5f}")


if __name__ == "__main__":
    main()
