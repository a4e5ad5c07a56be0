"""Live style transfer: the camera's newest frame painted, beside a picture that never waits for it.

Conventions: frames are uint8 (H, W, 3), RGB. What is shown is the newest painted frame, enlarged to the camera's size;
until there is one, the camera's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from engine.runtime import inference
from engine.runtime.newest import Newest
from engine.settings import check, integer, real
from engine.style_transfer.one_pass import Paint, frame

PATIENCE_S = 60.0  # for a turn in the inference thread


@dataclass(frozen=True)
class LiveSize:
    """How a stream is painted."""

    live_px: int = integer(320, 128, 640, step=32, label="size that is painted", unit="px", help="Smaller is quicker.")
    live_strength: float = real(1.0, 0.0, 1.0, step=0.05, label="strength of the live style")

    def __post_init__(self) -> None:
        check(self)


class LiveStyle:
    """One visitor's stream. `paint` and `size` may be replaced at any time, and the next frame meets the new ones."""

    def __init__(self, paint: Paint, size: LiveSize) -> None:
        self.paint, self.size = paint, size
        self.newest = Newest(self._examine)

    def show(self, pixels: np.ndarray) -> np.ndarray:
        """Return the newest painted frame in the size of this one, and let this one be painted next."""
        return self.newest.over(pixels, lambda own, painted, _: _as_large(painted, own.shape[:2]))

    def _examine(self, pixels: np.ndarray) -> np.ndarray:
        paint, size = self.paint, self.size

        def one(batch: Tensor) -> list[Tensor]:
            return [torch.from_numpy(frame(paint, batch[0].cpu().numpy(), size.live_px, size.live_strength))]

        return inference().submit(one, torch.from_numpy(pixels), alone=True).result(PATIENCE_S).numpy()


def _as_large(painted: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return cv2.resize(painted, size[::-1], interpolation=cv2.INTER_LINEAR)
