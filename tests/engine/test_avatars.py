"""The avatars world: attributes are independent, as often as written, and each is seen."""

from collections import Counter
from dataclasses import replace

import pytest
import torch

from engine.datasets.avatars import (
    ATTRIBUTES,
    FREQUENCIES,
    Avatar,
    draw,
    draw_avatars,
    draw_bytes,
    labels_of,
    make_avatars,
    random_avatar,
    random_avatars,
    some_avatars,
)
from engine.errors import InvalidInput
from engine.runtime.seeds import generator

MANY = random_avatars(4000, generator(0))


def test_a_face_is_a_picture():
    image = draw(Avatar())
    assert image.shape == (3, 64, 64) and image.dtype == torch.float32
    assert image.min() >= 0 and image.max() <= 1 and image.std() > 0.1
    assert torch.equal(image, draw(Avatar()))


def test_the_same_seed_gives_the_same_faces_in_parts_too():
    images, avatars = make_avatars(6, 3)
    again, rest = make_avatars(2, 3, first=4)
    assert avatars[4:] == rest and torch.equal(images[4:], again)
    assert avatars != make_avatars(6, 4)[1]
    assert torch.equal(draw_bytes(avatars), (images * 255).round().byte())
    assert random_avatar(generator(5)) == random_avatar(generator(5))


@pytest.mark.parametrize("name", FREQUENCIES)
def test_frequencies_are_those_that_are_written(name):
    assert sum(FREQUENCIES[name].values()) == pytest.approx(1)
    counts = Counter(getattr(avatar, name) for avatar in MANY)
    for value, frequency in FREQUENCIES[name].items():
        assert counts[value] / len(MANY) == pytest.approx(frequency, abs=0.03)


def test_attributes_are_independent():
    labels = labels_of(MANY)
    for i in range(len(ATTRIBUTES)):
        for j in range(i):
            joint = torch.zeros(6, 6)
            joint.index_put_((labels[:, i], labels[:, j]), torch.ones(len(MANY)), accumulate=True)
            joint /= len(MANY)
            apart = (joint - joint.sum(1, keepdim=True) * joint.sum(0, keepdim=True)).abs().max()
            assert apart < 0.02, (ATTRIBUTES[i], ATTRIBUTES[j])


@pytest.mark.parametrize("name", FREQUENCIES)
def test_every_value_is_seen(name):
    values = FREQUENCIES[name]
    if name == "smiling":
        faces = [replace(Avatar(), smile=0.2), replace(Avatar(), smile=0.9)]
    else:
        faces = [replace(Avatar(), **{name: value}) for value in values]
    images = draw_avatars(faces)
    for i in range(len(faces)):
        assert faces[i].label(name) == i
        for j in range(i):
            assert ((images[i] - images[j]).abs().amax(0) > 0.15).sum() >= 6, (i, j)


def test_a_smile_grows_and_changes_the_mouth_alone():
    flat, wide = draw(Avatar(smile=0.0)), draw(Avatar(smile=1.0))
    rows, columns = ((flat - wide).abs().amax(0) > 0.05).nonzero(as_tuple=True)
    assert rows.min() > 42 and rows.max() < 58 and columns.min() > 22 and columns.max() < 42
    widths = [((draw(Avatar(smile=s)) - flat).abs().amax(0) > 0.1).sum() for s in (0.25, 0.5, 0.75, 1.0)]
    assert widths == sorted(widths) and Avatar(smile=0.51).smiling == "yes" and Avatar(smile=0.5).smiling == "no"


def test_labels_and_a_number_of_bad_values():
    avatars = some_avatars(5)
    assert labels_of(avatars).shape == (5, 13) and labels_of([]).shape == (0, 13)
    assert draw_bytes([]).shape == (0, 3, 64, 64)
    for wrong in ({"hair": "bald"}, {"smile": 1.5}, {"smile": float("nan")}, {"tilt_deg": 90.0}):
        with pytest.raises(InvalidInput, match=f"{next(iter(wrong))} must be"):
            Avatar(**wrong)
    for n in (0, 100_001, True):
        with pytest.raises(InvalidInput, match="n must be"):
            make_avatars(n)
