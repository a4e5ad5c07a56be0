"""Where the real data with known answers lie, beside the project, and how the numeric files are read.

None of it is part of the project; a test that needs a file skips where it is absent.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from torch import Tensor

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "real"


def need(path: str) -> Path:
    """Return the file, or skip the test."""
    file = FOLDER / path
    if not file.exists():
        pytest.skip(f"../shared/real/{path} is not here")
    return file


def course(name: str) -> tuple[Tensor, Tensor]:
    """Return X (m, n) and y (m,) of a comma-separated file of the course."""
    lines = need(f"numeric/course/{name}").read_text().split()
    rows = torch.tensor([[float(v) for v in line.split(",")] for line in lines], dtype=torch.float64)
    return rows[:, :-1], rows[:, -1]


def nist(name: str) -> tuple[Tensor, Tensor, Tensor]:
    """Return X (m, n), y (m,) and the certified coefficients (n+1,) of a NIST StRD file."""
    lines = need(f"numeric/nist/{name}.dat").read_text().splitlines()
    certified = [float(found[1]) for line in lines if (found := re.match(r"\s+B\d\s+(\S+)\s+\S+\s*$", line))]
    begin = max(k for k, line in enumerate(lines) if line.startswith("Data:")) + 1
    rows = [[float(v) for v in line.split()] for line in lines[begin:] if line.strip()]
    data = torch.tensor(rows, dtype=torch.float64)
    return data[:, 1:], data[:, 0], torch.tensor(certified, dtype=torch.float64)
