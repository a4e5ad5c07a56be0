"""The oldest detector: slide a window over the picture at several scales and ask a classifier at every place.

    at scale s:  window (i, j) = the 48 × 48 px at (stride j, stride i) of the picture resized by s, with a grey margin

Crop by crop the network runs once for each window; fully convolutional (see `crops`) once for each scale, with the same
result. Where a class is likely, the network's four offsets move the window's middle to the object.

Conventions: windows and boxes xyxy in pixels of the given picture; scores before the softmax, the background first;
maps (…, H', W') have a row for each row of windows.

Reference: P. Sermanet et al., "OverFeat: integrated recognition, localization and detection using convolutional
networks", ICLR 2014.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from engine.detection.box_offsets import clip, decode
from engine.detection.crops import SIDE_PX, STRIDE_PX, CropNet, fully_convolutional, without_context
from engine.detection.detections import Detections, Stage
from engine.detection.detector import check_image, check_thresholds, survivors
from engine.errors import InvalidInput, constraint

SCALES = (1.7, 1.2, 0.85, 0.6)  # of a picture whose shorter side is 128: objects of 24, 33, 47 and 67 px fill a window
SHORTER_SIDE_PX = 128
MARGIN_PX = 12
MAX_ASPECT = 8
MAX_SIDE_PX = 4096  # of a resized picture
MAX_DETECTIONS = 100
N_RAW_BOXES = 300
BATCH = 64


@dataclass(frozen=True, eq=False)
class WindowStep:
    """One batch of crops through the network.

    Attributes:
        step, total_steps: batches.
        level: which of the scales.
        windows: (K, 4), in pixels of the picture.
        scores: (K, 1 + C). offsets: (K, 4).
        passes: crops through the network by now.
        milliseconds: of this batch.
    """

    step: int
    total_steps: int
    level: int
    windows: torch.Tensor
    scores: torch.Tensor
    offsets: torch.Tensor
    passes: int
    milliseconds: float


@dataclass(frozen=True, eq=False)
class ScoreMaps:
    """What the network says at every place of the window, a map for each scale.

    Attributes:
        windows: (H', W', 4) for each scale.
        scores: (1 + C, H', W') for each scale. offsets: (4, H', W').
        passes: how often the network ran: once for each crop, or once for each scale.
        milliseconds: all of it.
    """

    windows: tuple[torch.Tensor, ...]
    scores: tuple[torch.Tensor, ...]
    offsets: tuple[torch.Tensor, ...]
    passes: int
    milliseconds: float


def window_steps(
    image: torch.Tensor, net: CropNet, stride: int = 8, scales: Sequence[float] = SCALES
) -> Iterator[WindowStep]:
    """Slide the window over a picture at each scale and yield what `net` says, a batch of crops at a time.

    Args:
        image: (3, H, W).
        net: in eval mode.
        stride: px of the resized picture between two windows, a multiple of 4.
        scales: by which the picture is resized.

    Raises:
        ShapeError, InvalidInput: a picture, stride or scale that cannot be used.
    """
    levels = [_resized(image, scale) for scale in _checked(image, stride, scales)]
    windows = [_windows(level, scale, stride) for level, scale in zip(levels, scales, strict=True)]
    return _window_steps(net, levels, windows, stride)


def sliding_window(image: torch.Tensor, net: CropNet, stride: int = 8, scales: Sequence[float] = SCALES) -> ScoreMaps:
    """Return the maps, crop by crop: `window_steps` drained. Arguments and errors are the same."""
    started = time.perf_counter()
    steps = list(window_steps(image, net, stride, scales))
    windows, scores, offsets = [], [], []
    for level, scale in enumerate(scales):
        own = [step for step in steps if step.level == level]
        grid = _windows(_resized(image, scale), scale, stride)
        windows.append(grid)
        scores.append(torch.cat([step.scores for step in own]).T.unflatten(1, grid.shape[:2]))
        offsets.append(torch.cat([step.offsets for step in own]).T.unflatten(1, grid.shape[:2]))
    return ScoreMaps(tuple(windows), tuple(scores), tuple(offsets), steps[-1].passes, _since(started))


@torch.no_grad()
def convolve(image: torch.Tensor, net: CropNet, stride: int = 8, scales: Sequence[float] = SCALES) -> ScoreMaps:
    """Return the same maps as `sliding_window`, one pass for each scale. Arguments and errors are the same."""
    _checked(image, stride, scales)
    started = time.perf_counter()
    whole = fully_convolutional(net)
    windows, maps = [], []
    for scale in scales:
        level = _resized(image, scale).to(net.first.weight)
        windows.append(_windows(level, scale, stride))
        every = stride // STRIDE_PX
        maps.append([values[0, :, ::every, ::every].cpu() for values in whole(level[None])])
    scores, offsets = zip(*maps, strict=True)
    return ScoreMaps(tuple(windows), scores, offsets, len(scales), _since(started))


@torch.no_grad()
def _window_steps(
    net: CropNet, levels: list[torch.Tensor], windows: list[torch.Tensor], stride: int
) -> Iterator[WindowStep]:
    total = sum(-(-grid[..., 0].numel() // BATCH) for grid in windows)
    step = passes = 0
    for number, (level, grid) in enumerate(zip(levels, windows, strict=True)):
        crops = level.unfold(1, SIDE_PX, stride).unfold(2, SIDE_PX, stride)  # (3, H', W', 48, 48), a view
        row, column = (place.flatten() for place in torch.meshgrid(*map(torch.arange, grid.shape[:2]), indexing="ij"))
        for r, c in zip(row.split(BATCH), column.split(BATCH), strict=True):
            started = time.perf_counter()
            scores, offsets = net(crops[:, r, c].transpose(0, 1).to(net.first.weight))
            step, passes = step + 1, passes + len(r)
            yield WindowStep(step, total, number, grid[r, c], scores.cpu(), offsets.cpu(), passes, _since(started))


class SlidingWindow:
    """The detector.

    Args:
        net: in eval mode; it is not changed.
        names: class names by label id.
        convolutional: one pass for each scale, rather than one for each crop.
    """

    size_hint = SHORTER_SIDE_PX
    score_threshold = 0.7
    iou_threshold = 0.3

    def __init__(self, net: CropNet, names: Sequence[str], convolutional: bool = True, stride: int = 8) -> None:
        self.names = tuple(names)
        self._net, self._convolutional, self._stride = net, convolutional, stride

    def detect(self, image: torch.Tensor, score_threshold: float = 0.7, iou_threshold: float = 0.3) -> Detections:
        """Return the objects with scores above `score_threshold`, suppressed at `iou_threshold`, best first."""
        return self.detect_and_count(image, score_threshold, iou_threshold)[0]

    def detect_and_count(
        self, image: torch.Tensor, score_threshold: float, iou_threshold: float
    ) -> tuple[Detections, int]:
        """Return the objects, and how often the network ran."""
        check_thresholds(score_threshold, iou_threshold)
        maps = self.maps(image)
        boxes, scores, labels = candidates(maps, image)
        kept = survivors(boxes, scores, labels, score_threshold, iou_threshold, MAX_DETECTIONS)
        return Detections(boxes[kept], labels[kept], scores[kept], self.names), maps.passes

    def maps(self, image: torch.Tensor) -> ScoreMaps:
        """Return what the network says at every place."""
        check_image(image)
        height, width = image.shape[1:]
        if max(height, width) > MAX_ASPECT * min(height, width):
            raise InvalidInput(constraint("image", f"at most {MAX_ASPECT} times as long as wide", (height, width)))
        scales = [scale * SHORTER_SIDE_PX / min(height, width) for scale in SCALES]
        return (convolve if self._convolutional else sliding_window)(image, self._net, self._stride, scales)

    def stages(self, image: torch.Tensor) -> tuple[Stage, ...]:
        """Return the windows with the chance that something is there, and the raw boxes with the highest scores."""
        maps = self.maps(image)
        boxes, scores, labels = candidates(maps, image)
        windows = torch.cat([grid.flatten(0, 1) for grid in maps.windows])
        found = 1 - torch.cat([scores.softmax(0)[0].flatten() for scores in maps.scores])
        best = scores.argsort(descending=True)[:N_RAW_BOXES]
        said = f"{len(windows)} places of the window at {len(maps.windows)} scales; scored by how likely an object is."
        most = f"The {len(best)} windows with the highest scores, each moved to where the network says the object is."
        return (
            Stage("windows", said, windows, found, labels),
            Stage("raw boxes", most, boxes[best], scores[best], labels[best]),
        )


def candidates(maps: ScoreMaps, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return boxes (N, 4), scores (N,) and labels (N,) of the best class of every window."""
    windows = torch.cat([grid.flatten(0, 1) for grid in maps.windows])
    chances = torch.cat([scores.flatten(1).T for scores in maps.scores]).softmax(1)  # (N, 1 + C)
    offsets = torch.cat([offsets.flatten(1).T for offsets in maps.offsets])
    scores, best = chances[:, 1:].max(1)
    return clip(decode(without_context(windows), offsets), image), scores, best + 1


def _checked(image: torch.Tensor, stride: int, scales: Sequence[float]) -> Sequence[float]:
    check_image(image)
    if stride < STRIDE_PX or stride % STRIDE_PX:
        raise InvalidInput(constraint("stride", f"a multiple of {STRIDE_PX} px", stride))
    sides = [side * scale + 2 * MARGIN_PX for side in image.shape[1:] for scale in scales]
    if not sides or not all(SIDE_PX <= side <= MAX_SIDE_PX for side in sides):
        must_be = f"such that each side, with its margin, has {SIDE_PX} to {MAX_SIDE_PX} px"
        raise InvalidInput(constraint("scales", must_be, list(scales)))
    return scales


def _resized(image: torch.Tensor, scale: float) -> torch.Tensor:
    size = [round(side * scale) for side in image.shape[1:]]
    resized = F.interpolate(image[None].float(), size, mode="bilinear", antialias=True)[0]
    return F.pad(resized, [MARGIN_PX] * 4, value=0.5)


def _windows(level: torch.Tensor, scale: float, stride: int) -> torch.Tensor:
    """Return the windows (H', W', 4) of a level in pixels of the picture."""
    sides = [torch.arange(0, side - SIDE_PX + 1, stride) - MARGIN_PX for side in level.shape[1:]]
    y, x = torch.meshgrid(*sides, indexing="ij")
    return torch.stack([x, y, x + SIDE_PX, y + SIDE_PX], -1) / scale


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
