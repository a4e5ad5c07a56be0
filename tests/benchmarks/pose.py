"""EfficientPose RT, ours against the traced original, on the same crop in the same run with the same threads.

Both give the heatmaps (1, 16, 224, 224) and must agree to 1e-4 before they are timed. They take turns, `ROUNDS` times,
and the shortest of each are compared: what else the machine does can only lengthen a run. The last row is all that a
frame of a webcam needs, from 640 × 480 bytes to sixteen joints, against the time that 15 poses a second leave.

Both files are read from ../shared/real; without them there are no rows.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from time import perf_counter
from unittest.mock import patch

import torch

from engine.pose.efficientpose import EfficientPose
from engine.pose.efficientpose_file import convert
from engine.pose.efficientpose_rt import EfficientPoseRT
from engine.weights.legacy_pickle import read_tensors
from tests.reference.real_data import FOLDER

ROUNDS = 30
WARM_UP = 3
AIM_MS = 1000 / 15
FILES = FOLDER / "weights" / "efficientpose"
Row = tuple[str, str, float, float | None, str]


def rows() -> Iterator[Row]:
    """Yield the comparisons with one thread and, where there are two cores, with two."""
    if not FILES.exists():
        return
    before = torch.get_num_threads()
    try:
        for n_threads in range(1, min(os.cpu_count() or 1, 2) + 1):
            torch.set_num_threads(n_threads)
            yield from _rows(f"{n_threads} thread{'s' if n_threads > 1 else ''}")
    finally:
        torch.set_num_threads(before)


@torch.inference_mode()
def _rows(threads: str) -> Iterator[Row]:
    network, trace = _network(), _trace()
    batch = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(network(batch), trace(batch), atol=1e-4, rtol=0)
    ours, theirs = _race(lambda: network(batch), lambda: trace(batch))
    yield f"EfficientPose RT, heatmaps, {threads}", "the traced original", ours, theirs, "ms"
    frame = torch.randint(0, 256, (3, 480, 640), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    with patch("engine.pose.efficientpose_rt.load", lambda weights, device: network):
        estimator = EfficientPoseRT("cpu")
    ours, _ = _race(lambda: estimator.estimate(frame), lambda: None)
    yield f"EfficientPose RT, frame to joints, {threads}", "aim: 15 a second", ours, AIM_MS, "ms"


def _network() -> EfficientPose:
    network = EfficientPose().eval().requires_grad_(False)
    network.load_state_dict(convert(read_tensors(FILES / "EfficientPoseRT")))
    return network


def _trace() -> torch.jit.ScriptModule:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`torch\.jit\.load`", FutureWarning)
        return torch.jit.load(FILES / "efficientpose_RT_224.torchscript.pt")


def _race(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """Return the shortest milliseconds of each."""
    for _ in range(WARM_UP):
        ours(), theirs()
    times = [(_milliseconds(ours), _milliseconds(theirs)) for _ in range(ROUNDS)]
    return min(a for a, _ in times), min(b for _, b in times)


def _milliseconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return 1000 * (perf_counter() - began)
