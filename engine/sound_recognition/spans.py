"""From the probabilities of many windows to words: where one class is the answer for a while.

A span is a run of neighbouring windows with the same most probable class, which is not "other" and at least once has a
probability of at least `SURE`.

Conventions: times are of the middles of windows, in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

SURE = 0.6


@dataclass(frozen=True)
class Span:
    """A class that was heard.

    Attributes:
        start_s, end_s: where.
        label: its number.
        probability: the highest in the span.
    """

    start_s: float
    end_s: float
    label: int
    probability: float


def spans(times_s: Tensor, probabilities: Tensor, other: int, sure: float = SURE) -> list[Span]:
    """Return the spans of probabilities (W, classes) at times (W,), in order.

    Args:
        times_s: ascending, at least as many as there are rows.
        probabilities: of the windows so far.
        other: the class that is none.
        sure: the probability that one window of a span must reach.
    """
    best, labels = probabilities.max(1)
    half = float(times_s[1] - times_s[0]) / 2 if len(times_s) > 1 else float(times_s[0])
    found: list[Span] = []
    first = 0
    for k in range(1, len(labels) + 1):
        if k < len(labels) and labels[k] == labels[first]:
            continue
        label, probability = int(labels[first]), float(best[first:k].max())
        if label != other and probability >= sure:
            found.append(Span(float(times_s[first]) - half, float(times_s[k - 1]) + half, label, probability))
        first = k
    return found
