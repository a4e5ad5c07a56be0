"""Which of PyTorch's engines computes int8 networks here: the quickest one whose arithmetic is exact on this processor.

    y = round(Σ x w / s),   x in 0 … 255, w in −128 … 127

An engine may sum pairs of products in 16 bits where the processor has no instruction for 32; then large products are
cut off, and a network that uses the full range of its numbers goes wrong. So each engine first computes one such sum.

Conventions: the engine is one for the whole process, and an int8 file is packed for it when it is loaded.
"""

from __future__ import annotations

import warnings
from functools import cache

import torch

FASTEST_FIRST = ("onednn", "x86", "fbgemm", "qnnpack")
N_PRODUCTS = 64 * 9
LARGEST = 255 * 127


@cache
def choose_engine() -> str | None:
    """Make the quickest exact engine the process's, for good, and return its name; None where there is none."""
    before = torch.backends.quantized.engine
    supported = torch.backends.quantized.supported_engines
    for name in FASTEST_FIRST:
        if name in supported and is_exact(name):
            torch.backends.quantized.engine = name
            return name
    torch.backends.quantized.engine = before
    return None


def is_exact(name: str) -> bool:
    """Return whether an engine sums the largest products without cutting any off; it is the process's afterwards."""
    torch.backends.quantized.engine = name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # int8 tensors are to leave PyTorch one day
        x = torch.quantize_per_tensor(torch.full((1, 64, 3, 3), 255.0), 1.0, 0, torch.quint8)
        w = torch.quantize_per_tensor(torch.full((8, 64, 3, 3), 127.0), 1.0, 0, torch.qint8)
        try:
            packed = torch.ops.quantized.conv2d_prepack(w, None, [1, 1], [0, 0], [1, 1], 1)
            y = torch.ops.quantized.conv2d(x, packed, N_PRODUCTS * LARGEST / 200, 0)
        except RuntimeError:  # built in, but not for this processor
            return False
    return bool((y.int_repr() == 200).all())
