"""Live poses in a real Chromium whose camera plays real photographs: `python -m tests.benchmarks pose_camera`.

The clip, the way of watching and TANGENT_CAMERA_S are those of `camera`; the model is EfficientPose RT, for the visitor
in the middle.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.camera import WATCH_S, Row, chromium_with_camera, watch
from tests.reference.real_data import FOLDER

PAGE = "pose-estimation?pose_source=camera"


def rows() -> Iterator[Row]:
    """Watch the page."""
    weights = FOLDER / "weights" / "efficientpose" / "EfficientPoseRT"
    if not weights.is_file():
        return
    with chromium_with_camera(weights) as (browser, folder):
        seen = watch(browser, folder, PAGE, "Start the camera", WATCH_S, found="poses")
    yield "time from picture to picture", "aim: 24 a second", 1000 / seen["fps"], 1000 / 24, "ms"
    yield "time from one pose to the next", "aim: 15 a second", 1000 / seen["rate"], 1000 / 15, "ms"
    yield "median latency of a pose", "aim", seen["latency"], 120.0, "ms"
    for k, (lag, held) in enumerate(seen["fifths"], 1):
        yield f"lag in fifth {k} of {WATCH_S:g} s", "held back by the browser itself", lag, held, "ms"
