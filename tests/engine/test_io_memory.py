"""What is refused is refused without the memory that decoding it would take."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from engine.errors import ResourceLimit
from engine.io.audio import decode_audio, encode_audio
from engine.io.images import decode_image


@pytest.fixture
def growth() -> Callable[[Callable[[], object]], float]:
    """Return a measure of how far a call raises the peak of this process's memory, in MB."""

    def status(field: str) -> int:
        line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
        return int(line.split()[1])

    def measure(call: Callable[[], object]) -> float:
        try:
            Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
        except OSError:
            pytest.skip("this system does not let a process reset its memory peak")
        before = status("VmRSS")
        call()
        return (status("VmHWM") - before) / 1024

    return measure


def saved(picture: Image.Image, format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    data = bytearray(saved(Image.new("RGB", (20, 20)), "PNG"))
    data[16:24] = struct.pack(">II", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


def huge_in_their_headers() -> dict[str, bytes]:
    small = Image.new("L", (8, 8))
    gif, webp = bytearray(saved(small, "GIF")), bytearray(saved(small, "WEBP", lossless=True))
    gif[6:10] = struct.pack("<HH", 5_500, 5_000)
    webp[21:25] = struct.pack("<I", 5_499 | 4_999 << 14)
    tiff = saved(Image.new("1", (5_500, 5_000)), "TIFF", compression="tiff_deflate")
    pngs = ((50_000, 50_000), (10_000, 10_000), (5_001, 5_000), (1, 2**31 - 1))
    return {"gif": bytes(gif), "webp": bytes(webp), "tiff": tiff} | {str(size): png_claiming(*size) for size in pngs}


def test_a_huge_picture_is_refused_without_being_decoded(growth: Callable) -> None:
    def refuse() -> None:
        for name, data in bombs.items():
            with pytest.raises(ResourceLimit, match="at most 25 megapixels"):
                decode_image(data, name)

    bombs = huge_in_their_headers()
    refuse()  # the decoders are loaded now
    assert growth(refuse) < 10  # 25 million pixels would be 75 MB, 50,000 × 50,000 would be 7,500


def test_the_cover_of_a_song_is_not_decoded(growth: Callable) -> None:
    """libav looks into every stream of a file to describe it, a cover of 36 megapixels included."""
    cover = b"\0image/png\0\x03\0" + saved(Image.new("L", (6_000, 6_000)), "PNG", compress_level=1)
    frame = b"APIC" + struct.pack(">I", len(cover)) + b"\0\0" + cover
    length = bytes(len(frame) >> shift & 127 for shift in (21, 14, 7, 0))
    song = encode_audio(torch.zeros(8000), 8000, "mp3")
    decode_audio(song, "song.mp3")
    assert growth(lambda: decode_audio(b"ID3\x03\0\0" + length + frame + song, "song.mp3")) < 15  # 36 MB of pixels
