"""Songs taken apart: our Demucs against real time, and Hybrid Demucs against the usual way of running it.

Speed does not depend on what a network has learned: Demucs has random numbers where its file is not here, Hybrid Demucs
always. Each way of running it has a process of its own, which also tells its peak of memory.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from time import perf_counter

import torch

from engine.source_separation import demucs, hdemucs
from engine.source_separation.separator import SAMPLE_RATE_HZ, Separator
from tests.browser.conftest import ROOT

SONG_S, LONG_S = 60, 240
TIMES_REAL_TIME = 15  # aims
FIRST_S, STOP_S = 2.0, 1.0
Row = tuple[str, str, float, float | None, str]


def rows() -> Iterator[Row]:
    """Yield the comparisons."""
    yield from _speed()
    yield from _hybrid()


def _speed() -> Iterator[Row]:
    small, large = demucs.separator(demucs.Demucs().eval()), hdemucs.separator(hdemucs.build().eval())
    song = torch.randn(2, SONG_S * SAMPLE_RATE_HZ, generator=torch.Generator().manual_seed(0))
    list(small.separate(song[:, : 5 * SAMPLE_RATE_HZ]))  # what libraries load on first use
    whole_s, first_s, _ = _times(small, song)
    yield f"Demucs, {SONG_S} s of stereo", f"aim: {TIMES_REAL_TIME} × real time", whole_s, SONG_S / TIMES_REAL_TIME, "s"
    yield "Demucs, until the first sound", "aim", first_s, FIRST_S, "s"
    _, first_s, longest_s = _times(large, song[:, : 20 * SAMPLE_RATE_HZ])
    yield "Hybrid Demucs, until the first sound", "", first_s, None, "s"
    yield "Hybrid Demucs, longest step until a stop", "aim", longest_s, STOP_S, "s"


def _times(separator: Separator, song: torch.Tensor) -> tuple[float, float, float]:
    """Return the seconds of the whole, of the first part with sound, and of the longest step."""
    began = before = perf_counter()
    first_s, longest_s = None, 0.0
    for part in separator.separate(song):
        now = perf_counter()
        longest_s, before = max(longest_s, now - before), now
        if first_s is None and part.stems.shape[-1]:
            first_s = now - began
    return perf_counter() - began, first_s, longest_s


def _hybrid() -> Iterator[Row]:
    (ours_s, ours_mb, _), (plain_s, plain_mb, _) = (_alone(way) for way in ("ours", "plain"))
    work = f"Hybrid Demucs, a song of {LONG_S // 60} minutes"
    yield work, "chunks of 10 s, one long sum", ours_s, plain_s, "s"
    yield f"{work}, peak of memory", "chunks of 10 s, one long sum", ours_mb, plain_mb, "MB"


def _alone(way: str) -> list[float]:
    command = [sys.executable, "-m", "tests.benchmarks._separate_once", way, str(LONG_S)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return [float(value) for value in done.stdout.split()]
