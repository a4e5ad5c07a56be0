"""From a box that was guessed to the true one in four numbers, and which guess is to answer for which object.

For a guess P with midpoint (p_x, p_y), width p_w and height p_h, and the true box G likewise:

    t_x = (g_x − p_x) / p_w      t_y = (g_y − p_y) / p_h      t_w = log(g_w / p_w)      t_h = log(g_h / p_h)

each divided by its `SPREAD`, about its standard deviation over the guesses that answer, so that all four learn alike.

Conventions: boxes float (N, 4) xyxy in pixels, y down, of some width and height; labels int64, 0 is the background.

Reference: R. Girshick et al., "Rich feature hierarchies for accurate object detection and semantic segmentation",
CVPR 2014, appendix C.
"""

from __future__ import annotations

import torch

from engine.errors import ShapeError, constraint

SPREAD = (0.1, 0.1, 0.2, 0.2)
MAX_LOG_GROWTH = 2.0  # a box becomes at most e² times as long


def encode(guesses: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
    """Return the offsets (N, 4) that lead from each guess to its own box.

    Raises:
        ShapeError: not two (N, 4).
    """
    _check(guesses, boxes)
    middle, size = _middle_and_size(guesses)
    true_middle, true_size = _middle_and_size(boxes)
    return torch.cat([(true_middle - middle) / size, (true_size / size).log()], 1) / guesses.new_tensor(SPREAD)


def decode(guesses: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """Return the boxes (N, 4) to which the offsets lead. Errors as in `encode`."""
    _check(guesses, offsets)
    middle, size = _middle_and_size(guesses)
    offsets = offsets * guesses.new_tensor(SPREAD)
    middle = middle + offsets[:, :2] * size
    half = size * offsets[:, 2:].clamp(max=MAX_LOG_GROWTH).exp() / 2
    return torch.cat([middle - half, middle + half], 1)


def assign(
    overlap: torch.Tensor, guesses: torch.Tensor, boxes: torch.Tensor, labels: torch.Tensor, iou: float = 0.5
) -> tuple[torch.Tensor, torch.Tensor]:
    """Tell each guess (N, 4) what to say, given the true boxes (M, 4), their labels (M,) and the overlap (N, M).

    A guess that overlaps some object by at least `iou` answers for the one it overlaps most; others are background.

    Returns:
        labels (N,), and the true box of each (N, 4), which is its own where it is background.
    """
    if len(boxes) == 0:
        return torch.zeros(len(guesses), dtype=torch.int64), guesses.clone()
    most, nearest = overlap.max(1)
    answers = most >= iou
    return torch.where(answers, labels[nearest], 0), torch.where(answers[:, None], boxes[nearest], guesses)


def clip(boxes: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
    """Return boxes (N, 4) cut off at the edges of a picture (3, H, W)."""
    height, width = image.shape[1:]
    return boxes.clamp(min=0).minimum(boxes.new_tensor([width, height, width, height]))


def _middle_and_size(boxes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]


def _check(guesses: torch.Tensor, values: torch.Tensor) -> None:
    if guesses.ndim != 2 or guesses.shape[1] != 4 or values.shape != guesses.shape:
        shapes = (tuple(guesses.shape), tuple(values.shape))
        raise ShapeError(constraint("guesses and what belongs to them", "both of shape (N, 4)", shapes))
