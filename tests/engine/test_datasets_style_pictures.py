"""The style pictures world: a seed is a picture, at any size, and no kind can be taken for another."""

from functools import cache

import numpy as np
import pytest
import torch
from torch.nn.functional import avg_pool2d

from engine.datasets.chance import Chance
from engine.datasets.style_pictures import KINDS, StylePicture, draw, draw_random
from engine.errors import InvalidInput
from engine.runtime.seeds import generator

KIND_NAMES = tuple(KINDS)
SEED = 7


@cache
def seen(kind):
    return draw(StylePicture(kind, SEED, 256))


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_a_seed_is_a_picture_and_its_composition_does_not_depend_on_its_size(kind):
    small, large = seen(kind), draw(StylePicture(kind, SEED, 384))
    assert small.shape == (3, 256, 256) and small.dtype == torch.float32 and torch.isfinite(small).all()
    assert small.min() >= 0 and small.max() <= 1 and small.std() > 0.05
    assert torch.equal(small, draw(StylePicture(kind, SEED, 256)))
    coarse = [avg_pool2d(picture[None], picture.shape[1] // 16)[0] for picture in (small, large)]
    other = avg_pool2d(draw(StylePicture(kind, SEED + 1, 64))[None], 4)[0]
    apart = (coarse[0] - coarse[1]).abs().mean()
    assert apart < 0.035 and apart < 0.35 * (coarse[0] - other).abs().mean()


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_what_hangs_are_seeds_and_the_kind_speaks(kind):
    assert len(set(KINDS[kind].hung)) >= 3 and all(0 <= seed <= 9999 for seed in KINDS[kind].hung)
    assert KINDS[kind].title and KINDS[kind].about.endswith(".")


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_a_kind_draws_as_many_random_numbers_at_any_size(kind):
    """Else what is painted last would depend on the size."""
    after = []
    for px in (64, 96):
        random = generator(5)
        KINDS[kind].paint(Chance(random), px)
        after.append(random.get_state())
    assert torch.equal(*after)


def test_small_pictures_are_the_large_ones_averaged():
    whole = avg_pool2d(draw(StylePicture("halftone", 3, 256))[None], 4)[0]
    assert (draw(StylePicture("halftone", 3, 64)) - whole).abs().max() < 1e-5


def test_random_pictures_follow_their_generator_and_leave_the_global_one_alone():
    before = torch.random.get_rng_state()
    first, again = (draw_random(generator(3), 64) for _ in range(2))
    assert torch.equal(first, again) and first.shape == (3, 64, 64)
    assert not torch.equal(first, draw_random(generator(4), 64))
    assert draw_random(generator(3), 64, KIND_NAMES[1]).shape == (3, 64, 64)
    assert torch.equal(before, torch.random.get_rng_state())


def test_what_there_is_not_is_refused():
    with pytest.raises(InvalidInput, match="kind must be one of"):
        StylePicture("crayon on a wall")
    with pytest.raises(InvalidInput, match="seed must be"):
        StylePicture(seed=10_000)
    for size in (32, 4096):
        with pytest.raises(InvalidInput, match="size must be"):
            StylePicture(size_px=size)
        with pytest.raises(InvalidInput, match="size must be"):
            draw_random(generator(0), size)
    with pytest.raises(InvalidInput, match="kind must be one of"):
        draw_random(generator(0), 64, "crayon")


def test_no_two_kinds_are_alike():
    """Fine texture tells kinds apart: energies of slopes and of their second differences, relative to the contrast."""
    marks = {}
    for kind in KIND_NAMES:
        grey = seen(kind).mean(0).numpy()
        marks[kind] = np.array([np.diff(grey, n, axis).std() / grey.std() for n in (1, 2) for axis in (0, 1)])
    for a in KIND_NAMES:
        assert all(np.abs(marks[a] - marks[b]).max() > 0.005 for b in KIND_NAMES if a != b)
