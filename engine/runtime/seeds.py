"""Random number generators made from a seed, and independent child seeds: child = SHA-256(seed, name) mod 2⁶³.

Conventions: a seed is a whole number from 0 to 2⁶³ − 1. Nothing here reads or sets torch's global generator.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from engine.errors import InvalidInput, constraint

if TYPE_CHECKING:
    import torch

N_SEEDS = 2**63


def generator(seed: int, device: torch.device | str = "cpu") -> torch.Generator:
    """Return a fresh generator on `device`; the same seed gives the same numbers.

    Raises:
        InvalidInput: the seed is not a whole number from 0 to 2⁶³ − 1.
    """
    import torch

    _check(seed)
    return torch.Generator(device).manual_seed(seed)


def child_seed(seed: int, name: str) -> int:
    """Return a seed for one part of a run ("split", "initial weights"), independent of that of every other name.

    It depends on the seed and the name alone, so it is the same in every process and on every machine.

    Raises:
        InvalidInput: the seed is not a whole number from 0 to 2⁶³ − 1.
    """
    _check(seed)
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % N_SEEDS


def _check(seed: int) -> None:
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < N_SEEDS:
        raise InvalidInput(constraint("seed", "a whole number from 0 to 2⁶³ − 1", seed))
