"""An angle over time, with the two thresholds between which its repetitions are counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.pose.repetitions import thresholds_of
from pages._ui.live import axis, layer, live, panel


def show_curve(key: str, name: str, times: Sequence[float], degrees: Sequence[float], height_px: int) -> None:
    """Draw an angle over time.

    Args:
        key: of the canvas.
        name: of the angle.
        times: s.
        degrees: not a number where it is not known.
        height_px: of the canvas.
    """
    said = name.replace("_", " ")
    layers = [layer("line", "data", name=said, x=np.asarray(times), y=np.asarray(degrees), width=2)]
    thresholds = thresholds_of(degrees)
    for level, what in zip(thresholds or (), ("bent below", "straight above"), strict=False):
        ends = np.array([times[0], times[-1]])
        text = f"{what} {level:.0f}°"
        layers.append(layer("line", "fit", name=text, legend=True, x=ends, y=np.full(2, level), dash=True, width=1.5))
    alt = f"the angle of {said} over time"
    across, up = axis("time", times[0], times[-1], unit="s"), axis("angle", 0, 180, unit="°")
    live(key, [panel("angle", said.capitalize(), across, up, layers, height=height_px, span=12, alt=alt)])
