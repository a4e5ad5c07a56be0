"""A visitor brings ten minutes of stereo: how soon they are drawn, and what they cost in memory.

`python -m tests.benchmarks long_sound`
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from playwright.sync_api import Page, sync_playwright

from engine.io.audio import encode_audio
from tests.benchmarks.browser import resident_mb
from tests.browser.conftest import CHROMIUM, DESKTOP, FLAGS, ROOT, serve, settle

Row = tuple[str, str, float, float | None, str]
RATE_HZ, MINUTES = 44_100, 10
DRAWN = """() => [...document.querySelectorAll('*')].map((e) => e.shadowRoot?.mixer).some(
    (m) => m && m.views.Spectrogram?.sheet && m.scene.panels[0].x.range[1] > 500)"""


def rows() -> Iterator[Row]:
    """Measure an Ogg and an MP3 from the choice of the file to the spectrogram painted; then a picture changed."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for kind in ("ogg", "mp3"):
            file = Path(folder) / f"ten_minutes.{kind}"
            file.write_bytes(encode_audio(_music(), RATE_HZ, kind))
            with serve(ROOT, Path(folder)) as server:
                page = browser.new_page(viewport=DESKTOP)
                page.goto(f"{server.url}/sound")
                settle(page)
                page.goto(f"{server.url}/sound?sound_source=upload")
                settle(page)
                before = resident_mb(server)
                yield f"10 minutes of {kind}: chosen → drawn", "aim", _until_drawn(page, file), 2.0, "s"
                yield f"10 minutes of {kind}: memory of the server", "the samples alone", *_memory(server, before), "MB"
                page.close()
        browser.close()


def _music() -> torch.Tensor:
    chance = np.random.default_rng(0)
    time_s = np.arange(MINUTES * 60 * RATE_HZ) / RATE_HZ
    tone = 0.4 * np.sin(2 * np.pi * 220 * time_s + 40 * np.sin(2 * np.pi * 0.05 * time_s))
    sides = [tone + 0.05 * chance.standard_normal(len(tone)) for _ in range(2)]
    return torch.from_numpy(np.stack(sides).astype(np.float32))


def _until_drawn(page: Page, file: Path) -> float:
    began = time.perf_counter()
    page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(str(file))
    page.wait_for_function(DRAWN, timeout=120_000)
    return time.perf_counter() - began


def _memory(server, before: float) -> tuple[float, float]:
    return resident_mb(server) - before, 2 * 4 * MINUTES * 60 * RATE_HZ / 1e6
