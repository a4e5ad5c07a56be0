"""Keeping the photograph's colours.

    luminance   y = x's brightness Y with the photograph's hue and saturation I, Q (both linear in R, G, B)
    histogram   y = A (x − μ_x) + μ_p,   A = Σ_x^(−½) (Σ_x^½ Σ_p Σ_x^½)^½ Σ_x^(−½)

The second gives a picture the mean and covariance of the photograph's colours. Of all linear maps that do so it is the
one that moves colours least (optimal transport between normal distributions).

Conventions: pictures are float (3, H, W), RGB, in [0, 1]; YIQ is that of the NTSC standard.

Reference: L. A. Gatys, M. Bethge, A. Hertzmann, E. Shechtman, "Preserving color in neural artistic style transfer",
2016; F. Pitié, A. Kokaram, "The linear Monge-Kantorovitch linear colour mapping", 2007.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from engine.errors import InvalidInput, ShapeError, constraint

KEEP = {
    "": "the style's colours",
    "luminance": "the photograph's, in luminance",
    "histogram": "the photograph's, matched",
}
LEAST_VARIANCE = 1e-5  # added to each colour's, so that a picture of one colour has a covariance
_YIQ = ((0.299, 0.587, 0.114), (0.595716, -0.274453, -0.321263), (0.211456, -0.522591, 0.311135))

ColourMap = Callable[[Tensor, Tensor], Tensor]  # (painted part, the same part of the photograph) → painted part


def with_luminance(picture: Tensor, photograph: Tensor) -> Tensor:
    """Return the brightness of a picture (3, H, W) in the colours of a photograph (3, H, W), cut to [0, 1].

    Raises:
        ShapeError: the two are not of one size.
    """
    if picture.shape != photograph.shape:
        raise ShapeError(constraint("photograph", f"of shape {tuple(picture.shape)}", tuple(photograph.shape)))
    brightness = torch.tensor(_YIQ[0], dtype=picture.dtype, device=picture.device)
    change = torch.einsum("c,chw->hw", brightness, picture - photograph)  # along grey, I and Q stay
    return (photograph + change).clamp(0, 1)


def colour_transport(source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return A (3, 3) and b (3,) in float64, so that A x + b has the colours' mean and covariance of `target`.

    Args:
        source: the picture (3, H, W) whose colours are to be changed.
        target: the picture (3, H', W') that has the wanted ones.
    """
    (mean, covariance), (wanted_mean, wanted) = _colours(source), _colours(target)
    root = _power(covariance, 0.5)
    inverse = _power(covariance, -0.5)
    a = inverse @ _power(root @ wanted @ root, 0.5) @ inverse
    return a, wanted_mean - a @ mean


def transported(picture: Tensor, transport: tuple[Tensor, Tensor]) -> Tensor:
    """Return A x + b of a picture (3, H, W), cut to [0, 1]."""
    a, b = (part.to(picture.device, picture.dtype) for part in transport)
    return (torch.einsum("dc,chw->dhw", a, picture) + b[:, None, None]).clamp(0, 1)


def keeping(keep: str, small_painted: Tensor, small_photograph: Tensor) -> ColourMap:
    """Return what gives parts of a painted picture the photograph's colours, as `KEEP` names.

    Args:
        keep: "", "luminance" or "histogram".
        small_painted: a small copy of the painted picture, of which statistics are taken.
        small_photograph: that of the photograph.

    Raises:
        InvalidInput: there is no such way.
    """
    if keep not in KEEP:
        raise InvalidInput(constraint("colours", f"one of {', '.join(map(repr, KEEP))}", keep))
    if keep == "luminance":
        return with_luminance
    if keep == "histogram":
        transport = colour_transport(small_painted, small_photograph)
        return lambda painted, photograph: transported(painted, transport)
    return lambda painted, photograph: painted


def _colours(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean (3,) and covariance (3, 3) of a picture's colours."""
    flat = picture.flatten(1).double().cpu()
    mean = flat.mean(1)
    centred = flat - mean[:, None]
    return mean, centred @ centred.T / flat.shape[1] + LEAST_VARIANCE * torch.eye(3, dtype=torch.float64)


def _power(matrix: Tensor, exponent: float) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    return (vectors * values.clamp(min=1e-12) ** exponent) @ vectors.T
