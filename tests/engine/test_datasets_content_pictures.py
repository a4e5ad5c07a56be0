"""Content pictures: every one opens without the network, in its own size, and says where it comes from."""

import socket

import pytest
import torch

from engine.datasets.content_pictures import CONTENT, GROUNDS, PHOTOGRAPHS, load_content, load_ground
from engine.errors import InvalidInput


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("a content picture asked the network")

    monkeypatch.setattr(socket, "socket", refuse)


@pytest.mark.parametrize("name", CONTENT)
def test_a_content_picture_opens_and_is_a_picture(name):
    picture = load_content(name)
    assert picture.dtype == torch.float32 and picture.ndim == 3 and picture.shape[0] == 3
    assert min(picture.shape[1:]) >= 300 and picture.min() >= 0 and picture.max() <= 1
    assert picture.std() > 0.04  # the Moon's is the calmest
    assert all((CONTENT[name].title, CONTENT[name].credit, CONTENT[name].licence))


def test_a_content_picture_is_the_file_of_the_package():
    picture = load_content("astronaut")
    assert picture.shape == (3, 512, 512)
    assert (picture[:, 0, 0] * 255).round().tolist() == [154, 147, 151]  # skimage.data.astronaut()[0, 0]


def test_grounds_open_and_photographs_are_content():
    assert all(load_ground(file).shape[0] == 3 for file in GROUNDS)
    assert set(PHOTOGRAPHS) < set(CONTENT) and len(PHOTOGRAPHS) >= 7


@pytest.mark.parametrize("load", [load_content, load_ground])
def test_a_name_that_there_is_not_is_refused(load):
    with pytest.raises(InvalidInput, match="must be one of"):
        load("../../etc/passwd")
