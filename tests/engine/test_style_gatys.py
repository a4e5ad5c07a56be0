"""Style transfer by optimisation, colours, figures of a judge: what always holds."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from engine.errors import InvalidInput, ShapeError
from engine.io.images import decode_image, encode_png
from engine.metrics import style as judging
from engine.runtime.seeds import generator
from engine.style_transfer import colour
from engine.style_transfer.descent import Adam, Lbfgs
from engine.style_transfer.gatys import Gatys, cover, level_sizes, optimise
from engine.style_transfer.random_filters import RandomFilters
from engine.style_transfer.sizes import check_picture, longest


def picture(height, width, seed=0):
    rough = torch.rand(1, 3, max(2, height // 6), max(2, width // 6), generator=generator(seed))
    return F.interpolate(rough, (height, width), mode="bilinear")[0]


QUICK = Gatys(size_px=64, steps=12, levels=2, style_weight=20.0)


@pytest.fixture(scope="module")
def network():
    return RandomFilters()


@pytest.fixture(scope="module")
def run(network):
    return list(optimise(network, picture(48, 80), [picture(60, 60, 1)], QUICK))


def test_a_run_goes_down_from_coarse_to_fine(run):
    assert [snapshot.step for snapshot in run] == list(range(1, 13))
    assert [tuple(snapshot.picture.shape) for snapshot in run] == [(3, 19, 32)] * 6 + [(3, 38, 64)] * 6
    for level in (run[:6], run[6:]):
        assert level[-1].losses.total < 0.9 * level[0].losses.total
    assert run[-1].picture.dtype == torch.uint8
    again = pickle.loads(pickle.dumps(run[-1]))
    assert torch.equal(again.picture, run[-1].picture) and again.losses == run[-1].losses


def test_the_same_settings_give_the_same_run(network, run):
    *_, last = optimise(network, picture(48, 80), [picture(60, 60, 1)], QUICK)
    assert torch.equal(last.picture, run[-1].picture)


def test_a_run_goes_on_from_a_snapshot_with_other_settings(network, run):
    asked = replace(QUICK, style_weight=1.0, steps=14)
    branch = list(optimise(network, picture(48, 80), [picture(60, 60, 1)], asked, resume=run[8]))
    assert [snapshot.step for snapshot in branch] == list(range(10, 15))
    assert torch.equal(branch[0].picture, run[8].picture)
    with pytest.raises(InvalidInput, match="snapshot must be of a level of"):
        list(optimise(network, picture(80, 48), [picture(60, 60, 1)], QUICK, resume=run[8]))


@pytest.mark.parametrize("start", ["noise", "style"])
def test_other_starts_and_adam(network, start):
    asked = replace(QUICK, start=start, optimiser="adam", levels=1, steps=8)
    first, *_, last = optimise(network, picture(48, 80), [picture(60, 60, 1)], asked)
    assert last.losses.total < first.losses.total
    if start == "style":
        wanted = cover(picture(60, 60, 1)[None], (38, 64))[0].mul(255).round().byte()
        assert torch.equal(first.picture, wanted)


def test_what_cannot_be_asked_is_refused(network):
    content, style = picture(40, 40), picture(40, 40, 1)
    with pytest.raises(InvalidInput, match="styles must be at least one"):
        next(optimise(network, content, [], QUICK))
    with pytest.raises(InvalidInput, match="layer must be one of"):
        next(optimise(network, content, [style], replace(QUICK, style_layers=("conv9",))))
    with pytest.raises(InvalidInput, match="weights must be more than 0"):
        next(optimise(network, content, [style], replace(QUICK, content_weight=0.0, style_weight=0.0)))
    with pytest.raises(InvalidInput, match="size of the picture"):
        Gatys(size_px=5000)
    with pytest.raises(InvalidInput, match="at most 16 times"):
        next(optimise(network, torch.rand(3, 2, 40), [style], QUICK))
    with pytest.raises(InvalidInput, match="finite floats"):
        check_picture(torch.full((3, 4, 4), torch.nan), "picture")
    with pytest.raises(ShapeError, match="of shape"):
        check_picture(torch.rand(1, 4, 4), "picture")


@pytest.mark.parametrize("size", [(1, 1), (2, 32), (40, 3)])
def test_tiny_and_narrow_pictures_are_transferred(network, size):
    asked = replace(QUICK, steps=4, levels=4)
    *_, last = optimise(network, torch.rand(3, *size), [torch.rand(3, 1, 1)], asked)
    assert last.picture.shape[0] == 3 and min(last.picture.shape[1:]) >= 16
    assert len(level_sizes(picture(64, 64), replace(asked, size_px=64), 32)) == 2


def test_pictures_from_files_of_every_kind_are_transferred(network, tmp_path):
    from PIL import Image

    grey, clear = Image.new("L", (20, 30), 90), Image.new("RGBA", (20, 30), (200, 10, 10, 100))
    grey.save(tmp_path / "grey.png")
    clear.save(tmp_path / "clear.png")
    frames = [Image.new("P", (20, 20), k) for k in (1, 2)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    for name in ("grey.png", "clear.png", "moving.gif"):
        own = decode_image((tmp_path / name).read_bytes(), name)
        *_, last = optimise(network, own, [picture(30, 30)], replace(QUICK, steps=2))
        assert last.picture.shape[0] == 3
    broken = encode_png(picture(20, 20))[:60]
    with pytest.raises(InvalidInput):
        decode_image(broken, "broken.png")


@pytest.mark.parametrize("make", [Lbfgs, lambda: Adam(0.05)])
def test_both_ways_down_find_the_minimum_of_a_bowl(make):
    scales = torch.logspace(0, 1, 48, dtype=torch.float64).view(1, 3, 4, 4)
    target = torch.rand(1, 3, 4, 4, generator=generator(0)).double()
    x, descent = torch.full_like(target, 0.5), make()
    for _ in range(150):
        x = descent.step(x, (scales * (x - target) ** 2).sum().item(), 2 * scales * (x - target))
    torch.testing.assert_close(x, target, rtol=0, atol=1e-3)


@pytest.mark.parametrize("make", [Lbfgs, lambda: Adam(0.05)])
def test_both_ways_down_stay_among_colours_that_can_be_seen(make):
    target = torch.tensor([-0.5, 0.4, 1.5]).view(1, 3, 1, 1).expand(1, 3, 4, 4).double()
    x, descent = torch.full_like(target, 0.5), make()
    for _ in range(80):
        x = descent.step(x, ((x - target) ** 2).sum().item(), 2 * (x - target))
        assert x.min() >= 0 and x.max() <= 1
    torch.testing.assert_close(x, target.clamp(0, 1), rtol=0, atol=1e-3)


def test_a_finer_level_begins_with_the_photographs_own_detail(network):
    fine = torch.rand(3, 64, 64, generator=generator(3))  # none of it is left at half the size
    slow = Gatys(size_px=64, steps=2, levels=2, optimiser="adam", learning_rate=0.001)
    *_, last = optimise(network, fine, [picture(60, 60, 1)], slow)
    torch.testing.assert_close(last.picture / 255, fine, rtol=0, atol=0.01)
    *_, blurred = optimise(network, fine, [fine], replace(slow, start="style"))
    assert (blurred.picture / 255 - fine).abs().mean() > 0.1


def test_colours_are_carried_over_exactly():
    painted, photograph = 0.3 + 0.4 * picture(40, 50).double(), 0.35 + 0.3 * picture(30, 60, 1).double()
    moved = colour.transported(painted, colour.colour_transport(painted, photograph))
    np.testing.assert_allclose(moved.mean((1, 2)), photograph.mean((1, 2)), atol=1e-9)
    np.testing.assert_allclose(np.cov(moved.flatten(1)), np.cov(photograph.flatten(1)), atol=1e-4)
    a, _ = colour.colour_transport(painted, photograph)
    torch.testing.assert_close(a, a.T)  # optimal transport: symmetric
    kept = colour.with_luminance(painted, 0.4 + 0.2 * picture(40, 50, 2).double())
    weights = torch.tensor([0.299, 0.587, 0.114]).double()
    torch.testing.assert_close(*(torch.einsum("c,chw->hw", weights, x) for x in (kept, painted)), rtol=0, atol=0.05)
    grey = torch.full((3, 8, 8), 0.5)
    assert colour.keeping("histogram", grey, grey)(grey, grey).isfinite().all()
    with pytest.raises(InvalidInput, match="colours must be one of"):
        colour.keeping("sepia", grey, grey)


def test_the_figures_of_a_judge():
    features = {"a": np.random.default_rng(0).random((4, 5, 6)), "b": np.random.default_rng(1).random((3, 2, 2))}
    style = {name: 2 * values[:, :, :2] for name, values in features.items()}
    same = judging.judge((features, features), (features, features), style)
    assert (same.closed, same.cost) == (0, 0)
    copied = judging.judge((style, {"a": 1.5 * features["a"]}), (features, {"a": features["a"]}), style)
    assert copied.closed == 1 and copied.cost == pytest.approx(0.5)
    flat = features["a"].reshape(4, -1)
    wanted = style["a"].reshape(4, -1)
    gram, target = flat @ flat.T / flat.size, wanted @ wanted.T / wanted.size
    distance = judging.style_distance({"a": features["a"]}, {"a": style["a"]})
    assert distance == pytest.approx(np.linalg.norm(gram - target) / np.linalg.norm(target))
    with pytest.raises(InvalidInput, match="layers of both"):
        judging.style_distance({"a": features["a"]}, style)
    with pytest.raises(ShapeError, match="layer a must be"):
        judging.content_distance({"a": features["a"]}, {"a": features["a"][:, :2]})


def test_sizes_keep_the_shape_of_a_picture():
    assert longest(torch.rand(1, 3, 30, 60), 120).shape == (1, 3, 60, 120)
    assert longest(torch.rand(1, 3, 2, 32), 64).shape == (1, 3, 16, 256)
