"""The same windows two ways: crop by crop, and in one pass of the network read as a convolution.

    slid:       scores(crop) for each place of the window, one after the other
    convolved:  the same numbers at every place at once; what neighbouring windows share is computed once

Conventions: as in `sliding_window`; the chance of an object is 1 − p(background).

Reference: P. Sermanet et al., "OverFeat", ICLR 2014.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from engine.detection.family import Timing
from engine.detection.sliding_window import SCALES, SHORTER_SIDE_PX, ScoreMaps, convolve, window_steps
from engine.weights import get, load

WEIGHTS = "CROPS_SCENES_V1"
STRIDE_PX = 8


@dataclass(frozen=True, eq=False)
class Progress:
    """Where the slower way is: `step` of `total_steps` batches of crops."""

    step: int
    total_steps: int
    passes: int


@dataclass(frozen=True, eq=False)
class Comparison:
    """Both ways on one picture; the last snapshot.

    Attributes:
        slid, convolved: passes of the network and milliseconds.
        largest_difference: between two scores that should be the same.
        windows: (S, 4) at the scale where an object is most likely, row by row.
        chance: (H', W') of an object at each of them.
    """

    step: int
    total_steps: int
    slid: Timing
    convolved: Timing
    largest_difference: float
    windows: torch.Tensor
    chance: torch.Tensor

    @property
    def speed_up(self) -> float:
        """How many times faster the convolutional way was."""
        return self.slid.milliseconds / self.convolved.milliseconds


def compare_ways(image: torch.Tensor, device: torch.device | str | None = None) -> Iterator[Progress | Comparison]:
    """Slide over a picture (3, H, W) a batch of crops at a time, then convolve; yield how far it is, then the result.

    Raises:
        WeightsError: the network's file is not there.
        InvalidInput: a picture that is too small or too long.
    """
    net = load(get(WEIGHTS), device)
    scales = [scale * SHORTER_SIDE_PX / min(image.shape[1:]) for scale in SCALES]
    return _ways(image, net, scales)


def _ways(image: torch.Tensor, net: torch.nn.Module, scales: list[float]) -> Iterator[Progress | Comparison]:
    scores, milliseconds, step = [], 0.0, None
    for step in window_steps(image, net, STRIDE_PX, scales):
        scores.append(step.scores)
        milliseconds += step.milliseconds
        yield Progress(step.step, step.total_steps, step.passes)
    convolve(image, net, STRIDE_PX, scales)  # the first run also prepares the layers
    at_once = convolve(image, net, STRIDE_PX, scales)
    flat = torch.cat([one.flatten(1).T for one in at_once.scores])  # (S, 1 + C), in the order of the crops
    level = _most_likely(at_once)
    yield Comparison(
        step=step.total_steps,
        total_steps=step.total_steps,
        slid=Timing(step.passes, milliseconds),
        convolved=Timing(at_once.passes, at_once.milliseconds),
        largest_difference=(torch.cat(scores) - flat).abs().max().item(),
        windows=at_once.windows[level].flatten(0, 1),
        chance=1 - at_once.scores[level].softmax(0)[0],
    )


def _most_likely(maps: ScoreMaps) -> int:
    """Return the scale at which the background is least likely somewhere."""
    return min(range(len(maps.scores)), key=lambda level: maps.scores[level].softmax(0)[0].min().item())
