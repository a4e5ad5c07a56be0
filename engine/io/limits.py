"""Limits on what a visitor may bring, and the check that comes before any other.

Conventions: a limit is inclusive; its name ends in its unit. Whatever a header declares is checked before anything is
decoded, and what is really decoded is counted as well, because headers lie.
"""

from __future__ import annotations

import re

from engine.errors import InvalidInput, ResourceLimit, constraint

MAX_UPLOAD_BYTES = 50 * 1024**2  # the same 50 MB that the server's configuration enforces while it receives

MAX_IMAGE_PIXELS = 25_000_000

MIN_SAMPLE_RATE_HZ = 1_000
MAX_SAMPLE_RATE_HZ = 384_000
MAX_AUDIO_CHANNELS = 8
MAX_AUDIO_DURATION_S = 900.0
MAX_AUDIO_BYTES = 400_000_000  # as float32; 900 s of stereo at 48 kHz is 346 MB

MAX_VIDEO_PIXELS = 9_000_000  # one frame; 3840 × 2160 is 8.3 million
MAX_VIDEO_DURATION_S = 600.0
MAX_VIDEO_FRAMES = 36_000  # 600 s at 60 frames a second

MAX_TABLE_BYTES = 50_000_000  # after decompression
MAX_TABLE_ROWS = 500_000
MAX_TABLE_COLUMNS = 200
MAX_TABLE_LINE_CHARS = 1_000_000
MAX_TABLE_CELL_CHARS = 100_000
MIN_FOLDER_PICTURES, MAX_FOLDER_PICTURES = 30, 5000
MAX_FOLDER_BYTES = 400_000_000  # of a zip of pictures, after decompression
MAX_FOLDER_INDEX_BYTES = 2_000_000  # its list of names
MAX_ARCHIVE_INDEX_BYTES = 100_000  # the list of names inside a .zip, about a thousand of them


def check_upload(data: bytes, name: str) -> str:
    """Refuse a file that is empty or too large, and return its name in a form that is safe to show.

    Args:
        data: the file's content.
        name: the file's name as the visitor's browser gave it.

    Returns:
        The name, at most 60 characters, with everything but letters, digits, spaces and `._-` replaced by `_`: what
        stands in a message cannot then act as markup on the page.

    Raises:
        InvalidInput: the file is empty.
        ResourceLimit: it is larger than `MAX_UPLOAD_BYTES`.
    """
    shown = shown_name(name)
    if not len(data):
        raise InvalidInput(constraint("The file", "more than 0 bytes long", shown, "Choose a file that is not empty."))
    if len(data) > MAX_UPLOAD_BYTES:
        bound = f"at most {MAX_UPLOAD_BYTES // 1024**2} MB"
        raise ResourceLimit(constraint("The file", bound, f"{len(data) / 1024**2:.0f} MB", "Choose a smaller file."))
    return shown


def shown_name(name: str) -> str:
    """Return a file's name as it may stand in a message: 60 characters at most, those that could be markup as `_`."""
    return re.sub(r"[^\w .-]", "_", str(name))[:60]
