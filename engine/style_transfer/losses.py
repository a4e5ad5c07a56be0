"""The three losses of a picture, each with its gradient in closed form.

    content   C(F) = Σ (F − P)² / (C · H · W)                 P: the features of the content picture
    style     S(F) = Σ_ij (G_ij − A_ij)²,  G = gram(F)        A: the Gram matrix of the style picture
    variation T(x) = Σ |x_(i+1)j − x_ij|² + |x_i(j+1) − x_ij|², divided by 3 · H · W

    ∂C/∂F = 2 (F − P) / (C · H · W)      ∂S/∂F = 4 (G − A) F / (C · H · W)

Autograd would find the same: it would multiply twice with F, since it does not know that G − A is symmetric, and keep
F − P and every product in memory.

Conventions: features (B, C, H, W), pictures (B, 3, H, W), Gram matrices (B, C, C). A loss of a batch is the mean over
it. Sums are made in float32 at least, also where features are bfloat16. With Gatys et al., C is half the sum of squares
and S is a quarter of ours.

Reference: L. A. Gatys, A. S. Ecker, M. Bethge, "Image style transfer using convolutional neural networks", CVPR 2016;
A. Mahendran, A. Vedaldi, "Understanding deep image representations by inverting them", CVPR 2015 (variation).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

from engine.errors import ShapeError, constraint
from engine.style_transfer.gram import gram, gram_backward


class _Content(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, features: Tensor, target: Tensor) -> Tensor:
        ctx.save_for_backward(features, target)
        return (_wide(features) - target).square().mean()

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, slope: Tensor) -> tuple[Tensor, None]:
        features, target = ctx.saved_tensors
        return ((_wide(features) - target) * (2 * slope / features.numel())).to(features.dtype), None


class _Style(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, features: Tensor, target: Tensor) -> Tensor:
        difference = gram(_wide(features)) - target
        ctx.save_for_backward(features, difference)
        return difference.square().sum() / len(features)

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, slope: Tensor) -> tuple[Tensor, None]:
        features, difference = ctx.saved_tensors
        gradient = gram_backward(_wide(features), difference * (2 * slope / len(features)))
        return gradient.to(features.dtype), None


def content_loss(features: Tensor, target: Tensor) -> Tensor:
    """Return C, a scalar, of features and target (B, C, H, W), or a target (1, C, H, W) for all.

    Raises:
        ShapeError: the two do not fit.
    """
    if features.shape[1:] != target.shape[1:] or len(target) not in (1, len(features)):
        raise ShapeError(constraint("target", f"of shape {tuple(features.shape)}", tuple(target.shape)))
    return _Content.apply(features, target)


def style_loss(features: Tensor, target: Tensor) -> Tensor:
    """Return S, a scalar, of features (B, C, H, W) and Gram matrices (B, C, C), or (1, C, C) for all.

    Raises:
        ShapeError: the two do not fit.
    """
    channels = features.shape[1]
    if target.shape[1:] != (channels, channels) or len(target) not in (1, len(features)):
        must_be = f"Gram matrices of shape (1, {channels}, {channels})"
        raise ShapeError(constraint("target", must_be, tuple(target.shape)))
    return _Style.apply(features, target)


def total_variation(picture: Tensor) -> Tensor:
    """Return T, a scalar, of pictures (B, 3, H, W): small where neighbours are alike."""
    down, right = picture.diff(dim=2), picture.diff(dim=3)
    return (down.square().sum() + right.square().sum()) / picture.numel()


def _wide(x: Tensor) -> Tensor:
    """Return x in float32, or in float64 if it is."""
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x
