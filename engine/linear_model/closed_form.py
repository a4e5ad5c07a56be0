"""The minimum of J in closed form: the textbook's formula, and a stable way to the same θ.

    textbook:  θ = (AᵀA + λ L)⁻¹ Aᵀ y,   L = diag(0, 1, …, 1)
    stable:    [A D  y] = Q [R z],  then θ = D R⁺ z from the SVD of the small R

Forming AᵀA squares the condition number, so half of the digits that the data allow are lost before the inverse begins.
QR works on A itself. It is taken over blocks of rows, each stacked under the R of those before it, so memory stays
bounded at any number of rows. D scales each column to a length between 1 and 2 by a power of two, which rounds nothing.
Ridge adds the rows √λ L under R. One round of refinement solves RᵀR δ = Aᵀ(y − A θ) for what the errors still contain.
Where columns depend on each other, the θ of smallest length is returned.

Conventions: A is (m, n+1) float64 with ones first, y is (m,), λ is that of J = 1/(2m) [Σ(h − y)² + λ Σ_{j≥1} θ_j²].

Reference: J. Demmel, L. Grigori, M. Hoemmen and J. Langou, "Communication-optimal parallel and sequential QR and LU
factorizations", SIAM J. Sci. Comput. 34 (2012), for QR by blocks; Å. Björck, "Numerical Methods for Least Squares
Problems" (1996), sections 2.9 and 6.6.5 for refinement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import InvalidInput, ShapeError, constraint

BLOCK_ROWS = 8192
MOST_DIGITS = 16.0


def normal_equation(A: Tensor, y: Tensor, l2: float = 0.0) -> Tensor:
    """Return θ by the textbook's formula, with the inverse written out, (n+1,).

    Raises:
        InvalidInput: AᵀA + λL has no inverse, as when there are fewer rows than parameters.
    """
    _check(A, y, l2)
    penalty = torch.full((A.shape[1],), float(l2), dtype=A.dtype)
    penalty[0] = 0.0
    inverse, failed = torch.linalg.inv_ex(A.T @ A + torch.diag(penalty))
    theta = inverse @ (A.T @ y)
    if failed or not theta.isfinite().all():
        raise InvalidInput(
            "The normal equation must have an invertible matrix; AᵀA is singular here. "
            "Use fewer features, a lower degree, or a ridge λ above 0."
        )
    return theta


def least_squares(A: Tensor, y: Tensor, l2: float = 0.0) -> Tensor:
    """Return θ the stable way, (n+1,); of several minimisers the one of smallest length."""
    _check(A, y, l2)
    d = _equilibrating(A)
    n = A.shape[1]
    ridge = l2**0.5 * torch.diag(d)[1:]  # rows √λ L in the scaled unknowns w = θ / d
    R = _stacked_qr(_blocks(A, y, d), torch.cat([ridge, torch.zeros(n - 1, 1, dtype=A.dtype)], 1))
    U, S, Vh = torch.linalg.svd(R[:n, :n], full_matrices=False)
    kept = S / S[0] > 10 * n * torch.finfo(A.dtype).eps
    U, S, V, lost = U[:, kept], S[kept], Vh[kept].T, Vh[~kept].T
    w = V @ ((U.T @ R[:n, n]) / S)
    slope = d * (A.T @ (y - A @ (d * w))) - ridge.T @ (ridge @ w)
    theta = d * (w + V @ ((V.T @ slope) / S**2))
    if lost.shape[1] == 0:
        return theta
    free = torch.linalg.qr(d[:, None] * lost).Q  # directions of θ that change no prediction
    return theta - free @ (free.T @ theta)


@dataclass(frozen=True, eq=False)
class ClosedForms:
    """Both closed forms on the same data.

    Attributes:
        textbook: (n+1,), or None where AᵀA cannot be inverted.
        stable: (n+1,).
        condition: κ(A); the textbook's formula works with its square.
        textbook_digits, stable_digits: (n+1,) correct digits of each; the textbook's are zeros where it is None.
    """

    textbook: Tensor | None
    stable: Tensor
    condition: float
    textbook_digits: Tensor
    stable_digits: Tensor


def compare_closed_forms(A: Tensor, y: Tensor, l2: float = 0.0, truth: Tensor | None = None) -> ClosedForms:
    """Solve both ways; digits are counted against `truth`, (n+1,), or the stable way where the truth is unknown."""
    stable = least_squares(A, y, l2)
    reference = stable if truth is None else truth
    try:
        textbook = normal_equation(A, y, l2)
        digits = correct_digits(textbook, reference)
    except InvalidInput:
        textbook, digits = None, torch.zeros_like(stable)
    return ClosedForms(textbook, stable, condition_number(A), digits, correct_digits(stable, reference))


def correct_digits(estimate: Tensor, reference: Tensor) -> Tensor:
    """Return the log relative error −log₁₀(|e − r| / |r|) of each entry, from 0 to 16; absolute where r is 0.

    Reference: B. McCullough, "Assessing the Reliability of Statistical Software: Part I", The American Statistician 52
    (1998).
    """
    size = torch.where(reference == 0, 1.0, reference.abs())
    digits = -torch.log10((estimate - reference).abs() / size)
    return digits.nan_to_num(nan=0.0).clamp(0.0, MOST_DIGITS)


def condition_number(A: Tensor) -> float:
    """Return κ(A), the largest singular value over the smallest; infinite where columns depend on each other."""
    if A.ndim != 2 or A.numel() == 0:
        raise ShapeError(constraint("A", "(m, n+1) with at least one row", tuple(A.shape)))
    if A.shape[0] < A.shape[1]:
        return float("inf")
    S = torch.linalg.svdvals(_stacked_qr(A.split(BLOCK_ROWS)))
    return (S[0] / S[-1]).item()


def _check(A: Tensor, y: Tensor, l2: float) -> None:
    if A.ndim != 2 or A.numel() == 0 or y.shape != A.shape[:1]:
        got = (tuple(A.shape), tuple(y.shape))
        raise ShapeError(constraint("A and y", "(m, n+1) and (m,) with at least one row", got))
    if not 0 <= l2 < float("inf"):
        raise InvalidInput(constraint("ridge λ", "a number of at least 0", l2))
    if not (torch.linalg.vector_norm(A, dim=0).isfinite().all() and torch.linalg.vector_norm(y).isfinite()):
        raise InvalidInput("A and y must be finite, with finite squares. Leave out the rows with gaps, or rescale.")


def _equilibrating(A: Tensor) -> Tensor:
    """Return (n+1,) powers of two that bring each column's length into [1, 2)."""
    length = torch.linalg.vector_norm(A, dim=0)
    return torch.exp2(-torch.floor(torch.log2(torch.where(length > 0, length, 1.0))))


def _blocks(A: Tensor, y: Tensor, d: Tensor) -> Iterator[Tensor]:
    for a, b in zip(A.split(BLOCK_ROWS), y.split(BLOCK_ROWS), strict=True):
        yield torch.cat([(a * d).T, b[None]]).T


def _stacked_qr(blocks: Iterable[Tensor], first: Tensor | None = None) -> Tensor:
    """Return the R of all blocks under each other, (min(rows, columns), columns), a block at a time.

    They are joined as transposes, for LAPACK wants each column in one piece.
    """
    R = first
    for block in blocks:
        stack = block if R is None else torch.cat([R.T, block.T], 1).T
        R = torch.linalg.qr(stack, mode="r").R
    return R
