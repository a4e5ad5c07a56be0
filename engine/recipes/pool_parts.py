"""Pools of examples that are drawn once, kept in parts, each its own file: a drawing that was cut off goes on.

Conventions: a pool is a dataclass of tensors whose first axes are joined; a part is a safetensors file of its fields.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import save_file
from torch import Tensor

Pool = TypeVar("Pool")


def write_part(pool: Any, path: Path) -> None:
    """Write a part; a drawing that is cut off meanwhile leaves no half file."""
    unfinished = path.with_suffix(".part")
    save_file(vars(pool), unfinished)
    unfinished.replace(path)


def joined(kind: type[Pool], parts: Sequence[Mapping[str, Tensor]]) -> Pool:
    """Return the pool of all parts, one after the other."""
    return kind(**{field.name: torch.cat([part[field.name] for part in parts]) for field in fields(kind)})


def pool_command_line(sentence: str, what: str, n: int, seed: int) -> tuple[Path, int, int]:
    """Read the folder, how many of `what` are to be drawn, and the seed; n and `seed` where nothing is said."""
    parser = argparse.ArgumentParser(description=sentence)
    parser.add_argument("--folder", type=Path, required=True, help="where the parts are kept")
    parser.add_argument(f"--{what}", type=int, default=n)
    parser.add_argument("--seed", type=int, default=seed)
    chosen = parser.parse_args()
    return chosen.folder, getattr(chosen, what), chosen.seed
