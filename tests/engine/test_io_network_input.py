"""A picture as a network wants it: its size, what is added, and the way back."""

import pytest
import torch

from engine.errors import InvalidInput
from engine.io.network_input import resized


def test_the_shorter_side_is_the_asked_one_and_the_edge_is_repeated():
    """Of 150 × 251 px a network sees 192 × 321, and right of it the last column up to a multiple of 16."""
    image = torch.rand(3, 150, 251)
    seen, scale = resized(image, 192, 16, 4)
    assert seen.shape == (1, 3, 192, 336) and scale == (321 / 251, 192 / 150)
    assert torch.equal(seen[..., 321:], seen[..., 320:321].expand(-1, -1, -1, 15))
    assert seen[..., :321].mean().item() == pytest.approx(image.mean().item(), abs=1e-3)


def test_bytes_are_the_same_picture():
    image = torch.rand(3, 150, 251)
    assert (resized((image * 255).byte(), 192, 16, 4)[0] - resized(image, 192, 16, 4)[0]).abs().max() < 2 / 255


def test_a_picture_of_the_right_size_is_left_as_it_is():
    image = torch.rand(3, 192, 208)
    seen, scale = resized(image, 192, 16, 4)
    assert scale == (1, 1) and torch.equal(seen[0], image)


def test_a_picture_may_be_long_but_not_longer():
    assert resized(torch.ones(3, 400, 100), 192, 16, 4)[0].shape == (1, 3, 768, 192)
    with pytest.raises(InvalidInput, match="image must be at most 4 times as long as wide"):
        resized(torch.ones(3, 401, 100), 192, 16, 4)
