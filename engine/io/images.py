"""Pictures: bytes to an RGB tensor, and back.

Conventions: an image is float32 (3, H, W), RGB, in [0, 1]; sRGB values as they stand in the file. What the header
declares is checked before any pixel is decoded, and one picture is decoded at a time in this process.

Reference: EXIF 2.32, tag 0x0112 (orientation). W3C PNG (third edition), 13.16 (alpha compositing).
"""

from __future__ import annotations

import ctypes
import functools
import io
import threading
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from engine.errors import InvalidInput, ResourceLimit, ShapeError, constraint
from engine.io import limits

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
_READABLE = "a PNG, JPEG, WEBP, BMP, GIF or TIFF picture"
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}
_DECODING = threading.Lock()  # Pillow speaks through warnings, whose filters are shared by all threads


def decode_image(data: bytes, name: str, max_side_px: int | None = None) -> Tensor:
    """Decode a picture; of an animation, the first frame.

    The EXIF rotation is applied; transparency is laid over white; CMYK, palette, 16-bit and float grey become RGB.

    Args:
        data: the file's content. Its format is found from the content, not from the name.
        name: the file's name, for messages.
        max_side_px: shrink the picture so that its longer side is at most this many pixels; never enlarges.

    Returns:
        Float32 (3, H, W) in [0, 1].

    Raises:
        InvalidInput: not a picture, a kind that cannot be read, or damaged.
        ResourceLimit: more than `limits.MAX_IMAGE_PIXELS`, or the file is too large.
    """
    if max_side_px is not None and max_side_px < 1:
        raise InvalidInput(constraint("max_side_px", "at least 1", max_side_px))
    shown = limits.check_upload(data, name)
    _refuse_heif(data, shown)
    _silence_libtiff()
    with _DECODING, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # damaged metadata; what matters is raised
        pixels = _decode(data, shown, max_side_px)  # (H, W, 3)
    return pixels_to_tensor(pixels)


def pixels_to_tensor(pixels: np.ndarray) -> Tensor:
    """Return uint8 (H, W, 3) pixels, such as a frame of a video, as float (3, H, W) in [0, 1]."""
    planes = torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)
    return planes.to(torch.float32, memory_format=torch.contiguous_format).div_(255)


def tensor_to_pixels(image: Tensor) -> np.ndarray:
    """Return float (C, H, W) in [0, 1] as uint8 (H, W, C) pixels; values outside are cut to the range."""
    return image.detach().clamp(0, 1).mul(255).round().to(torch.uint8).permute(1, 2, 0).contiguous().cpu().numpy()


def encode_png(image: Tensor, metadata: Mapping[str, str] | None = None) -> bytes:
    """Encode float (3, H, W) or (1, H, W) in [0, 1] as an 8-bit PNG; values outside are cut to the range.

    Args:
        image: the picture.
        metadata: keyword (1 to 79 Latin-1 characters) → text, written into the file as international text.

    Raises:
        ShapeError: not (3, H, W) or (1, H, W).
        InvalidInput: NaN or infinite values, or a keyword that PNG does not allow.
    """
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    for keyword, text in (metadata or {}).items():
        if not 1 <= len(keyword) <= 79 or not keyword.isprintable() or ord(max(keyword)) > 255:
            raise InvalidInput(constraint("A PNG keyword", "1 to 79 printable Latin-1 characters", keyword))
        info.add_itxt(keyword, text)
    return _encode(image, "PNG", pnginfo=info)


def encode_jpeg(image: Tensor, quality: int = 92) -> bytes:
    """Encode float (3, H, W) or (1, H, W) in [0, 1] as a JPEG of quality 1 to 95 without colour subsampling.

    Raises:
        ShapeError: not (3, H, W) or (1, H, W).
        InvalidInput: NaN or infinite values, or a quality outside 1 to 95.
    """
    if not 1 <= quality <= 95:
        raise InvalidInput(constraint("quality", "from 1 to 95", quality))
    return _encode(image, "JPEG", quality=quality, subsampling=0)


def _encode(image: Tensor, format: str, **options: object) -> bytes:
    from PIL import Image

    if image.ndim != 3 or image.shape[0] not in (1, 3) or 0 in image.shape:
        raise ShapeError(constraint("image", "of shape (3, H, W) or (1, H, W)", tuple(image.shape)))
    if not image.is_floating_point() or not torch.isfinite(image).all():
        raise InvalidInput(constraint("image", "finite floating-point values in [0, 1]", str(image.dtype)))
    pixels = tensor_to_pixels(image)  # (H, W, C)
    picture = Image.fromarray(pixels if pixels.shape[2] == 3 else np.ascontiguousarray(pixels[:, :, 0]))
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def _refuse_heif(data: bytes, name: str) -> None:
    if data[4:8] != b"ftyp":
        return
    size = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12]} | {data[i : i + 4] for i in range(16, size, 4)}
    kind = "AVIF" if brands & _AVIF_BRANDS else "HEIC" if brands & _HEIF_BRANDS else None
    if kind:
        advice = f"This one is {kind}: open it where you took it from and export it as JPEG or PNG."
        raise InvalidInput(constraint("The picture", _READABLE, name, advice))


@functools.cache
def _silence_libtiff() -> None:
    """Take away libtiff's habit of printing a line to the terminal for each damaged strip."""
    from PIL import Image

    library = ctypes.CDLL(Image.core.__file__)  # finds the names of the libraries that Pillow links as well
    for setter in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
        if hasattr(library, setter):
            getattr(library, setter)(None)


def _decode(data: bytes, name: str, max_side_px: int | None) -> np.ndarray:
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            _check_size(*picture.size)
            if max_side_px is not None:
                picture.draft(None, (max_side_px, max_side_px))  # a JPEG is decoded at 1/2, 1/4 or 1/8 of its size
            picture.load()
            picture = ImageOps.exif_transpose(picture)
            picture = _to_rgb(picture)
            if max_side_px is not None and max(picture.size) > max_side_px:
                box = (max_side_px, max_side_px)
                picture.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=None)  # a gap turns white to 254
            return np.array(picture)
    except (InvalidInput, ResourceLimit):
        raise
    except UnidentifiedImageError as error:
        advice = "Its content is something else, whatever its name says. Choose a picture."
        raise InvalidInput(constraint("The file", _READABLE, name, advice)) from error
    except Image.DecompressionBombError as error:
        raise _too_many_pixels("far more") from error
    except Exception as error:  # a damaged file can make a decoder raise almost anything
        advice = "It is damaged or cut short: save or download it again."
        raise InvalidInput(constraint("The picture", "complete", name, advice)) from error


def _check_size(width_px: int, height_px: int) -> None:
    if width_px < 1 or height_px < 1:
        size = f"{width_px} × {height_px}"
        raise InvalidInput(constraint("The picture", "at least 1 × 1 pixel", size, "Choose another picture."))
    if width_px * height_px > limits.MAX_IMAGE_PIXELS:
        raise _too_many_pixels(f"{width_px} × {height_px}")


def _too_many_pixels(got: str) -> ResourceLimit:
    bound = f"at most {limits.MAX_IMAGE_PIXELS / 1e6:g} megapixels"
    return ResourceLimit(constraint("The picture", bound, got, "Make it smaller and try again."))


def _to_rgb(picture: Image.Image) -> Image.Image:
    from PIL import Image

    if picture.mode.startswith(("I", "F")):
        return _grey_to_rgb(picture)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    return picture.convert("RGB")


def _grey_to_rgb(picture: Image.Image) -> Image.Image:
    """Convert grey of more than 8 bits: 16 bits by its full scale; 32-bit and float by the picture's own range."""
    from PIL import Image

    values = np.asarray(picture, dtype=np.float64)  # (H, W)
    low, high = (0.0, 65535.0) if picture.mode.startswith("I;16") else (values.min(), values.max())
    if not np.isfinite([low, high]).all():
        raise InvalidInput(constraint("The picture", "finite values only", "NaN or infinity", "Save it as 8-bit PNG."))
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    scale = 255 / (high - low) if high > low else 0.0
    return Image.fromarray(np.rint((values - low) * scale).astype(np.uint8)).convert("RGB")
