"""A visitor's pictures: zips and files, what is left out, and what is refused."""

import io
import stat
import zipfile

import pytest
import torch

from engine.datasets import picture_folder
from engine.datasets.picture_folder import read_pictures
from engine.errors import InvalidInput, ResourceLimit
from engine.io import limits
from engine.io.images import encode_jpeg, encode_png


def picture(height=20, width=20, value=0.5):
    image = torch.full((3, height, width), value)
    image[:, :, : width // 4] = 1.0  # what is left of the middle square
    return encode_png(image)


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def read(files, side=16):
    *_, last = read_pictures(files, side)
    return last.pictures


def many(n=30):
    return [(f"p{i}.png", picture()) for i in range(n)]


def test_files_and_a_zip_are_read_alike():
    single, packed = read(many()), read([("all.zip", zipped(many()))])
    assert single.images.shape == (30, 3, 16, 16) and single.images.dtype == torch.uint8
    assert torch.equal(single.images, packed.images) and single.n_left_out == packed.n_left_out == 0
    steps = [(snapshot.step, snapshot.total_steps) for snapshot in read_pictures(many(), 16)]
    assert steps[-1] == (30, 30) and [s for s, _ in steps] == sorted({s for s, _ in steps})


def test_unlike_sizes_are_cut_to_the_middle_and_resized():
    found = read([*many(), ("wide.jpg", encode_jpeg(torch.full((3, 40, 200), 0.25))), ("tall.png", picture(90, 30))])
    assert found.images.shape == (32, 3, 16, 16) and (found.images[30].float() - 64).abs().max() <= 2
    wide = torch.zeros(3, 20, 60)
    wide[:, :, 20:40] = 1
    assert (read([*many(), ("w.png", encode_png(wide))]).images[-1] == 255).all()


def test_the_corrupt_are_left_out_and_named():
    good = picture()
    bad = [
        ("broken.png", good[: len(good) // 2]),
        ("notes.txt", b"hello"),
        ("empty.png", b""),
        ("dot.png", picture(4, 4)),
    ]
    found = read(many() + bad)
    assert len(found.images) == 30 and found.n_left_out == 4
    assert [name for name, _ in found.left_out] == [name for name, _ in bad]
    assert all(reason.endswith(".") for _, reason in found.left_out)
    assert "damaged" in found.left_out[0][1] and "16 px" in found.left_out[3][1]


def test_paths_that_climb_out_are_not_read(tmp_path):
    evil = [
        ("../climb.png", picture()),
        ("/root.png", picture()),
        ("a/../../b.png", picture()),
        ("c:\\d.png", picture()),
    ]
    found = read([("all.zip", zipped(many() + evil))])
    assert found.n_left_out == 4 and all("inside the zip" in reason for _, reason in found.left_out)
    assert all("/" not in name and "\\" not in name for name, _ in found.left_out)


def test_links_in_a_zip_are_not_followed():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in many():
            archive.writestr(name, data)
        link = zipfile.ZipInfo("link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    found = read([("all.zip", buffer.getvalue())])
    assert found.n_left_out == 1 and "link" in found.left_out[0][1]


def test_what_systems_hide_is_passed_over():
    hidden = [("__MACOSX/._p.png", b"x"), (".DS_Store", b"x"), ("folder/", b"")]
    assert read([("all.zip", zipped(many() + hidden))]).n_left_out == 0


def test_a_bomb_is_refused_before_it_goes_off(monkeypatch):
    bomb = zipped([("zeros.png", bytes(3_000_000))])
    monkeypatch.setattr(limits, "MAX_FOLDER_BYTES", 1_000_000)
    with pytest.raises(ResourceLimit, match="at most 1 MB when decompressed"):
        read([("bomb.zip", bomb)])


def test_a_bomb_that_lies_is_stopped(monkeypatch):
    data = zipped([*many(), ("zeros.png", bytes(3_000_000))])
    central = data.rfind(b"zeros.png") - 46
    lying = data[: central + 24] + (100).to_bytes(4, "little") + data[central + 28 :]
    monkeypatch.setattr(limits, "MAX_FOLDER_BYTES", 1_000_000)
    found = read([("bomb.zip", lying)])
    assert len(found.images) == 30 and found.n_left_out == 1


def test_a_zip_in_a_zip_is_no_picture():
    found = read([("all.zip", zipped([*many(), ("inner.zip", zipped(many(2)))]))])
    assert found.n_left_out == 1 and len(found.images) == 30


def test_one_picture_only():
    with pytest.raises(InvalidInput, match=r"must be 30 to 5,000; got 1 that can be used\. From so few"):
        read(many(1))
    with pytest.raises(InvalidInput, match=r"got 0 that can be used.*Left out: a_b\.png"):
        read([("a<b.png", b"no")])


def test_too_many_and_a_damaged_zip(monkeypatch):
    monkeypatch.setattr(limits, "MAX_FOLDER_PICTURES", 31)
    with pytest.raises(ResourceLimit, match="at most 31 files"):
        read([*many(2), ("all.zip", zipped(many()))])
    with pytest.raises(InvalidInput, match="complete zip"):
        read([("cut.zip", zipped(many())[:200])])
    with pytest.raises(InvalidInput, match="side must be"):
        next(read_pictures(many(), 8))
    monkeypatch.setattr(limits, "MAX_FOLDER_INDEX_BYTES", 100)
    with pytest.raises(ResourceLimit, match=r"index is at most 100 bytes.*fewer pictures"):
        read([("all.zip", zipped(many()))])


def test_only_so_many_are_named(monkeypatch):
    monkeypatch.setattr(picture_folder, "MAX_NAMED", 2)
    found = read(many() + [(f"{i}.png", b"no") for i in range(5)])
    assert len(found.left_out) == 2 and found.n_left_out == 5
