"""A visitor's own pictures, as a zip or as several files, brought to one size to learn from.

Nothing of a zip is ever written to disk. Every picture is cut to its middle square and resized. What cannot be used
(damaged, no picture, a path that leads out of the zip) is left out, and named with the reason; the rest is used.

Conventions: pictures are uint8 (N, 3, side, side), in the order of the files. Reading is a generator of `Reading`, one
picture at a time, whose last snapshot carries the `Pictures`.
"""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import torch
from torch import Tensor
from torchvision.transforms import functional as transforms

from engine.errors import EngineError, InvalidInput, ResourceLimit, constraint
from engine.io import limits
from engine.io.archive import ZIP_SIGNATURE, open_zip, read_member
from engine.io.images import decode_image

LEAST_PX = 16
PICTURES_A_SNAPSHOT = 4
MAX_NAMED = 50  # left-out files that are named; the others are counted
_ADVICE = "Put fewer pictures into it."


@dataclass(frozen=True, eq=False)
class Pictures:
    """What was read: images (N, 3, side, side) uint8, and for up to 50 files left out, (name, reason).

    `n_left_out` counts all of them.
    """

    images: Tensor
    left_out: tuple[tuple[str, str], ...]
    n_left_out: int


@dataclass(frozen=True, eq=False)
class Reading:
    """`step` of `total_steps` files were read; `pictures` in the last snapshot alone."""

    step: int
    total_steps: int
    pictures: Pictures | None = None


def read_pictures(files: Sequence[tuple[str, bytes]], side: int) -> Iterator[Reading]:
    """Read pictures from one zip or from several files.

    Args:
        files: (name, content) each; a zip counts as the files in it.
        side: of the pictures returned, in pixels, 16 to 256.

    Raises:
        InvalidInput: a zip is damaged, or fewer than `limits.MIN_FOLDER_PICTURES` pictures can be used.
        ResourceLimit: too many pictures, a file is too large, or what is packed in a zip is.
    """
    if not 16 <= side <= 256:
        raise InvalidInput(constraint("side", "from 16 to 256 px", side))
    total = sum(_count(data, name) for name, data in files)
    if total > limits.MAX_FOLDER_PICTURES:
        bound = f"at most {limits.MAX_FOLDER_PICTURES:,} files"
        raise ResourceLimit(constraint("The pictures", bound, f"{total:,}", _ADVICE))
    images: list[Tensor] = []
    left_out: list[tuple[str, str]] = []
    for step, (name, content) in enumerate(_contents(files), 1):
        try:
            images.append(_squared(content(), name, side))
        except EngineError as error:
            left_out.append((limits.shown_name(name), str(error)))
        if step % PICTURES_A_SNAPSHOT == 0:
            yield Reading(min(step, total - 1), total)
    if len(images) < limits.MIN_FOLDER_PICTURES:
        raise _too_few(len(images), left_out)
    yield Reading(total, total, Pictures(torch.stack(images), tuple(left_out[:MAX_NAMED]), len(left_out)))


def _squared(data: bytes, name: str, side: int) -> Tensor:
    """Return the middle square of a picture, (3, side, side) uint8."""
    image = decode_image(data, name)
    short = min(image.shape[1:])
    if short < LEAST_PX:
        size = f"{image.shape[2]} × {image.shape[1]}"
        raise InvalidInput(constraint("The picture", f"at least {LEAST_PX} px wide and high", size))
    square = transforms.center_crop(image, [short, short])
    resized = transforms.resize(square, [side, side], antialias=True)
    return resized.clamp(0, 1).mul(255).round().byte()


def _contents(files: Sequence[tuple[str, bytes]]) -> Iterator[tuple]:
    """Yield (name, function that returns the content) of every file and of every file in a zip."""
    for name, data in files:
        if not data.startswith(ZIP_SIGNATURE):
            yield name, lambda data=data: data
            continue
        with _open(data, name) as archive:
            for member in _members(archive):
                yield member.filename, lambda member=member: _unpacked(archive, member)


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise InvalidInput(constraint("The path", "inside the zip", member.filename, "It was not read."))
    if stat.S_ISLNK(member.external_attr >> 16):
        raise InvalidInput(constraint("The file", "a picture", "a link", "It was not followed."))
    return read_member(archive, member, member.filename, limits.MAX_UPLOAD_BYTES)


def _count(data: bytes, name: str) -> int:
    """Return how many files there are in a file, 1 unless it is a zip, and refuse a zip that unpacks to too much."""
    limits.check_upload(data or b"?", name)  # an empty file is left out later, as any other that is no picture
    if not data.startswith(ZIP_SIGNATURE):
        return 1
    with _open(data, name) as archive:
        members = _members(archive)
        if sum(member.file_size for member in members) > limits.MAX_FOLDER_BYTES:
            bound = f"at most {limits.MAX_FOLDER_BYTES / 1e6:g} MB when decompressed"
            raise ResourceLimit(constraint("The zip file", bound, "more", _ADVICE))
        return len(members)


def _open(data: bytes, name: str) -> zipfile.ZipFile:
    return open_zip(data, name, limits.MAX_FOLDER_INDEX_BYTES, _ADVICE)


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the files of a zip, without folders and what systems hide in it."""
    return [
        member
        for member in archive.infolist()
        if not member.is_dir()
        and not member.filename.startswith("__MACOSX/")
        and not (PurePosixPath(member.filename).name.startswith(".") and ".." not in member.filename)
    ]


def _too_few(n: int, left_out: list[tuple[str, str]]) -> InvalidInput:
    least, most = limits.MIN_FOLDER_PICTURES, limits.MAX_FOLDER_PICTURES
    advice = "From so few a network learns nothing but those: bring more."
    if left_out:
        advice += f" Left out: {left_out[0][0]} ({left_out[0][1].rstrip('.')})"
        advice += f" and {len(left_out) - 1} more." if len(left_out) > 1 else "."
    usable = "1 that can be used" if n == 1 else f"{n} that can be used"
    return InvalidInput(f"The pictures must be {least} to {most:,}; got {usable}. {advice}")
