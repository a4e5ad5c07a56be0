"""Damaged files of every kind give a result or an `EngineError`, and not a word on the terminal."""

from __future__ import annotations

import gzip
import io
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from PIL import Image

from engine.errors import EngineError
from engine.io import audio, images, tables, video

CASES = 30  # for each kind of file; a hundred times as many were run once


def picture(format: str, **options: object) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 24, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert(options.pop("mode", "RGB")).save(buffer, format, **options)
    return buffer.getvalue()


def sound(format: str) -> bytes:
    waveform = torch.rand(2, 6000, generator=torch.Generator().manual_seed(0)) - 0.5
    return audio.encode_audio(waveform, 16_000, format)


def film() -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 32, 48, 3), dtype=np.uint8)
    with video.VideoWriter(48, 32, 10) as writer:
        for frame in pixels:
            writer.add(frame)
        return writer.finish()


def zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("table.csv", content)
    return buffer.getvalue()


def watch(data: bytes, name: str) -> None:
    for _ in video.frames(data, name, max_side_px=16, max_frames=8):
        pass


TABLE = b'name;x;y\n"a;b";1,5;2\nc;;3\n"d\ne";4;5\n' * 4
KINDS: dict[str, tuple[Callable[[], bytes], Callable[[bytes, str], object]]] = {
    "png": (lambda: picture("PNG"), images.decode_image),
    "png16": (lambda: picture("PNG", mode="I;16"), images.decode_image),
    "palette": (lambda: picture("PNG", mode="P"), images.decode_image),
    "jpeg": (lambda: picture("JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0"), images.decode_image),
    "webp": (lambda: picture("WEBP"), images.decode_image),
    "bmp": (lambda: picture("BMP"), images.decode_image),
    "gif": (lambda: picture("GIF"), images.decode_image),
    "tiff": (lambda: picture("TIFF"), images.decode_image),
    "tiff_lzw": (lambda: picture("TIFF", compression="tiff_lzw"), images.decode_image),
    "wav": (lambda: sound("wav"), audio.decode_audio),
    "flac": (lambda: sound("flac"), audio.decode_audio),
    "ogg": (lambda: sound("ogg"), audio.decode_audio),
    "mp3": (lambda: sound("mp3"), audio.decode_audio),
    "mp4": (film, watch),
    "gif_film": (lambda: picture("GIF", save_all=True, append_images=[Image.new("RGB", (24, 20))] * 2), watch),
    "csv": (lambda: TABLE, tables.read_table),
    "utf16": (lambda: TABLE.decode().encode("utf-16"), tables.read_table),
    "gzip": (lambda: gzip.compress(TABLE, mtime=0), tables.read_table),
    "zip": (lambda: zipped(TABLE), tables.read_table),
}


def damaged(data: bytes, n_cases: int) -> Iterator[bytes]:
    """Yield the file cut short, with bits and bytes changed (half of them in its head), and with a piece taken out."""
    choose = random.Random(7)
    for case in range(n_cases):
        copy = bytearray(data)
        if case % 3 == 0:
            yield bytes(copy[: choose.randrange(1, len(copy))])
            continue
        if case % 3 == 1:
            start = choose.randrange(len(copy))
            del copy[start : start + choose.randrange(1, 40)]
        end = len(copy) if choose.random() < 0.5 else min(len(copy), 64)
        for _ in range(choose.choice((1, 2, 8))):
            copy[choose.randrange(end)] = choose.choice((0, 255, 127, 128, choose.randrange(256)))
        yield bytes(copy)


@pytest.mark.parametrize("kind", KINDS)
def test_damage_gives_a_result_or_a_sentence(kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    make, read = KINDS[kind]
    data = make()
    read(data, f"whole.{kind}")
    for case, bad in enumerate(damaged(data, CASES)):
        try:
            read(bad, f"damaged.{kind}")
        except EngineError as error:
            assert str(error).endswith("."), (case, str(error))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_what_its_name_says(kind: str) -> None:
    """Every reader is given every other kind of file."""
    data = KINDS[kind][0]()
    for read in (images.decode_image, audio.decode_audio, watch, tables.read_table):
        if read is KINDS[kind][1] or (kind.startswith("gif") and read in (images.decode_image, watch)):
            continue
        with pytest.raises(EngineError):
            read(data, "wrong.txt")


def test_a_library_that_turned_the_log_on_does_not_make_decoding_talk() -> None:
    program = """
import av.logging, sys
av.logging.restore_default_callback()
av.logging.set_libav_level(av.logging.VERBOSE)
from engine.io.containers import decode_packets, open_container
with open_container(sys.stdin.buffer.read(), "cut.mp3", "audio") as container:
    print(sum(frame.samples > 0 for frame in decode_packets(container, container.streams.audio[0])))
"""
    bad = sound("mp3")[7:900] + b"\xff\xfb\x90\x00" * 50
    done = subprocess.run([sys.executable, "-c", program], input=bad, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"") and int(done.stdout) > 0
