from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine.errors import InvalidInput, ResourceLimit, ShapeError
from engine.io import limits
from engine.io.images import decode_image, encode_jpeg, encode_png

REAL = Path(__file__).parents[3] / "shared" / "real" / "images"
PIXELS = np.random.default_rng(0).integers(0, 256, (13, 17, 3), dtype=np.uint8)


def saved(picture: Image.Image | np.ndarray, format: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture = Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def as_bytes(image: torch.Tensor) -> np.ndarray:
    return image.permute(1, 2, 0).mul(255).round().to(torch.uint8).numpy()  # (H, W, 3)


def png_claiming(width: int, height: int) -> bytes:
    data = bytearray(saved(PIXELS))
    data[16:24] = struct.pack(">II", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "GIF"])
def test_lossless_formats_are_exact(format: str) -> None:
    image = decode_image(saved(PIXELS, format), "x")
    assert (image.shape, image.dtype, image.is_contiguous()) == ((3, 13, 17), torch.float32, True)
    assert np.array_equal(as_bytes(image), PIXELS)


@pytest.mark.parametrize("format", ["JPEG", "WEBP"])
def test_lossy_formats_equal_pillow(format: str) -> None:
    data = saved(PIXELS, format)
    assert np.array_equal(as_bytes(decode_image(data, "x")), np.array(Image.open(io.BytesIO(data)).convert("RGB")))


def test_png_round_trip_with_metadata() -> None:
    image = torch.from_numpy(PIXELS).permute(2, 0, 1) / 255
    data = encode_png(image, {"Title": "Grün 图", "settings": "{}"})
    assert torch.equal(decode_image(data, "x"), image)
    assert Image.open(io.BytesIO(data)).text == {"Title": "Grün 图", "settings": "{}"}
    grey = image[:1]
    assert torch.equal(decode_image(encode_png(grey), "x"), grey.expand(3, -1, -1))


def test_encoding_cuts_to_the_range() -> None:
    image = torch.tensor([-1.0, 0.0, 0.5, 2.0]).expand(3, 2, 4)
    assert as_bytes(decode_image(encode_png(image), "x"))[0, :, 0].tolist() == [0, 0, 128, 255]


def test_jpeg_is_close() -> None:
    smooth = torch.linspace(0, 1, 64).expand(3, 48, 64)
    assert (decode_image(encode_jpeg(smooth), "x") - smooth).abs().max() < 0.02
    with pytest.raises(InvalidInput, match="from 1 to 95"):
        encode_jpeg(smooth, quality=100)


@pytest.mark.parametrize("encode", [encode_png, encode_jpeg])
def test_encoding_refuses(encode: Callable) -> None:
    for shape in ((13, 17), (2, 5, 5), (1, 3, 5, 5), (3, 0, 5)):
        with pytest.raises(ShapeError, match=r"\(3, H, W\)"):
            encode(torch.zeros(shape))
    for bad in (torch.full((3, 2, 2), float("nan")), torch.zeros(3, 2, 2, dtype=torch.uint8)):
        with pytest.raises(InvalidInput, match="finite"):
            encode(bad)


@pytest.mark.parametrize("keyword", ["", "x" * 80, "图", "a\nb"])
def test_png_keywords_that_png_does_not_allow(keyword: str) -> None:
    with pytest.raises(InvalidInput, match="Latin-1"):
        encode_png(torch.zeros(3, 2, 2), {keyword: "text"})


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation(orientation: int) -> None:
    """The eight orientations by their definition: where the stored row 0 and column 0 belong."""
    upright = PIXELS
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = decode_image(saved(np.ascontiguousarray(stored), "PNG", exif=exif), "x")
    assert np.array_equal(as_bytes(image), upright)


def test_alpha_is_laid_over_white() -> None:
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, :, 3] = [0, 128, 255]
    assert as_bytes(decode_image(saved(rgba), "x"))[0].tolist() == [[255] * 3, [127] * 3, [0] * 3]
    grey_alpha = Image.new("LA", (1, 1), (10, 0))
    assert as_bytes(decode_image(saved(grey_alpha), "x"))[0, 0].tolist() == [255] * 3


def test_palette_with_and_without_transparency() -> None:
    picture = Image.new("P", (2, 1))
    picture.putpalette([200, 0, 0, 0, 0, 90])
    picture.putpixel((1, 0), 1)
    assert as_bytes(decode_image(saved(picture), "x"))[0].tolist() == [[200, 0, 0], [0, 0, 90]]
    assert as_bytes(decode_image(saved(picture, transparency=1), "x"))[0].tolist() == [[200, 0, 0], [255] * 3]


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled(format: str) -> None:
    values = np.array([[0, 257, 32768, 65535]], np.uint16)
    assert as_bytes(decode_image(saved(values, format), "x"))[0, :, 1].tolist() == [0, 1, 128, 255]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 0.5, 1]], np.float32), [0, 128, 255]),  # already in [0, 1]
        (np.array([[-10, 0, 10]], np.float32), [0, 128, 255]),  # its own range
        (np.array([[0, 50_000, 100_000]], np.int32), [0, 128, 255]),
        (np.array([[7, 7, 7]], np.float32), [0, 0, 0]),
    ],
)
def test_32_bit_grey(values: np.ndarray, expected: list[int]) -> None:
    assert as_bytes(decode_image(saved(values, "TIFF"), "x"))[0, :, 2].tolist() == expected


def test_float_grey_with_nan_is_refused() -> None:
    with pytest.raises(InvalidInput, match="finite"):
        decode_image(saved(np.array([[0, np.nan]], np.float32), "TIFF"), "x.tif")


def test_cmyk() -> None:
    for format in ("JPEG", "TIFF"):
        image = decode_image(saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), format), "x")
        assert np.abs(as_bytes(image).astype(int) - [255, 0, 0]).max() <= 2


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_an_animation_gives_its_first_frame(format: str) -> None:
    red, blue = Image.new("RGB", (8, 8), (255, 0, 0)), Image.new("RGB", (8, 8), (0, 0, 255))
    options = {"lossless": True} if format == "WEBP" else {}
    image = decode_image(saved(red, format, save_all=True, append_images=[blue], **options), "x")
    assert as_bytes(image)[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_max_side_shrinks_and_never_enlarges(format: str) -> None:
    ramp = np.tile(np.linspace(0, 255, 400).astype(np.uint8)[None, :, None], (200, 1, 3))
    data = saved(ramp, format)
    small = decode_image(data, "x", max_side_px=50)
    assert small.shape == (3, 25, 50)
    assert (small[0].mean(0) - torch.linspace(0, 1, 50)).abs().max() < 0.02
    assert decode_image(data, "x", max_side_px=4000).shape == (3, 200, 400)
    with pytest.raises(InvalidInput, match="max_side_px must be at least 1"):
        decode_image(data, "x", max_side_px=0)


def test_the_limit_itself_is_allowed() -> None:
    assert limits.MAX_IMAGE_PIXELS == 5_000 * 5_000
    data = saved(Image.new("1", (5_000, 5_000), 1))
    assert decode_image(data, "x", max_side_px=8).eq(1).all()


def test_content_decides_not_the_name() -> None:
    assert np.array_equal(as_bytes(decode_image(saved(PIXELS), "photo.jpg")), PIXELS)
    with pytest.raises(InvalidInput, match=r"a PNG, JPEG, .* got 'notes.png'"):
        decode_image(b"These are my notes.\n" * 20, "notes.png")


@pytest.mark.parametrize(("brand", "kind"), [(b"heic", "HEIC"), (b"mif1", "HEIC"), (b"avif", "AVIF")])
def test_heic_and_avif_are_named(brand: bytes, kind: str) -> None:
    data = struct.pack(">I4s4sI4s4s", 24, b"ftyp", brand, 0, b"mif1", b"miaf") + bytes(100)
    with pytest.raises(InvalidInput, match=f"{kind}: open it .* export it as JPEG or PNG"):
        decode_image(data, "IMG_1.jpg")


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_a_truncated_file_is_refused(format: str) -> None:
    data = saved(PIXELS, format)
    with pytest.raises(InvalidInput):
        decode_image(data[: len(data) * 6 // 10], "cut")


@pytest.mark.parametrize("size", [(0, 5), (5, 0)])
def test_zero_size(size: tuple[int, int]) -> None:
    with pytest.raises(InvalidInput):
        decode_image(png_claiming(*size), "x.png")


def test_empty_and_too_large_files() -> None:
    with pytest.raises(InvalidInput, match="not empty"):
        decode_image(b"", "x.png")
    with pytest.raises(ResourceLimit, match="at most 50 MB"):
        decode_image(bytes(limits.MAX_UPLOAD_BYTES + 1), "x.png")


def test_a_hostile_name_cannot_act_as_markup() -> None:
    name = "![x](http://host/a.png)<script>\n" + "y" * 500
    with pytest.raises(InvalidInput) as refusal:
        decode_image(b"junk", name)
    assert not set("[]<>`*\n") & set(str(refusal.value)) and "//" not in str(refusal.value)
    assert len(str(refusal.value)) < 250


def test_pillows_global_limit_is_left_alone() -> None:
    before = Image.MAX_IMAGE_PIXELS
    decode_image(saved(PIXELS), "x")
    assert before == Image.MAX_IMAGE_PIXELS > limits.MAX_IMAGE_PIXELS


@pytest.mark.skipif(not REAL.is_dir(), reason="needs ../shared/real/images")
def test_real_photographs_equal_pillow() -> None:
    paths = [REAL / "street" / "bus.jpg", REAL / "torchvision" / "astronaut.jpg"]
    paths += sorted((REAL / "imagenet_sample").glob("*.JPEG"))[:5]
    for path in paths:
        expected = np.array(Image.open(path).convert("RGB"))
        assert np.array_equal(as_bytes(decode_image(path.read_bytes(), path.name)), expected)
        assert max(decode_image(path.read_bytes(), path.name, max_side_px=100).shape) == 100
