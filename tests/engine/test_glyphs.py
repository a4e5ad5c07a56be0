"""The glyphs world: many typefaces, every character readable, distorted by seed."""

import pytest
import torch

from engine.datasets import glyphs
from engine.datasets.glyphs import DIGITS, LETTERS, make_glyphs, shape_of, typefaces
from engine.errors import InvalidInput


def test_typefaces_are_many_and_unlike():
    faces = typefaces()
    assert len(faces) >= 16 and len({face.name for face in faces}) == len(faces)
    assert len(faces) >= 40, "Streamlit's fonts were not found"
    shapes = torch.tensor([shape_of(face, "4").tolist() for face in faces]).flatten(1)
    apart = torch.cdist(shapes, shapes) + 99 * torch.eye(len(faces))
    assert apart.min() > 0.5


@pytest.mark.parametrize("character", DIGITS + LETTERS)
def test_a_shape_fills_its_height(character):
    for face in typefaces()[::7]:
        shape = torch.from_numpy(shape_of(face, character).copy())
        rows, columns = (shape > 0.3).nonzero(as_tuple=True)
        high, wide = int(rows.max() - rows.min()), int(columns.max() - columns.min())
        assert 38 <= high <= 41 or 42 <= wide <= 45
        assert abs(float(rows.min() + rows.max()) - 55) < 4 and shape.min() >= 0 and shape.max() <= 1


def test_glyphs_come_by_seed():
    images, labels = make_glyphs(60, 1)
    again, same = make_glyphs(60, 1)
    assert images.shape == (60, 1, 32, 32) and labels.shape == (60,)
    assert torch.equal(images, again) and torch.equal(labels, same)
    assert not torch.equal(images, make_glyphs(60, 2)[0])
    assert images.min() >= 0 and images.max() <= 1 and (images.flatten(1).amax(1) > 0.5).all()
    edges = torch.cat([images[..., 0, :], images[..., -1, :], images[..., 0], images[..., -1]], 2)
    assert (edges.amax(2) > 0.5).float().mean() < 0.04 and set(labels.tolist()) == set(range(10))


def test_asked_for_by_label():
    wanted = torch.tensor([3, 3, 25])
    images, labels = make_glyphs(3, 0, LETTERS, wanted)
    assert torch.equal(labels, wanted) and not torch.equal(images[0], images[1])


@pytest.mark.parametrize(
    ("n", "characters", "labels", "sentence"),
    [
        (0, DIGITS, None, "n must be"),
        (2, "abc", None, "characters must be"),
        (2, "", None, "characters must be"),
        (2, DIGITS, torch.tensor([1]), "labels must be"),
        (1, DIGITS, torch.tensor([10]), "labels must be"),
    ],
)
def test_what_cannot_be_drawn(n, characters, labels, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        make_glyphs(n, 0, characters, labels)


def test_without_streamlit_there_are_fewer(monkeypatch):
    module = __import__("engine.datasets.glyphs.typefaces", fromlist=["x"])
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    fewer = module.typefaces.__wrapped__()
    assert 10 < len(fewer) < len(glyphs.typefaces()) and all(not face.weight for face in fewer)
