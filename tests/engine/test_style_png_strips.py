"""Full size: tiles equal the whole, a PNG written row by row, colours kept, enlargement along edges."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from engine.errors import ResourceLimit, ShapeError
from engine.io.images import decode_image, encode_png
from engine.io.png_rows import PngRows
from engine.runtime.seeds import generator
from engine.runtime.shelf import shelf
from engine.style_transfer import png_strips
from engine.style_transfer.colour import keeping
from engine.style_transfer.enlargement import local_colours
from engine.style_transfer.gatys import Gatys
from engine.style_transfer.png_strips import check_size, in_tiles, n_tiles, optimised_in_full, photograph_of
from engine.style_transfer.random_filters import RandomFilters
from engine.style_transfer.transfer import Around, by_optimisation, kept

NOWHERE = np.zeros((0, 4))
ROOT = Path(__file__).parents[2]


def noise(*shape, seed=0):
    return torch.rand(*shape, generator=generator(seed))


def smooth(height, width, seed=0):
    small = noise(1, 3, max(2, height // 16), max(2, width // 16), seed=seed)
    return F.interpolate(small, (height, width), mode="bicubic").clamp(0, 1)[0]


@pytest.fixture
def small_tiles(monkeypatch):
    monkeypatch.setattr(png_strips, "TILE_PX", 32)


@pytest.mark.parametrize("parts", [[7], [1, 6], [3, 3, 1]])
def test_a_png_written_in_parts_is_the_picture(parts):
    pixels = np.random.default_rng(0).integers(0, 256, (7, 5, 3), np.uint8)
    file, at = PngRows(5, 7, {"Tangent settings": "α"}), 0
    for n in parts:
        file.write(pixels[at : at + n])
        at += n
    with Image.open(io.BytesIO(file.finish())) as found:
        assert found.mode == "RGB" and np.array_equal(np.asarray(found), pixels)
        assert found.text == {"Tangent settings": "α"}


def test_a_png_has_all_its_rows_and_no_more():
    file = PngRows(2, 2)
    with pytest.raises(ShapeError, match="missing"):
        file.finish()
    for rows in (np.zeros((3, 2, 3), np.uint8), np.zeros((1, 3, 3), np.uint8), np.zeros((1, 2, 3))):
        with pytest.raises(ShapeError, match="rows"):
            file.write(rows)


def box(x):
    """Return a blur of 9 × 9, which needs 4 px around; borders mirrored."""
    return F.avg_pool2d(F.pad(x[None], (4, 4, 4, 4), mode="reflect"), 9, 1)[0]


@pytest.mark.parametrize("size", [(40, 70), (32, 32), (65, 33)])
def test_tiles_are_those_of_the_whole(small_tiles, size):
    photograph = (noise(3, *size) * 255).round().to(torch.uint8)
    dabs = np.array([[0.4, 0.5, 0.3, 0]])
    *before, last = in_tiles(
        photograph, lambda tile, place: box(tile), 4, Around(strength=0.7), lambda y, x: y, dabs, {}
    )
    assert [one.step for one in before] + [last.step] == list(range(1, n_tiles(size) + 1))
    assert not any(one.file for one in before) and last.preview.shape == (3, *size)
    x = photograph.float() / 255
    mask = png_strips.draw_mask(dabs, size)
    expected = x + 0.7 * mask * (box(x) - x)
    found = decode_image(shelf().get(last.file), "x")
    assert (found - expected).abs().max() < 1.6 / 255
    assert torch.equal(last.preview.float() / 255, found)


MEASURED = """
import numpy as np, torch
from engine.style_transfer.png_strips import in_tiles
from engine.style_transfer.transfer import Around
torch.set_num_threads(1)
status = lambda: open('/proc/self/status').read()  # getrusage would tell the parent's peak where that is higher
peak = lambda: int(status().split('VmHWM:')[1].split()[0]) / 1024
paint = lambda size: list(in_tiles(
    torch.full((3, *size), 90, dtype=torch.uint8), lambda tile, place: tile.mul(0.5), 64, Around(), lambda y, x: y,
    np.array([[0.5, 0.5, 0.3, 0]]), {},
))
paint((512, 512))
before = peak()
paint((4000, 6000))
print(peak() - before)
"""


def test_24_megapixels_stay_within_bounded_memory():
    said = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True, cwd=ROOT)
    photograph_mb, float_copy_mb = 4000 * 6000 * 3 / 2**20, 4000 * 6000 * 3 * 4 / 2**20
    assert photograph_mb < float(said.stdout) < 2 * float_copy_mb


def test_more_than_24_megapixels_are_refused():
    check_size((4000, 6000))
    with pytest.raises(ResourceLimit, match="24 megapixels"):
        check_size((4001, 6000))
    with pytest.raises(ResourceLimit, match="24 megapixels"):
        photograph_of(noise(3, 10, 10), "x", 6000)


def test_the_photograph_comes_in_the_size_asked_for():
    picture = smooth(60, 90)
    assert photograph_of(picture, "x", 30).shape == (3, 20, 30)
    same = photograph_of(encode_png(picture), "x", 90)
    assert same.shape == (3, 60, 90) and (same.float() / 255 - picture).abs().max() < 0.5 / 255 + 1e-6


def test_an_enlarged_linear_change_of_colours_is_exact():
    large = smooth(128, 192)
    small = F.interpolate(large[None], (64, 96), mode="area")[0]
    matrix = torch.tensor([[0.6, 0.2, 0.0], [0.1, 0.5, 0.1], [0.2, 0.0, 0.5]])
    change = lambda x: torch.einsum("ij,jhw->ihw", matrix, x) + 0.1  # noqa: E731
    noisy = (small + 0.15 * (noise(3, 64, 96, seed=1) - 0.5)).clamp(0, 1)  # so that the colours vary in each window
    found = local_colours(noisy, change(noisy))
    whole = found.enlarge(large, (0, 0), (128, 192))
    assert (whole - change(large)).abs().max() < 0.06 and (whole - change(large)).abs().mean() < 0.01
    part = found.enlarge(large[:, 40:80, 30:101], (40, 30), (128, 192))
    assert (part - whole[:, 40:80, 30:101]).abs().max() < 1e-5


@pytest.mark.parametrize("colours", ["style", "luminance", "histogram"])
def test_an_optimisation_in_full_size_looks_like_its_small_result(small_tiles, colours):
    photo, style = smooth(48, 72), noise(3, 32, 32, seed=3)
    settings, around = Gatys(size_px=48, steps=4, levels=1, style_weight=50.0), Around(colours=colours)
    args = (RandomFilters(), photo, "x", 96, [style], (1.0,), settings, around, NOWHERE, {"a": "b"})
    snapshots = list(optimised_in_full(*args))
    assert [one.step for one in snapshots] == list(range(1, 4 + 6 + 1)) and snapshots[-1].total_steps == 10
    large = decode_image(shelf().get(snapshots[-1].file), "x")
    assert large.shape == (3, 64, 96)
    small = photograph_of(photo, "x", 96)
    own = F.interpolate(small[None].float() / 255, (32, 48), mode="bicubic", antialias=True)[0].clamp(0, 1)
    *_, last = by_optimisation(RandomFilters(), own, [style], (1.0,), settings)
    result = last.picture.float() / 255
    result = keeping(kept(around), result, own)(result, own)
    back = F.interpolate(large[None], (32, 48), mode="area")[0]
    assert (back - result).abs().mean() < 0.05 < (own - result).abs().mean() + 0.04
