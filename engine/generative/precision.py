"""In which numbers networks of pictures learn: bfloat16 where the processor multiplies matrices of them, else float32.

Convolutions alone are computed in bfloat16 (torch.autocast); weights, their steps and the losses stay float32.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch


def fast_precision(device: torch.device | str) -> AbstractContextManager:
    """Return the context in which a step's convolutions are computed on this device."""
    device = torch.device(device)
    if has_bfloat16(device):
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()


def has_bfloat16(device: torch.device) -> bool:
    """Whether products of bfloat16 are faster than those of float32 there."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and bool(torch.cpu.get_capabilities().get("amx_bf16", False))
