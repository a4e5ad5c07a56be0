"""Files kept by their content: the same ones come back, and there are never too many."""

import pytest

from engine.errors import ResourceLimit
from engine.runtime.shelf import Shelf


def kept(shelf):
    return {path.name: path.stat().st_size for path in shelf._folder.iterdir()}


def test_what_was_put_comes_back():
    shelf = Shelf(100)
    name = shelf.put(b"abc", ".flac")
    assert name.endswith(".flac") and len(name) == 64 + 5 and shelf.get(name) == b"abc"
    assert shelf.put(b"abc", ".flac") == name and kept(shelf) == {name: 3}
    assert shelf.get("../../etc/passwd") is None


def test_what_was_not_asked_for_longest_goes():
    shelf = Shelf(10)
    a, b, c = (shelf.put(bytes([k]) * 4, "") for k in range(3))
    assert shelf.get(a) is None and kept(shelf).keys() == {b, c}
    shelf.get(b)
    d = shelf.put(b"dddd", "")
    assert shelf.get(c) is None and kept(shelf).keys() == {b, d}


def test_asking_whether_files_are_here_keeps_them():
    shelf = Shelf(10)
    a, b = (shelf.put(bytes([k]) * 4, "") for k in range(2))
    assert shelf.holds([a]) and shelf.holds([])
    c = shelf.put(b"cccc", "")
    assert shelf.get(b) is None and shelf.holds([a, c]) and not shelf.holds([a, b])


def test_what_is_too_large_alone_is_refused_and_nothing_goes():
    shelf = Shelf(10)
    a = shelf.put(b"aaaa", "")
    with pytest.raises(ResourceLimit, match="A file must be at most"):
        shelf.put(bytes(11), "")
    assert shelf.get(a) == b"aaaa"


def test_the_folder_goes_with_the_shelf():
    shelf = Shelf(10)
    shelf.put(b"aaaa", "")
    folder = shelf._folder
    del shelf
    assert not folder.exists()
