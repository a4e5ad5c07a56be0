"""What the style page computes beside the methods: the painted mask, the run to watch, the view of a Gram matrix."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.errors import InvalidInput
from engine.runtime.seeds import generator
from engine.style_transfer.gatys import Gatys, optimise
from engine.style_transfer.gram import gram
from engine.style_transfer.gram_view import MOST_FEATURES, gram_view
from engine.style_transfer.mask import LINKED_DABS, MOST_DABS, apply_mask, clean_dabs, draw_mask, from_text, to_text
from engine.style_transfer.random_filters import RandomFilters
from engine.style_transfer.texture_vgg import TextureVGG
from engine.style_transfer.transfer import Around, by_optimisation, finished, in_one_pass
from engine.style_transfer.watched import watch

SHORT = Gatys(size_px=48, steps=6, levels=2)


@pytest.fixture(scope="module")
def pair():
    chance = generator(0)
    return torch.rand(3, 40, 60, generator=chance), torch.rand(3, 32, 32, generator=chance)


def dab(x, y, r, wipes=0):
    return [x, y, r, wipes]


def test_a_dab_is_a_round_spot_of_its_radius():
    mask = draw_mask(np.array([dab(0.5, 0.5, 0.2)]), (100, 200))
    assert mask.shape == (100, 200) and mask[50, 100] > 0.999 and mask[0, 0] == 0
    assert mask.sum().item() == pytest.approx(np.pi * 40**2, rel=0.05)  # 0.2 of the longer side


def test_later_dabs_lie_on_earlier_ones():
    painted = draw_mask(np.array([dab(0.5, 0.5, 0.3), dab(0.5, 0.5, 0.1, 1)]), (120, 120))
    assert painted[60, 60] < 1e-3 and painted[60, 85] > 0.999
    wiped = draw_mask(np.array([dab(0.5, 0.5, 0.1, 1)]), (120, 120))  # a wipe at first: everywhere but here
    assert wiped[60, 60] < 1e-3 and wiped[5, 5] > 0.999


def test_without_a_dab_there_is_no_mask():
    x, y = torch.zeros(3, 4, 4), torch.ones(3, 4, 4)
    assert draw_mask(np.zeros((0, 4)), (4, 4)) is None
    assert torch.equal(apply_mask(x, y, None, 0.25), torch.full((3, 4, 4), 0.25))
    assert torch.equal(apply_mask(x, y, torch.eye(4)), torch.eye(4).expand(3, 4, 4))


def test_a_mask_goes_through_a_link():
    dabs = np.random.default_rng(0).random((50, 4)).round()
    assert np.array_equal(from_text(to_text(dabs)), dabs)
    assert to_text(np.zeros((0, 4))) == to_text(np.zeros((LINKED_DABS + 1, 4))) == ""


@pytest.mark.parametrize("text", ["", "!", "AAA", "ü" * 8, "A" * 7])
def test_any_other_text_is_no_mask(text):
    assert from_text(text).shape == (0, 4)


def test_hostile_dabs_are_cut():
    found = clean_dabs(np.array([[np.nan, 0, 0, 0], [9, -9, 7, 5]]))
    assert found.tolist() == [[1, 0, 1, 1]]
    assert len(clean_dabs(np.zeros((MOST_DABS + 5, 4)))) == MOST_DABS


def test_a_watched_run_is_the_run_itself(pair):
    content, style = pair
    network = RandomFilters()
    whole, seen = list(optimise(network, content, [style], SHORT)), list(watch(network, content, [style], SHORT))
    assert [one.losses for one in seen] == [one.losses for one in whole]
    assert all(torch.equal(a.picture, b.picture) for a, b in zip(seen, whole, strict=True) if a.picture is not None)
    long = list(watch(network, content, [style], replace(SHORT, steps=200, size_px=32, levels=1)))
    kept = [one.step for one in long if one.picture is not None]
    assert 40 < len(kept) < 60 and kept[0] == 1 and kept[-1] == 200
    assert pickle.loads(pickle.dumps(long[0])).step == 1


def test_a_branch_goes_on_from_a_kept_picture(pair):
    content, style = pair
    network = RandomFilters()
    first = list(watch(network, content, [style], SHORT))[2]
    branch = list(watch(network, content, [style], replace(SHORT, style_weight=500.0), resume=first.resumable()))
    assert [one.step for one in branch] == [4, 5, 6] and branch[0].picture is not None


def test_strength_and_mask_are_put_on_afterwards(pair):
    content, style = pair
    *_, last = by_optimisation(RandomFilters(), content, [style], (1.0,), SHORT)
    assert last.picture.shape == (3, 32, 48) and last.losses.total > 0
    none = finished(content, last.picture, Around(strength=0.0), np.zeros((0, 4)))
    whole = finished(content, last.picture, Around(), np.zeros((0, 4)))
    masked = finished(content, last.picture, Around(), np.array([dab(0, 0, 0.1)]))
    assert torch.equal(whole, last.picture)
    assert torch.equal(masked[:, -5:, -5:], none[:, -5:, -5:]) and torch.equal(masked[:, :2, :2], whole[:, :2, :2])


def test_one_pass_has_the_size_asked_for(pair):
    (only,) = in_one_pass(lambda x: 1 - x, pair[0], 30)
    assert only.picture.shape == (3, 20, 30) and (only.step, only.total_steps) == (1, 1)


def test_the_view_shows_the_matrix_itself(pair):
    content, style = pair
    network = RandomFilters()
    view = gram_view(network, "scale2", [content, style], 1, 48)
    assert len(view.features) == MOST_FEATURES < view.n_features == network.layer("scale2").channels
    larger = torch.nn.functional.interpolate(style[None], (48, 48), mode="bicubic", antialias=True).clamp(0, 1)
    features = network(larger, ("scale2",))
    expected = gram(features["scale2"])[0].numpy()[np.ix_(view.features, view.features)]
    np.testing.assert_allclose(view.grams[1], expected, rtol=1e-4, atol=1e-9)
    assert (
        view.maps[0].shape[0] == 64 and max(view.maps[0].shape[1:]) <= 40 and max(one.max() for one in view.maps) == 255
    )


def test_of_many_features_the_strongest_are_shown(pair):
    torch.manual_seed(0)
    network = TextureVGG()
    view = gram_view(network, "relu3_1", pair, 1, 32)
    with torch.no_grad():
        whole = gram(network(torch.nn.functional.interpolate(pair[1][None], (32, 32)), ("relu3_1",))["relu3_1"])[0]
    expected = whole.diagonal().topk(MOST_FEATURES).indices.sort().values
    assert view.n_features == 160 and view.features.tolist() == expected.tolist()
    with pytest.raises(InvalidInput, match="relu9"):
        gram_view(network, "relu9", pair, 1, 32)
