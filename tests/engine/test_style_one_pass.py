"""Methods of one pass as the page calls them: whole pictures, full size in tiles, and a camera's frames."""

import time

import numpy as np
import pytest
import torch

from engine.io.images import decode_image
from engine.runtime.seeds import generator
from engine.runtime.shelf import shelf
from engine.style_transfer import png_strips
from engine.style_transfer.adain import AdaIN
from engine.style_transfer.johnson import JohnsonNet
from engine.style_transfer.live import LiveSize, LiveStyle
from engine.style_transfer.one_pass import frame, painted_in_full, with_adain, with_johnson
from engine.style_transfer.transfer import Around

NOWHERE = np.zeros((0, 4))


def noise(*shape, seed=0):
    return torch.rand(*shape, generator=generator(seed))


@pytest.fixture(scope="module")
def methods():
    torch.manual_seed(0)
    johnson, adain = JohnsonNet((8, 8, 16), 1).eval(), AdaIN().eval()
    return {"johnson": with_johnson(johnson), "adain": with_adain(adain, [noise(3, 40, 40)], (1.0,), 32)}


@pytest.mark.parametrize("name", ["johnson", "adain"])
def test_full_size_is_the_whole_picture_painted_at_once(methods, name, monkeypatch):
    monkeypatch.setattr(png_strips, "TILE_PX", 64)
    photo = (noise(3, 88, 136) * 255).round() / 255
    *_, last = painted_in_full(methods[name], photo, "x", 136, Around(), NOWHERE, {})
    found = decode_image(shelf().get(last.file), "x")
    expected = methods[name].painter(photo)(photo)
    assert (found - expected).abs().max() < 0.02 and (expected - photo).abs().mean() > 0.05
    assert (methods[name].paint(photo) - expected).abs().max() < 0.02


def test_a_frame_is_painted_smaller_and_mixed():
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    assert frame(lambda x: 1 - x, pixels, 32, 1.0).shape == (24, 32, 3)
    half = frame(lambda x: 1 - x, pixels, 64, 0.5)
    assert np.abs(half.astype(int) - 128).max() <= 1
    assert np.array_equal(frame(lambda x: 1 - x, pixels, 64, 0.0), pixels)


def test_a_stream_shows_the_newest_painted_frame_and_never_waits():
    live = LiveStyle(lambda x: 1 - x, LiveSize(live_px=128))
    black = np.zeros((96, 128, 3), np.uint8)
    assert np.array_equal(live.show(black), black)  # nothing is painted yet
    ends = time.monotonic() + 30
    while live.newest.latest is None and time.monotonic() < ends:
        time.sleep(0.01)
    assert live.show(black).min() == 255
    live.paint = lambda x: x
    assert live.show(np.full((48, 64, 3), 9, np.uint8)).shape == (48, 64, 3)
