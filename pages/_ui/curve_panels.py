"""The precision-recall curve and the three ways to average it, as panels and as formulas with their numbers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from engine.metrics.detection import LEVELS, average_precision, envelope, interpolated
from pages._ui.live import axis, layer, panel
from pages._ui.numbers import number

TITLES = {"11 points": "11 points", "every point": "Every point", "coco 101": "COCO’s 101 points"}
MOST_TERMS = 8  # of a sum that is written out


def ap_panels(
    precision: np.ndarray, recall: np.ndarray, n_kept: int = 0, kinds: Iterable[str] = TITLES, span: int = 4
) -> list[dict]:
    """Draw the curve once for each kind of average, with its construction.

    Args:
        precision, recall: (M,) after each detection by falling score.
        n_kept: how many of them the score threshold keeps; 0 leaves its mark out.
        kinds: of `TITLES`.
        span: of 12 columns, of each panel.
    """
    return [_panel(kind, precision, recall, n_kept, span) for kind in kinds]


def ap_equations(precision: np.ndarray, recall: np.ndarray) -> list[str]:
    """Write the three averages with their numbers."""
    ap = {kind: number(average_precision(precision, recall, kind)) for kind in TITLES}
    eleven, all_levels = (interpolated(precision, recall, LEVELS[kind]) for kind in ("11 points", "coco 101"))
    low, high, p = steps(precision, recall)
    terms = [f"{number(b - a, 3)}·{number(q, 3)}" for a, b, q in zip(low, high, p, strict=True)]
    return [
        f"11 points: AP = ({_sum([number(v, 3) for v in eleven], 11)}) / 11 = {ap['11 points']}",
        f"every point: AP = Σ (rₖ − rₖ₋₁)·max p = {_sum(terms, MOST_TERMS) or '0'} = {ap['every point']}",
        f"COCO: AP = sum over 101 levels / 101 = {number(all_levels.sum())} / 101 = {ap['coco 101']}",
    ]


def steps(precision: np.ndarray, recall: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rectangles below the envelope, each (R,): recall from, recall to, height."""
    before = np.concatenate([[0.0], recall[:-1]])
    rises = recall > before
    return before[rises], recall[rises], envelope(precision)[rises]


def _sum(terms: list[str], most: int) -> str:
    return " + ".join(terms[:most]) + (" + …" if len(terms) > most else "")


def _panel(kind: str, precision: np.ndarray, recall: np.ndarray, n_kept: int, span: int) -> dict:
    if kind == "every point":
        low, high, p = steps(precision, recall)
        layers = [layer("boxes", "fit", name="area", x0=low, x1=high, y0=0 * p, y1=p, fill=0.3, width=1)]
    else:
        levels = LEVELS[kind]
        p = interpolated(precision, recall, levels)
        few = len(levels) < 20
        layers = [
            layer("segments", "fit", x=levels, y=0 * p, y1=p, width=3 if few else 1.5),
            layer("points", "fit", name="greatest precision from here on", x=levels, y=p, size=4 if few else 2),
        ]
    layers.append(layer("line", "data", name="curve", x=recall, y=precision, width=2))
    layers.append(layer("points", "data", name="after a detection", x=recall, y=precision, size=3))
    if n_kept:
        x, y = recall[n_kept - 1 : n_kept], precision[n_kept - 1 : n_kept]
        layers.append(layer("points", "text", name="score threshold", x=x, y=y, size=8, hollow=True))
    ap = number(average_precision(precision, recall, kind))
    return panel(
        f"ap-{kind}",
        f"{TITLES[kind]}: AP {ap}",
        axis("recall", 0, 1.02),
        axis("precision", 0, 1.05),
        layers,
        span=span,
        height=220,
        alt=f"precision over recall; average precision {ap} by {TITLES[kind]}",
    )
