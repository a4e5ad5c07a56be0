"""Which class was taken for which.

    C[i, j] = number of sounds of class i that were called j,      accuracy = Σ_i C[i, i] / Σ_ij C[i, j]

Conventions: classes are numbered from 0; rows are the truth, columns the answer.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.errors import InvalidInput, ShapeError, constraint


def confusion(logits: Tensor, labels: Tensor, n_classes: int) -> Tensor:
    """Return counts (n_classes, n_classes), int64, of logits (B, n_classes) and labels (B,).

    Raises:
        ShapeError: the two do not fit.
    """
    if logits.ndim != 2 or logits.shape != (len(labels), n_classes):
        raise ShapeError(constraint("logits", f"of shape ({len(labels)}, {n_classes})", tuple(logits.shape)))
    cells = labels * n_classes + logits.argmax(1)
    return torch.bincount(cells, minlength=n_classes**2).view(n_classes, n_classes)


def accuracy(counts: Tensor) -> float:
    """Return the share of right answers.

    Raises:
        InvalidInput: nothing was counted.
    """
    total = int(counts.sum())
    if not total:
        raise InvalidInput(constraint("The confusion", "of at least one sound", total))
    return int(counts.diagonal().sum()) / total
