"""Reconstructions layer by layer and the strip of ratios: each picture agrees where it has to."""

import pickle

import pytest
import torch

from engine.runtime.seeds import generator
from engine.style_transfer.gatys import Gatys
from engine.style_transfer.gram import gram
from engine.style_transfer.random_filters import RandomFilters
from engine.style_transfer.series import CONTENT, STYLE, Series, ratios, reconstruct
from engine.style_transfer.sizes import longest

LAYERS = ("scale2", "scale8")
SERIES = Series(64, 15)


@pytest.fixture(scope="module")
def picture():
    small = torch.rand(1, 3, 6, 8, generator=generator(0))
    return torch.nn.functional.interpolate(small, (48, 64), mode="bicubic").clamp(0, 1)[0]


@pytest.fixture(scope="module")
def made(picture):
    return {kind: list(reconstruct(RandomFilters(), picture, kind, LAYERS, SERIES)) for kind in (CONTENT, STYLE)}


def features(pictures, layer):
    return RandomFilters()(longest(pictures[None], 64), (layer,))[layer]


def test_a_series_counts_its_steps_through(made):
    for snapshots in made.values():
        assert [one.step for one in snapshots] == list(range(1, 31)) and snapshots[0].total_steps == 30
        assert [len(one.pictures) for one in snapshots] == [1] * 15 + [2] * 15
        assert [name for name, _ in snapshots[-1].pictures] == list(LAYERS)
        assert snapshots[-1].pictures[0][1] is snapshots[14].pictures[0][1]
        assert pickle.loads(pickle.dumps(snapshots[0])).step == 1


def test_content_alone_comes_to_agree_in_its_layer(made, picture):
    for k, layer in enumerate(LAYERS):
        target = features(picture, layer)
        begun, ended = (made[CONTENT][15 * k + at].pictures[k][1].float() / 255 for at in (0, 14))
        far = [(features(one, layer) - target).square().mean() for one in (begun, ended)]
        assert far[1] < 0.3 * far[0]


@pytest.mark.parametrize(("k", "layer"), [(0, "scale2"), (1, "scale2"), (1, "scale8")])
def test_style_alone_comes_to_agree_in_the_gram_matrices_up_to_its_layer(made, picture, k, layer):
    target = gram(features(picture, layer))
    begun, ended = (made[STYLE][15 * k + at].pictures[k][1].float() / 255 for at in (0, 14))
    far = [(gram(features(one, layer)) - target).square().sum() for one in (begun, ended)]
    assert far[1] < 0.2 * far[0]


def test_more_weight_on_the_style_is_closer_to_it(picture):
    style = torch.rand(3, 32, 32, generator=generator(1))
    settings = Gatys(size_px=48, steps=30, levels=1)
    *_, last = ratios(RandomFilters(), picture, [style], (1.0,), settings, (0.5, 500.0))
    assert [name for name, _ in last.pictures] == ["0.5", "500"] and last.step == 60
    target = gram(RandomFilters()(longest(style[None], 48), ("scale2",))["scale2"])
    far = [
        (gram(RandomFilters()(one[None].float() / 255, ("scale2",))["scale2"]) - target).square().sum()
        for _, one in last.pictures
    ]
    assert far[1] < 0.5 * far[0]
