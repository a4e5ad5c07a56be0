"""The least-squares projection of signals on filtered references, by correlations alone.

    min_c |y − Σ_i c_i * x_i|²  is where  G c = d
    G[(i, a), (j, b)] = Σ_t x_i(t − a) x_j(t − b)      d[(i, a)] = Σ_t x_i(t − a) y(t)

The filters c_i have L taps, a, b = 0 … L − 1. G consists of Toeplitz blocks: n² correlations of L lags say all of it.
They come from FFTs of short blocks, added up over the sound, so the memory does not grow with its length.

Conventions: references x (n, T), signals y (k, T); everything that is found is float64; unknowns in the order (i, a).
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator

import scipy.linalg
import torch
from torch import Tensor

_RIDGE = 1e-10  # of a reference's energy, added where references depend on each other
_REFINEMENTS = 8
_BLOCKS = 8  # transformed at once
_PANEL = 512  # columns of the matrix factored at once


def n_steps(n: int, length: int, taps: int) -> tuple[int, int]:
    """Return how many steps `correlations` takes, and `solve` where the references do not depend on each other."""
    return math.ceil(length / (_BLOCKS * _block_length(length, taps))), math.ceil(n * taps / _PANEL) + 1


def correlations(x: Tensor, y: Tensor, taps: int) -> Iterator[tuple[Tensor, Tensor] | None]:
    """Yield None as long as it goes on, then the correlations and the energies of y.

    Returns:
        The last one is (lags, energies): Σ_t x_i(t) z(t + τ) as (L, n, n + k) for τ = 0 … L − 1, where z is each of x
        and then each of y; and Σ_t y(t)², (k,).
    """
    n, length = x.shape
    new = _block_length(length, taps)
    size = new + taps - 1
    n_all = n + len(y)
    spectrum = torch.zeros(size // 2 + 1, n, n_all, dtype=torch.complex128)
    energies = torch.zeros(len(y), dtype=torch.float64)
    for start in range(0, length, _BLOCKS * new):
        n_blocks = min(_BLOCKS, math.ceil((length - start) / new))
        both = torch.zeros(n_all, n_blocks * new + taps - 1, dtype=torch.float64)
        for rows, signals in ((both[:n], x), (both[n:], y)):
            piece = signals[:, start : start + both.shape[1]]
            rows[:, : piece.shape[1]] = piece
        energies += both[n:, : n_blocks * new].square().sum(1)
        frames = both.unfold(1, size, new)  # (n + k, blocks, N + L − 1)
        later = torch.fft.rfft(frames).permute(2, 1, 0)  # (F, blocks, n + k)
        here = torch.fft.rfft(frames[:n, :, :new], n=size).permute(2, 0, 1)  # (F, n, blocks)
        spectrum += here.conj() @ later
        yield None
    yield torch.fft.irfft(spectrum, n=size, dim=0)[:taps].contiguous(), energies


def gram_matrix(lags: Tensor) -> Tensor:
    """Return G (n·L, n·L) of correlations (L, n, n)."""
    taps, n, _ = lags.shape
    forward = lags.permute(1, 2, 0)  # (n, n, L)
    full = torch.cat([forward.transpose(0, 1)[:, :, 1:].flip(2), forward], 2)  # τ = 1 − L … L − 1
    gram = torch.empty(n, taps, n, taps, dtype=lags.dtype)
    for i in range(n):
        gram[i] = full[i].flip(1).unfold(1, taps, 1).flip(1).transpose(0, 1)  # (a, j, b), of τ = a − b
    return gram.view(n * taps, n * taps)


def solve(gram: Tensor, right: Tensor) -> Iterator[Tensor | None]:
    """Yield None as long as it goes on, then the filters c (n·L, k) for d (n·L, k).

    Where references depend on each other (a voice in the middle is the same left and right) G has no inverse: a small
    ridge gives it one, and refining the solution takes the effect of the ridge away again. References should have the
    energy 1, or 0, for which the filters are 0.
    """
    factor, refinements = gram.clone(), 0
    if not (yield from _factor(factor)):
        factor, refinements = gram.clone(), _REFINEMENTS
        factor.diagonal().add_(_RIDGE)
        yield from _factor(factor)
    solution = _cholesky_solve(factor, right)
    for _ in range(refinements):
        solution += _cholesky_solve(factor, right - gram @ solution)
        yield None
    yield solution


def _factor(matrix: Tensor) -> Generator[None, None, bool]:
    """Replace the lower triangle by Cholesky's factor, a panel at each step; return whether there is one."""
    for start in range(0, len(matrix), _PANEL):
        own, below = slice(start, start + _PANEL), slice(start + _PANEL, None)
        matrix[start:, own] -= matrix[start:, :start] @ matrix[own, :start].T
        corner, failed = torch.linalg.cholesky_ex(matrix[own, own])
        if failed:
            return False
        matrix[own, own] = corner
        matrix[below, own] = torch.linalg.solve_triangular(corner.T, matrix[below, own], upper=True, left=False)
        yield None
    return True


def _cholesky_solve(factor: Tensor, right: Tensor) -> Tensor:
    # in LAPACK's order of rows and columns the lower triangle is an upper one: SciPy then copies nothing, torch would
    return torch.from_numpy(scipy.linalg.cho_solve((factor.numpy().T, False), right.numpy(), check_finite=False))


def _block_length(length: int, taps: int) -> int:
    """Return N, the samples that are new in a block: N + L − 1 is a power of two."""
    return 2 ** math.ceil(math.log2(min(length, 15 * taps) + taps)) - taps + 1
