"""The Gram matrix of a layer: how much each pair of its features goes together, wherever in the picture that is.

    G = F Fᵀ / (C · H · W),   F the features of a layer as a matrix (C, H · W)

G_ij is large where features i and j are large at the same places. The places themselves are summed over, so G says what
textures there are and not where: two pictures of one style have nearly the same G.

Conventions: features are float (B, C, H, W), Gram matrices (B, C, C), symmetric. Dividing by C · H · W makes pictures
of different sizes comparable; Gatys et al. leave G undivided and put these numbers into the loss. A gradient with
respect to G counts G_ij and G_ji as two numbers.

Reference: L. A. Gatys, A. S. Ecker, M. Bethge, "Image style transfer using convolutional neural networks", CVPR 2016;
the normalisation is that of J. Johnson, A. Alahi, L. Fei-Fei, "Perceptual losses for real-time style transfer and
super-resolution", ECCV 2016.
"""

from __future__ import annotations

from torch import Tensor

from engine.errors import ShapeError, constraint


def gram(features: Tensor) -> Tensor:
    """Return the Gram matrices (B, C, C) of features (B, C, H, W).

    Raises:
        ShapeError: the features have not four dimensions, or none of a kind.
    """
    if features.ndim != 4 or 0 in features.shape:
        raise ShapeError(constraint("features", "of shape (B, C, H, W)", tuple(features.shape)))
    flat = features.flatten(2)  # (B, C, HW)
    return flat @ flat.mT / flat[0].numel()


def gram_backward(features: Tensor, gradient: Tensor) -> Tensor:
    """Return ∂J/∂F (B, C, H, W) = (D + Dᵀ) F / (C · H · W), for D = ∂J/∂G (B, C, C)."""
    flat = features.flatten(2)
    return ((gradient + gradient.mT) @ flat / flat[0].numel()).view(features.shape)
