"""A spectrum's bins as the rows of a picture, equally spaced in hertz or in octaves.

    row i shows f_i … f_{i+1}: the highest of the bins in it, or, where there is none, the nearest bin

So a spectrum of 16,385 bins is drawn on 320 rows without a line getting lost, and one of 9 bins shows its 9 steps.

Conventions: rows go upwards in frequency; edges are float64 in Hz; a logarithmic axis begins at 20 Hz.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.errors import InvalidInput, constraint
from engine.spectral_analysis.spectrograms import Spectrogram

LOWEST_HZ = 20.0  # of a logarithmic axis, which has no 0; the lowest tone that is heard
AXES = {"linear": "linear", "log": "logarithmic"}


@dataclass(frozen=True, eq=False)
class FrequencyRows:
    """A picture of a spectrogram.

    Attributes:
        values: (R, frames).
        edges_hz: (R + 1,) where the rows begin, and where the last ends.
    """

    values: Tensor
    edges_hz: Tensor


def frequency_rows(picture: Spectrogram, n_rows: int = 320, axis: str = "linear") -> FrequencyRows:
    """Return a spectrogram, whose bins go from 0 Hz up, on `n_rows` rows.

    Raises:
        InvalidInput: an unknown axis, fewer than 1 row, or nothing above 20 Hz for a logarithmic axis.
    """
    f = picture.frequencies_hz
    if axis not in AXES:
        raise InvalidInput(constraint("axis", f"one of {', '.join(AXES)}", axis))
    if n_rows < 1 or not f[-1] > (LOWEST_HZ if axis == "log" else 0):
        raise InvalidInput(constraint("rows and the highest frequency", "above 0", (n_rows, f[-1].item())))
    if axis == "log":
        edges = LOWEST_HZ * (f[-1] / LOWEST_HZ) ** torch.linspace(0, 1, n_rows + 1, dtype=f.dtype)
    else:
        edges = torch.linspace(0, f[-1].item(), n_rows + 1, dtype=f.dtype)
    first, end = torch.searchsorted(f, edges[:-1]), torch.searchsorted(f, edges[1:])
    end[-1] = len(f)
    middles = (edges[:-1] + edges[1:]) / 2
    nearest = torch.searchsorted((f[:-1] + f[1:]) / 2, middles)
    rows = [
        picture.values[a:b].amax(0) if a < b else picture.values[k]
        for a, b, k in zip(first.tolist(), end.tolist(), nearest.tolist(), strict=True)
    ]
    return FrequencyRows(torch.stack(rows), edges)
