"""How far a picture has come from a photograph to a style, in the eyes of a network that took no part in it.

    D_style(x, y)   = mean over layers of |G_l(x) − G_l(y)| / |G_l(y)|,   G = F Fᵀ / (C · H · W)
    D_content(x, p) = mean over layers of |F_l(x) − F_l(p)| / |F_l(p)|

    closed = 1 − D_style(result, style picture) / D_style(photograph, style picture)
    cost   = D_content(result, photograph)

`closed` is 0 for the photograph itself and 1 for a picture with the style picture's Gram matrices. A method that only
copies the style picture closes everything and costs much, so the two are read together.

Conventions: features are layer → array (C, H, W) of one picture; |·| is the Frobenius norm; computed in float64.

Reference: L. A. Gatys, A. S. Ecker, M. Bethge, "Image style transfer using convolutional neural networks", CVPR 2016.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.errors import InvalidInput, ShapeError, constraint

Features = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class StyleTransferFigures:
    """What one result reaches: the share of the style distance that it closes, and what that costs in content."""

    closed: float
    cost: float


def style_distance(features: Features, style: Features) -> float:
    """Return D_style of a picture to the style picture, whose size may be another.

    Raises:
        InvalidInput: no layers, not the same ones, or a style picture of which a layer is zero.
        ShapeError: a layer that is not (C, H, W), or of other channels.
    """
    return float(
        np.mean([_relative(_gram(features[name]), _gram(style[name]), name) for name in _same(features, style)])
    )


def content_distance(features: Features, content: Features) -> float:
    """Return D_content of a picture to the content picture, which has the same size.

    Raises:
        InvalidInput: as `style_distance`.
        ShapeError: the shapes of a layer differ.
    """
    return float(np.mean([_relative(features[name], content[name], name) for name in _same(features, content)]))


def judge(
    result: tuple[Features, Features], photograph: tuple[Features, Features], style: Features
) -> StyleTransferFigures:
    """Return the figures of one result.

    Args:
        result: its features of style and of content.
        photograph: those of the photograph, of the same size.
        style: the features of style of the style picture.

    Raises:
        InvalidInput: as above, or the photograph has the style already.
    """
    whole = style_distance(photograph[0], style)
    if whole == 0:
        raise InvalidInput("The photograph has the Gram matrices of the style picture: there is nothing to close.")
    return StyleTransferFigures(
        1 - style_distance(result[0], style) / whole, content_distance(result[1], photograph[1])
    )


def _same(one: Features, other: Features) -> list[str]:
    if not one or set(one) != set(other):
        raise InvalidInput(
            constraint("layers of both pictures", "the same, at least one", [sorted(one), sorted(other)])
        )
    return list(one)


def _gram(features: np.ndarray) -> np.ndarray:
    if features.ndim != 3:
        raise ShapeError(constraint("features", "of shape (C, H, W)", features.shape))
    flat = features.reshape(len(features), -1).astype(np.float64)
    return flat @ flat.T / flat.size


def _relative(one: np.ndarray, target: np.ndarray, name: str) -> float:
    if one.shape != target.shape:
        raise ShapeError(constraint(f"layer {name}", f"of shape {target.shape}", one.shape))
    length = np.linalg.norm(target.astype(np.float64))
    if length == 0:
        raise InvalidInput(constraint(f"layer {name} of the picture aimed at", "not zero everywhere", 0.0))
    return float(np.linalg.norm(one.astype(np.float64) - target) / length)
